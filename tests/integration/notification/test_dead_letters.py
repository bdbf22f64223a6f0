"""bin/dead-letters, as an operator uses it."""

import os
import subprocess
from dataclasses import dataclass

import pytest

from etc.contracts.topology import Topology
from notification.adapters.dedup_store import DedupStore
from notification.domain.claim import NoticeKey
from notification.stores import Stores
from tests.support.consumers import ROOT, Consumers
from tests.support.mailbox import Mailbox
from tests.support.post_office import PostOffice, an_event
from tests.support.receiver import Answer, Receiver
from tests.support.waiting import until


@dataclass(frozen=True)
class Command:
    environment: dict[str, str]

    def __call__(self, *arguments: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [ROOT / "bin/dead-letters", *arguments],
            env={"PATH": os.environ["PATH"]} | self.environment | changes,
            capture_output=True,
            text=True,
            timeout=30,
        )


@pytest.fixture
def dead_letters(amqp_url: str, topology: Topology) -> Command:
    return Command({"ENVIRONMENT": "development", "AMQP_URL": amqp_url, "AMQP_PREFIX": topology.prefix})


def test_an_empty_list_says_so(dead_letters: Command) -> None:
    done = dead_letters("list")
    assert (done.returncode, done.stdout, done.stderr) == (0, "0 dead letters\n", "")


def test_list_and_show_tell_who_should_have_been_told_what_and_why_not(
    post_office: PostOffice, receiver: Receiver, consumers: Consumers, dead_letters: Command
) -> None:
    consumers.start("webhook")
    receiver.always = Answer(status=410)
    event = post_office.publish(an_event(proxy_url=receiver.proxy()))
    post_office.publish_bytes(b"\x1b[2Jnonsense")
    until(lambda: len(post_office.dead("webhook")) == 2)
    listed = dead_letters("list", "webhook").stdout.splitlines()
    [line] = [line for line in listed if line.startswith(event["id"])]
    assert line.split()[1:4] == ["webhook", "2/4", "1"]
    assert line.endswith("gone: the receiver answered 410 and wants no more webhooks")
    assert listed[-1] == "2 dead letters"
    shown = dead_letters("show", event["id"]).stdout
    assert "class/student 2/4" in shown
    assert event["message"] in shown
    assert "\x1b" not in dead_letters("show", "all").stdout
    assert len(post_office.dead("webhook")) == 2  # looking changes nothing


def test_a_replay_sends_again_and_the_letter_is_gone(
    post_office: PostOffice, mailbox: Mailbox, consumers: Consumers, dead_letters: Command
) -> None:
    consumers.start("email")
    mailbox.replies = ["550 no such user"]
    event = post_office.publish(an_event(email="abhinav@example.com"))
    until(lambda: post_office.dead("email"))
    done = dead_letters("replay", event["id"])
    assert (done.returncode, done.stdout) == (0, f"{event['id']} email is sent again\n")
    until(lambda: mailbox.delivered)
    assert post_office.dead("email") == []


def test_a_replay_sends_even_what_is_on_record_as_sent_and_only_once(
    post_office: PostOffice, receiver: Receiver, consumers: Consumers, dead_letters: Command, stores: Stores
) -> None:
    consumer = consumers.start("webhook")
    receiver.answers = [Answer(status=410)]
    event = post_office.publish(an_event(proxy_url=receiver.proxy()))
    until(lambda: post_office.dead("webhook"))
    sent = DedupStore(stores.database, stores.tables, "webhook", 60)
    sent.mark_sent([NoticeKey(event["id"])])
    dead_letters("replay", event["id"], "webhook")
    until(lambda: len(receiver.received) == 2)
    consumer.wait_for_log(" delivered")
    assert len(receiver.received) == 2


def test_a_replay_starts_over_with_all_attempts(
    post_office: PostOffice, receiver: Receiver, consumers: Consumers, dead_letters: Command
) -> None:
    consumers.start("webhook")
    receiver.answers = [Answer(status=500)] * 7
    event = post_office.publish(an_event(proxy_url=receiver.proxy()))
    until(lambda: post_office.dead("webhook"))
    dead_letters("replay", event["id"])
    until(lambda: len(receiver.received) == 8)


