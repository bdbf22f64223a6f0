"""Webhooks as their receivers see them."""

import itertools
import json
import time

import pytest

from tests.integration.notification.conftest import RETRY_DELAYS_S
from tests.support.consumers import ConsumerProcess, Consumers
from tests.support.post_office import PostOffice, an_event
from tests.support.receiver import Answer, Receiver
from tests.support.waiting import until


def test_a_webhook_carries_the_sentence_and_nothing_else_in_its_body(
    post_office: PostOffice, receiver: Receiver, webhook_consumer: ConsumerProcess
) -> None:
    event = post_office.publish(an_event(proxy_url=receiver.proxy("/abc?x=1")))
    [got] = until(lambda: receiver.received)
    assert json.loads(got.body) == {"message": "Student with id: 4 has been enrolled in Class 2"}
    assert got.path == "/abc?x=1"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["webhook-id"] == event["id"]
    assert abs(int(got.headers["webhook-timestamp"]) - time.time()) < 10
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert not [name for name in got.headers if "history" in name], "an event of 1.1 knows none"


@pytest.mark.parametrize("format_", [None, "event"])
def test_its_headers_name_the_entry_of_the_history_that_holds_the_change(
    post_office: PostOffice, receiver: Receiver, webhook_consumer: ConsumerProcess, format_: str | None
) -> None:
    entry = {"history_number": 7, "history_hash": "5" * 64}
    event = post_office.publish(an_event(proxy_url=receiver.proxy(), webhook_format=format_, **entry))
    [got] = until(lambda: receiver.received)
    assert (got.headers["enrollment-history-number"], got.headers["enrollment-history-hash"]) == ("7", "5" * 64)
    said = json.loads(got.body)
    assert said == {"message": event["message"]} if format_ is None else entry.items() <= said.items()


def test_an_event_without_a_proxy_url_is_acknowledged_and_sends_nothing(
    post_office: PostOffice, receiver: Receiver, webhook_consumer: ConsumerProcess
) -> None:
    post_office.publish(an_event(email="abhinav@example.com"))
    post_office.publish(an_event(proxy_url=receiver.proxy()))
    until(lambda: receiver.received)
    assert len(receiver.received) == 1
    assert post_office.dead("webhook") == []


def test_a_failing_receiver_is_tried_after_each_delay_and_then_the_notice_is_a_dead_letter(
    post_office: PostOffice, receiver: Receiver, webhook_consumer: ConsumerProcess
) -> None:
    receiver.always = Answer(status=500)
    event = post_office.publish(an_event(proxy_url=receiver.proxy()))
    [(body, headers)] = until(lambda: post_office.dead("webhook"))
    assert json.loads(body) == event
    assert headers["x-reason"] == "gave up after 4 attempts, the last: the receiver answered 500"
    assert headers["x-attempts"] == 4
    times = [got.at for got in receiver.received]
    assert len(times) == 1 + len(RETRY_DELAYS_S)
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert all(gap >= delay_s for gap, delay_s in zip(gaps, RETRY_DELAYS_S, strict=True))
    assert {got.headers["webhook-id"] for got in receiver.received} == {event["id"]}


def test_a_receiver_that_recovers_gets_the_notice_once(
    post_office: PostOffice, receiver: Receiver, webhook_consumer: ConsumerProcess
) -> None:
    receiver.answers = [Answer(status=503), Answer(status=404)]
    post_office.publish(an_event(proxy_url=receiver.proxy()))
    until(lambda: len(receiver.received) == 3)
    webhook_consumer.wait_for_log(" delivered")
    assert post_office.dead("webhook") == []


def test_retry_after_chooses_a_later_delay(post_office: PostOffice, receiver: Receiver, consumers: Consumers) -> None:
    consumers.start("webhook", RETRY_DELAYS_S="0.2,0.4,0.6")
    receiver.answers = [Answer(status=429, headers=(("Retry-After", "1"),))]
    post_office.publish(an_event(proxy_url=receiver.proxy()))
    until(lambda: len(receiver.received) == 2)
    assert receiver.received[1].at - receiver.received[0].at >= 0.6


def test_410_is_a_dead_letter_at_once(
    post_office: PostOffice, receiver: Receiver, webhook_consumer: ConsumerProcess
) -> None:
    receiver.answers = [Answer(status=410)]
    post_office.publish(an_event(proxy_url=receiver.proxy()))
    [(_, headers)] = until(lambda: post_office.dead("webhook"))
    assert headers["x-reason"].startswith("gone")
    assert headers["x-attempts"] == 1


def test_a_redirect_is_not_followed(
    post_office: PostOffice, receiver: Receiver, webhook_consumer: ConsumerProcess
) -> None:
    with Receiver() as elsewhere:
        receiver.answers = [Answer(status=307, headers=(("Location", elsewhere.url()),))]
        post_office.publish(an_event(proxy_url=receiver.proxy()))
        until(lambda: len(receiver.received) == 2)
        assert elsewhere.received == []


def test_a_trickling_receiver_holds_its_place_no_longer_than_the_attempt_may_take(
    post_office: PostOffice, receiver: Receiver, consumers: Consumers
) -> None:
    consumer = consumers.start("webhook", WEBHOOK_TIMEOUT_S="1", WEBHOOK_IN_FLIGHT="1")
    # A byte every 0.3 s is always within a time-out that counts single reads.
    receiver.answers = [Answer(headers=(("X-Slow", "1"),), body=b"x" * 100, trickle_s=0.3)]
    post_office.publish(an_event(proxy_url=receiver.proxy("/slow")))
    until(lambda: receiver.received)
    post_office.publish(an_event(proxy_url=receiver.proxy("/next")))
    until(lambda: len(receiver.received) == 2)
    assert receiver.received[1].at - receiver.received[0].at < 6  # all of it takes 30
    consumer.wait_for_log(" delivered", times=2)  # it said 200 before it began to trickle: that is delivered
    assert [got.path for got in receiver.received] == ["/slow", "/next"]


def test_an_address_that_callbacks_may_not_reach_is_a_dead_letter_and_never_connected_to(
    post_office: PostOffice, receiver: Receiver, consumers: Consumers
) -> None:
    consumers.start("webhook", CALLBACK_ALLOWED_NETWORKS="10.99.99.0/24")
    for host in ("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1"):
        post_office.publish(an_event(proxy_url=f"http%3A%2F%2F{host}%3A{receiver.port}%2Fhook"))
    letters = until(lambda: len(found := post_office.dead("webhook")) == 5 and found)
    assert all(headers["x-reason"].startswith("forbidden address") for _, headers in letters)
    assert receiver.received == []


def test_hosts_that_hang_delay_nobody_else(post_office: PostOffice, receiver: Receiver, consumers: Consumers) -> None:
    consumers.start("webhook", WEBHOOK_IN_FLIGHT="10", WEBHOOK_TIMEOUT_S="25")
    with Receiver("127.0.0.2") as first, Receiver("127.0.0.3") as second, Receiver("127.0.0.4") as third:
        hanging = (first, second, third)
        for one in hanging:
            one.always = Answer(hang_s=60)
        for _ in range(100):  # of each as many as may be in the consumer at all
            for one in hanging:
                post_office.publish(an_event(proxy_url=one.proxy()))
        until(lambda: all(one.received for one in hanging))
        for _ in range(100):
            post_office.publish(an_event(proxy_url=receiver.proxy()))
        until(lambda: len(receiver.received) >= 100, timeout_s=20)  # before the first hanging attempt ends
        assert all(len(one.received) <= 2 for one in hanging)
    assert len({got.headers["webhook-id"] for got in receiver.received}) == 100
