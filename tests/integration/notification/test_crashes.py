"""Consumers that die, on purpose and at every gap: nothing is lost, and only one gap can say a thing twice."""

import signal
import time

import pytest

from kit.stores import dynamo
from notification.stores import Stores
from tests.support.consumers import Consumers
from tests.support.mailbox import Mailbox
from tests.support.post_office import PostOffice, an_event
from tests.support.receiver import Answer, Receiver
from tests.support.waiting import until

KILLED = -signal.SIGKILL
NOTICES_BY_FAULT_POINT = {"received": 1, "before-send": 1, "after-send": 2, "recorded": 1}


@pytest.mark.parametrize(("point", "notices"), NOTICES_BY_FAULT_POINT.items())
@pytest.mark.parametrize("channel", ["email", "webhook"])
def test_a_consumer_killed_anywhere_loses_nothing_and_repeats_only_what_was_sent_and_not_recorded(
    channel: str,
    point: str,
    notices: int,
    post_office: PostOffice,
    receiver: Receiver,
    mailbox: Mailbox,
    consumers: Consumers,
) -> None:
    victim = consumers.start(channel, FAULT_POINT=f"{channel}.{point}")
    address = {"email": "abhinav@example.com"} if channel == "email" else {"proxy_url": receiver.proxy()}
    first = post_office.publish(an_event(**address))
    assert victim.wait_for_end() == KILLED
    successor = consumers.start(channel)
    last = post_office.publish(an_event(**address))

    def arrived(event_id: str) -> int:
        if channel == "email":
            return sum(got.mail["Message-ID"].startswith(f"<{event_id}@") for got in mailbox.delivered)
        return sum(got.headers["webhook-id"] == event_id for got in receiver.received)

    successor.wait_for_log(" delivered", times=2)
    until(lambda: arrived(last["id"]) == 1)
    assert arrived(first["id"]) == notices
    assert post_office.dead(channel) == []


@pytest.mark.parametrize("point", ["before-retry", "retry-published"])
def test_a_consumer_killed_while_it_arranges_a_retry_delivers_the_notice_once(
    point: str, post_office: PostOffice, receiver: Receiver, consumers: Consumers
) -> None:
    receiver.answers = [Answer(status=500)]
    victim = consumers.start("webhook", FAULT_POINT=f"webhook.{point}")
    post_office.publish(an_event(proxy_url=receiver.proxy()))
    assert victim.wait_for_end() == KILLED
    # One copy is redelivered; if the retry was published there is a second, which finds the record of the first.
    successor = consumers.start("webhook")
    successor.wait_for_log(" delivered", times=2 if point == "retry-published" else 1)
    assert len(receiver.received) == 2  # the failed attempt, and one that succeeded
    assert post_office.dead("webhook") == []


@pytest.mark.parametrize("point", ["before-dead", "dead-published"])
def test_a_consumer_killed_while_it_sets_a_dead_letter_aside_loses_nothing(
    point: str, post_office: PostOffice, mailbox: Mailbox, consumers: Consumers
) -> None:
    mailbox.replies = ["550 no such user", "550 no such user"]
    victim = consumers.start("email", FAULT_POINT=f"email.{point}")
    post_office.publish(an_event(email="nobody@example.com"))
    assert victim.wait_for_end() == KILLED
    consumers.start("email").wait_for_log("is a dead letter")
    assert len(post_office.dead("email")) == (2 if point == "dead-published" else 1)


@pytest.mark.parametrize("point", ["before-requeue", "requeue-published"])
def test_a_consumer_killed_while_it_puts_a_copy_back_loses_nothing(
    point: str, post_office: PostOffice, receiver: Receiver, consumers: Consumers
) -> None:
    receiver.answers = [Answer(hang_s=1)]
    victim = consumers.start("webhook", FAULT_POINT=f"webhook.{point}")
    event = post_office.publish(an_event(proxy_url=receiver.proxy()))
    until(lambda: receiver.received)
    post_office.publish(event)  # a copy, while the first is in flight
    assert victim.wait_for_end() == KILLED
    copies = 3 if point == "requeue-published" else 2
    consumers.start("webhook").wait_for_log(" delivered", times=copies)
    assert len(receiver.received) == 2  # the one that was cut off by the kill, and one more
    assert post_office.dead("webhook") == []


