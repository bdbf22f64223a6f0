"""Test notices: sent at once, without RabbitMQ in between, to see what comes back.

The senders are those of the consumers, with their checks of addresses and their time-outs. The result is shown,
not kept: nothing is retried, logged as a delivery, or ended by a receiver that says 410.
"""

import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import BoundedSemaphore

from notification.domain.delivery import shown_error
from notification.domain.example_event import ExampleEvent, example_event
from notification.domain.sender import AttemptResult, Sender, attempt
from notification.domain.subscription import NotSubscribed
from notification.service.ports import RateLimiter, SubscriptionStore

LONGEST_WAIT_S = 8.0  # the gateway waits for 10
_AT_ONCE = 16


@dataclass(frozen=True)
class Result:
    """The result of one channel. `error` is null when it was delivered."""

    channel: str
    target: str
    status: int | None
    duration_ms: int | None
    error: str | None


class EventTester:
    """Thread-safe. `senders` by channel; `at_once` bounds what slow receivers can hold up."""

    def __init__(
        self,
        subscriptions: SubscriptionStore,
        senders: Mapping[str, Sender],
        limiter: RateLimiter,
        at_once: int = _AT_ONCE,
    ) -> None:
        self._subscriptions = subscriptions
        self._senders = senders
        self._limiter = limiter
        self._slots = BoundedSemaphore(at_once)
        # bounded: by the slots, of which each test takes one.
        self._threads = ThreadPoolExecutor(at_once, "test-event")

    def run(self, student_id: int, class_id: int, longest_wait_s: float = LONGEST_WAIT_S) -> list[Result]:
        """Send one to each channel of the subscription, all at the same time.

        Raises:
            NotSubscribed, RateLimited, Unavailable
        """
        subscription = self._subscriptions.get(student_id, class_id)
        if subscription is None:
            raise NotSubscribed(student_id, class_id)
        self._limiter.count(student_id)
        event = example_event(student_id, class_id, subscription)
        end_s = time.monotonic() + longest_wait_s
        started = {name: self._start(one, event) for name, one in self._senders.items() if one.wants(event)}
        return [
            _result(name, self._senders[name].target(event), event, under_way, end_s - time.monotonic(), longest_wait_s)
            for name, under_way in started.items()
        ]

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _start(self, sender: Sender, event: ExampleEvent) -> "Future[AttemptResult] | None":
        """None if too many are under way. Its slot is free again when it ends, and not when nobody waits any more."""
        if not self._slots.acquire(blocking=False):
            return None
        under_way = self._threads.submit(attempt, partial(sender.send, event))
        under_way.add_done_callback(lambda _: self._slots.release())
        return under_way


def _result(
    name: str,
    where: str,
    event: ExampleEvent,
    under_way: "Future[AttemptResult] | None",
    left_s: float,
    longest_s: float,
) -> Result:
    if under_way is None:
        return Result(name, where, None, None, "not sent: many tests are under way, ask again in a moment")
    try:
        tried = under_way.result(max(0.0, left_s))
    except TimeoutError:
        return Result(name, where, None, round(longest_s * 1000), f"no answer within {longest_s:g} s")
    error = shown_error(tried.failure.reason, event) if tried.failure else None
    return Result(name, where, tried.attempt.status, tried.attempt.duration_ms, error)
