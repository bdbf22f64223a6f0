"""Publish, then acknowledge; and what is written into the headers."""

from concurrent.futures import Future
from typing import Any

import pytest

from contracts.topology import Topology
from kit.messaging.publisher import NotConfirmed, OutgoingMessage
from notification.adapters.queue_consumer import Message
from notification.consumer.acknowledger import Acknowledger
from notification.domain.outcome import DeadLetter, Done, Leave, Outcome, Requeue, RetryLater
from notification.domain.retries import RetrySchedule


class Broker:
    """Notes what happens in which order; refuses the first `refusals` letters."""

    def __init__(self, refusals: int = 0) -> None:
        self.happened: list[Any] = []
        self.refusals = refusals

    def publish(self, letter: OutgoingMessage) -> "Future[None]":
        confirm: Future[None] = Future()
        if self.refusals:
            self.refusals -= 1
            confirm.set_exception(NotConfirmed("refused"))
        else:
            self.happened.append(letter)
            confirm.set_result(None)
        return confirm


def settle(
    outcome: Outcome, headers: dict[str, Any] | None = None, *, refusals: int = 0, stopping: bool = False
) -> Any:
    broker = Broker(refusals)
    message = Message(
        body=b"{}",
        message_id="event-1",
        timestamp_s=7,
        headers=headers or {},
        ack=lambda: broker.happened.append("ack"),
        still_ours=lambda: True,
    )
    Acknowledger(
        "webhook", Topology("t."), RetrySchedule([1000, 2000]), broker, lambda: stopping, lambda _: None
    ).settle(message, outcome)
    return broker.happened


def test_done_acknowledges() -> None:
    assert settle(Done("sent")) == ["ack"]


def test_a_retry_is_published_with_its_count_and_then_acknowledged() -> None:
    letter, ack = settle(RetryLater("busy"), {"traceparent": "00-1", "x-death": [], "x-delivery-count": 3})
    assert ack == "ack"
    assert (letter.exchange, letter.routing_key) == ("", "t.notification.webhook.retry.1000ms")
    assert letter.headers == {"traceparent": "00-1", "x-attempts": 1, "x-reason": "busy"}
    assert (letter.message_id, letter.timestamp_s, letter.body) == ("event-1", 7, b"{}")


def test_after_the_last_delay_the_letter_is_dead() -> None:
    letter, ack = settle(RetryLater("busy"), {"x-attempts": 2})
    assert ack == "ack"
    assert (letter.exchange, letter.routing_key) == ("t.notification.dead", "webhook")
    assert letter.headers["x-reason"] == "gave up after 3 attempts, the last: busy"
    assert letter.headers["x-attempts"] == 3
    assert letter.headers["x-dead-at"]


def test_a_dead_letter_counts_only_what_was_tried() -> None:
    assert settle(DeadLetter("refused"))[0].headers["x-attempts"] == 1
    assert settle(DeadLetter("undecodable", attempted=False))[0].headers["x-attempts"] == 0


def test_what_is_put_back_keeps_its_count_and_takes_the_shortest_delay() -> None:
    letter, _ = settle(Requeue("full"), {"x-attempts": 1, "x-replay": "r"})
    assert letter.routing_key == "t.notification.webhook.retry.1000ms"
    assert letter.headers == {"x-attempts": 1, "x-replay": "r"}


def test_what_is_left_is_not_touched() -> None:
    assert settle(Leave()) == []


@pytest.mark.parametrize("outcome", [RetryLater("busy"), DeadLetter("refused"), Requeue("full")])
def test_without_a_confirm_it_publishes_again_and_never_acknowledges_before(outcome: Outcome) -> None:
    letter, ack = settle(outcome, refusals=3)
    assert isinstance(letter, OutgoingMessage)
    assert ack == "ack"


def test_without_a_confirm_and_when_stopping_the_message_stays_unacknowledged() -> None:
    assert settle(RetryLater("busy"), refusals=99, stopping=True) == []


@pytest.mark.parametrize("attempts", ["many", -1, None, 2.5])
def test_a_nonsensical_count_starts_over(attempts: object) -> None:
    assert settle(RetryLater("busy"), {"x-attempts": attempts})[0].headers["x-attempts"] == 1