def test_replay_all_and_drop_all_take_every_letter_of_the_channel(
    post_office: PostOffice, receiver: Receiver, consumers: Consumers, dead_letters: Command
) -> None:
    consumers.start("webhook")
    consumers.start("email")
    receiver.answers = [Answer(status=410)] * 3
    for _ in range(3):
        post_office.publish(an_event(proxy_url=receiver.proxy()))
    post_office.publish_bytes(b"poison for both")
    until(lambda: len(post_office.dead("webhook")) == 4 and len(post_office.dead("email")) == 1)
    assert len(dead_letters("replay", "all", "webhook").stdout.splitlines()) == 4
    until(lambda: len(receiver.received) == 6)
    until(lambda: len(post_office.dead("webhook")) == 1)  # poison comes back
    assert len(dead_letters("drop", "all").stdout.splitlines()) == 2
    assert post_office.dead("webhook") == post_office.dead("email") == []


def test_an_unknown_id_and_wrong_usage_and_a_missing_broker_have_their_exit_status(dead_letters: Command) -> None:
    unknown = dead_letters("drop", "0192f0c1-2b7a-7c3d-9e4f-5a6b7c8d9e0f")
    assert unknown.returncode == 1
    assert "No dead letter has the id" in unknown.stderr
    assert dead_letters("bury").returncode == 2
    away = dead_letters("list", AMQP_URL="amqp://guest:guest@127.0.0.1:1/%2F")
    assert away.returncode == 3
    assert "RabbitMQ does not answer" in away.stderr
    assert "Traceback" not in away.stderr


def test_help_shows_every_command(dead_letters: Command) -> None:
    done = dead_letters("--help")
    assert done.returncode == 0
    assert all(word in done.stdout for word in ("list", "show", "replay", "drop", "examples", "exit status"))


def test_what_a_replay_delivered_is_not_sent_by_the_copy_that_waits_for_its_retry(
    post_office: PostOffice, receiver: Receiver, consumers: Consumers
) -> None:
    consumer = consumers.start("webhook", RETRY_DELAYS_S="0.6")
    receiver.answers = [Answer(status=500)]
    event = an_event(proxy_url=receiver.proxy())
    post_office.publish(event)
    until(lambda: receiver.received)
    post_office.publish(event, {"x-replay": "by the operator"})
    consumer.wait_for_log(" delivered")
    consumer.wait_for_log("was delivered before")
    assert len(receiver.received) == 2


def test_a_replay_whose_reader_has_enough_goes_on_to_the_end(
    post_office: PostOffice, dead_letters: Command, amqp_url: str, topology: Topology
) -> None:
    for number in range(20):
        post_office.set_aside("webhook", an_event(), {"x-attempts": number})
    command = f"set -o pipefail; {ROOT}/bin/dead-letters replay all webhook | head -1"
    done = subprocess.run(
        ["bash", "-c", command],
        env={"PATH": os.environ["PATH"]} | dead_letters.environment,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.stdout.endswith("webhook is sent again\n")
    assert done.stderr == ""
    assert post_office.dead("webhook") == []
    until(lambda: post_office.depth(topology.queue("webhook")) == 20)


def test_headers_of_strangers_do_not_hide_the_other_letters(post_office: PostOffice, dead_letters: Command) -> None:
    post_office.set_aside("webhook", an_event(), {"x-attempts": "many", "x-dead-at": "yesterday", "x-reason": "busy"})
    post_office.set_aside("webhook", an_event(), {"x-attempts": {"a": 1}, "x-dead-at": 7, "x-death": "?"})
    post_office.set_aside("webhook", an_event(), {"x-dead-at": "9999-12-31T23:59:59-10:00", "x-reason": "late"})
    listed = dead_letters("list", "webhook")
    assert listed.returncode == 0
    assert listed.stdout.splitlines()[-1] == "3 dead letters"


def test_a_letter_that_was_set_aside_twice_is_replayed_once(
    post_office: PostOffice, receiver: Receiver, consumers: Consumers, dead_letters: Command
) -> None:
    event = an_event(proxy_url=receiver.proxy())
    for _ in range(2):
        post_office.set_aside("webhook", event, {"x-attempts": 4, "x-reason": "busy"})
    dead_letters("replay", "all", "webhook")
    consumer = consumers.start("webhook")
    consumer.wait_for_log("was delivered before")
    assert len(receiver.received) == 1