def test_a_copy_of_an_event_that_was_sent_is_acknowledged_and_not_sent(
    post_office: PostOffice, receiver: Receiver, consumers: Consumers, stores: Stores
) -> None:
    consumer = consumers.start("webhook")
    event = post_office.publish(an_event(proxy_url=receiver.proxy()))
    consumer.wait_for_log(" delivered")
    [item] = dynamo.batch_get(stores.database, {stores.tables.sent: [{"Key": {"S": f"webhook:{event['id']}"}}]})[
        stores.tables.sent
    ]
    assert 0 < int(item["ExpiresAt"]["N"]) - time.time() <= 7 * 24 * 3600
    post_office.publish(event)
    consumer.wait_for_log("was delivered before")
    assert len(receiver.received) == 1


def test_a_burst_survives_repeated_kills(post_office: PostOffice, receiver: Receiver, consumers: Consumers) -> None:
    events = [post_office.publish(an_event(proxy_url=receiver.proxy())) for _ in range(60)]
    for nth in (7, 11, 13):
        victim = consumers.start("webhook", ready=False, FAULT_POINT=f"webhook.before-send:{nth}")
        assert victim.wait_for_end() == KILLED
    consumers.start("webhook")
    wanted = {event["id"] for event in events}
    until(lambda: {got.headers["webhook-id"] for got in receiver.received} == wanted)
    assert post_office.dead("webhook") == []


def test_copies_in_the_windows_of_two_consumers_are_sent_once(
    post_office: PostOffice, receiver: Receiver, mailbox: Mailbox, consumers: Consumers
) -> None:
    """The relay and the service may both publish a notice; each copy may be with another consumer, in any batch."""
    events = [an_event(email="abhinav@example.com", proxy_url=receiver.proxy()) for _ in range(20)]
    for event in (*events, *reversed(events)):
        post_office.publish(event)
    pairs = [consumers.start(channel) for channel in ("email", "webhook") for _ in range(2)]

    def dealt_with(channel: str) -> int:
        of_channel = pairs[:2] if channel == "email" else pairs[2:]
        return sum(one.log.count(" delivered") for one in of_channel)  # now, or "was delivered before"

    for channel in ("email", "webhook"):
        until(lambda channel=channel: dealt_with(channel) >= 40, timeout_s=40)
    ids = sorted(event["id"] for event in events)
    assert sorted(got.headers["webhook-id"] for got in receiver.received) == ids
    assert sorted(mailbox.told) == ids


@pytest.mark.parametrize("point", ["after-send", "recorded"])
def test_a_consumer_killed_in_the_midst_of_a_batch_loses_none_of_it(
    point: str, post_office: PostOffice, mailbox: Mailbox, consumers: Consumers
) -> None:
    # Of many students: mails to one would be gathered into few. Enough for six records of all that is under way.
    events = [post_office.publish(an_event(student_id=n, email=f"s{n}@example.com")) for n in range(100, 148)]
    for nth in (2, 4):
        victim = consumers.start("email", ready=False, FAULT_POINT=f"email.{point}:{nth}", EMAIL_IN_FLIGHT="4")
        assert victim.wait_for_end(timeout_s=40) == KILLED
    consumers.start("email")
    wanted = {event["id"] for event in events}
    until(lambda: set(mailbox.told) == wanted)
    # Only what was sent and not yet recorded when its consumer died comes twice: at most what was under way.
    assert len(mailbox.delivered) <= 48 + 2 * 8 * 4
    assert post_office.dead("email") == []
