"""Publish, then acknowledge; and what is written into the headers."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from etc.contracts.topology import Topology
from kit.messaging.outgoing_message import NotConfirmed, OutgoingMessage
from kit.messaging.retrying_publisher import RetryingPublisher
from notification.adapters.queue_consumer import Message
from notification.consumer.acknowledger import Acknowledger
from notification.domain.outcome import Ack, DeadLetter, LeaveUnacked, Outcome, Requeue, RetryLater
from notification.domain.retries import RetrySchedule


class Broker:
    """Notes what happens in which order; refuses the first `refusals` messages, and keeps silent of all if `silent`."""

    def __init__(self, refusals: int = 0, *, silent: bool = False) -> None:
        self.happened: list[Any] = []
        self.refusals = refusals
        self.silent = silent
        self.published = 0

    def publish(self, message: OutgoingMessage) -> "Future[None]":
        self.published += 1
        confirm: Future[None] = Future()
        if self.silent:
            return confirm
        if self.refusals:
            self.refusals -= 1
            confirm.set_exception(NotConfirmed("refused"))
        else:
            self.happened.append(message)
            confirm.set_result(None)
        return confirm


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def settle(
    outcome: Outcome,
    headers: dict[str, Any] | None = None,
    *,
    broker: Broker | None = None,
    still_ours: Callable[[], bool] = lambda: True,
    type_: str = "enrollment.promoted",
    count: Callable[[dict[str, int]], None] = lambda _: None,
) -> Any:
    """What happened within an hour."""
    broker, clock = broker or Broker(), Clock()
    message = Message(
        body=b"{}",
        message_id="event-1",
        timestamp_s=7,
        headers=headers or {},
        ack=lambda: broker.happened.append("ack"),
        still_ours=still_ours,
        type=type_,
    )
    publisher = RetryingPublisher(broker, clock)
    Acknowledger("webhook", Topology("t."), RetrySchedule([1000, 2000]), publisher, count).settle(message, outcome)
    for _ in range(720):
        clock.now_s += 5
        publisher.publish_due()
    assert publisher.idle or broker.silent
    return broker.happened


def test_what_was_delivered_is_acknowledged() -> None:
    assert settle(Ack()) == ["ack"]


def test_a_retry_is_published_with_its_count_and_then_acknowledged() -> None:
    copy, ack = settle(RetryLater("busy"), {"traceparent": "00-1", "x-death": [], "x-delivery-count": 3})
    assert ack == "ack"
    assert (copy.exchange, copy.routing_key) == ("", "t.notification.webhook.retry.1000ms")
    assert copy.headers == {"traceparent": "00-1", "x-attempts": 1, "x-reason": "busy"}
    assert (copy.message_id, copy.timestamp_s, copy.body) == ("event-1", 7, b"{}")


def test_after_the_last_delay_the_letter_is_dead() -> None:
    copy, ack = settle(RetryLater("busy"), {"x-attempts": 2})
    assert ack == "ack"
    assert (copy.exchange, copy.routing_key) == ("t.notification.dead", "webhook")
    assert copy.headers["x-reason"] == "gave up after 3 attempts, the last: busy"
    assert copy.headers["x-attempts"] == 3
    assert copy.headers["x-dead-at"]


def test_a_dead_letter_counts_only_what_was_tried() -> None:
    assert settle(DeadLetter("refused"))[0].headers["x-attempts"] == 1
    assert settle(DeadLetter("undecodable", attempted=False))[0].headers["x-attempts"] == 0


def test_what_is_put_back_keeps_its_count_and_takes_the_shortest_delay() -> None:
    copy, _ = settle(Requeue("full"), {"x-attempts": 1, "x-replay": "r"})
    assert copy.routing_key == "t.notification.webhook.retry.1000ms"
    assert copy.headers == {"x-attempts": 1, "x-replay": "r"}


def test_what_is_left_is_not_touched() -> None:
    assert settle(LeaveUnacked()) == []


@pytest.mark.parametrize("outcome", [RetryLater("busy"), DeadLetter("refused"), Requeue("full")])
def test_without_a_confirm_it_publishes_again_and_never_acknowledges_before(outcome: Outcome) -> None:
    copy, ack = settle(outcome, broker=Broker(refusals=3))
    assert isinstance(copy, OutgoingMessage)
    assert ack == "ack"


def test_while_a_confirm_may_still_come_nothing_is_published_again() -> None:
    broker = Broker(silent=True)
    assert settle(RetryLater("busy"), broker=broker) == []
    assert broker.published == 1


def test_what_is_not_ours_any_more_is_not_published_again() -> None:
    broker = Broker(refusals=99)
    assert settle(RetryLater("busy"), broker=broker, still_ours=lambda: broker.published < 3) == []
    assert broker.published == 3


@pytest.mark.parametrize("outcome", [RetryLater("busy"), DeadLetter("refused"), Requeue("full")])
def test_the_type_survives(outcome: Outcome) -> None:
    assert settle(outcome, type_="receiver.paused")[0].type == "receiver.paused"


@pytest.mark.parametrize("attempts", ["many", -1, None, 2.5])
def test_a_nonsensical_count_starts_over(attempts: object) -> None:
    assert settle(RetryLater("busy"), {"x-attempts": attempts})[0].headers["x-attempts"] == 1


@pytest.mark.parametrize(
    ("outcome", "headers", "counted"),
    [
        (Ack(), {}, ["delivered"]),
        (Ack(duplicate=True), {}, []),
        (RetryLater("busy"), {}, ["failed"]),
        (RetryLater("busy"), {"x-attempts": 2}, ["failed", "dead_lettered"]),
        (DeadLetter("no such user"), {}, ["dead_lettered"]),
        (Requeue("stopping"), {}, []),
        (LeaveUnacked(), {}, []),
    ],
)
def test_what_went_out_or_failed_is_counted(outcome: Outcome, headers: dict[str, Any], counted: list[str]) -> None:
    counts: list[dict[str, int]] = []
    settle(outcome, headers, count=counts.append)
    assert counts == [{f"webhook {each}": 1} for each in counted]
