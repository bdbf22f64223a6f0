"""Logging attempts in the delivery log, many together, after they are settled: nothing about a delivery hangs on it.

An attempt that cannot be logged is forgotten. A crash between sending and logging loses the entry, not the notice.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from kit.errors import Unavailable
from kit.observability import correlation
from notification.adapters.queue_consumer import Message
from notification.domain.attempt import Attempt
from notification.domain.delivery import LoggedAttempt, NewAttempt, shown_error
from notification.domain.event import Event
from notification.domain.outcome import Ack, DeadLetter, Outcome, RetryLater
from notification.domain.retries import RetrySchedule

log = logging.getLogger(__name__)


class Deliveries(Protocol):
    """See adapters.delivery_log."""

    def add_all(self, channel: str, attempts: Sequence[NewAttempt]) -> list[bool | Unavailable]: ...


def _now() -> datetime:
    return datetime.now(UTC)


class AttemptLog:
    """Thread-safe. `schedule` is the one the acknowledger goes by."""

    def __init__(
        self,
        channel: str,
        deliveries: Deliveries,
        schedule: RetrySchedule,
        notify: Callable[[Event], None],
        now: Callable[[], datetime] = _now,
        endpoint_of: Callable[[Event], str | None] = lambda _: None,
    ) -> None:
        """`notify` is called when the event's endpoint is paused; `endpoint_of` is the sender's."""
        self._channel = channel
        self._deliveries = deliveries
        self._schedule = schedule
        self._notify = notify
        self._now = now
        self._endpoint_of = endpoint_of

    def log_attempts(self, done: Sequence[tuple[Message, Event, Outcome]]) -> None:
        """Log the attempts that these outcomes came of. Raises nothing."""
        tried = [
            (message, NewAttempt(event, logged, self._endpoint_of(event)))
            for message, event, outcome in done
            if not event.is_private and (logged := self._logged(message, event, outcome))
        ]
        if not tried:
            return
        noted = self._deliveries.add_all(self._channel, [one for _, one in tried])
        for (message, one), paused in zip(tried, noted, strict=True):
            if paused:
                with correlation.bind_from_headers(message.headers):
                    self._tell(one.event, paused)

    def _tell(self, event: Event, paused: bool | Unavailable) -> None:
        if isinstance(paused, Unavailable):
            log.warning("%s %s is not in the log of deliveries: %s", self._channel, event.id, paused.detail)
        else:
            log.warning("%s %s: its receiver failed for days and is paused", self._channel, event.id)
            self._notify(event)

    def _logged(self, message: Message, event: Event, outcome: Outcome) -> LoggedAttempt | None:
        again = message.is_redelivery
        match outcome:
            case Ack(attempt=Attempt() as attempt):
                return LoggedAttempt(attempt, "delivered", redelivery=again)
            case RetryLater():
                attempt = outcome.attempt or Attempt(self._now())
                error = shown_error(outcome.reason, event)
                delay_ms = self._schedule.delay_ms(message.failed_attempts + 1, outcome.at_least_s)
                if delay_ms is None:
                    return LoggedAttempt(attempt, "failed", error, redelivery=again)
                next_at = self._now() + timedelta(milliseconds=delay_ms)
                return LoggedAttempt(attempt, "retrying", error, next_at, redelivery=again)
            case DeadLetter(attempt=Attempt() as attempt):
                return LoggedAttempt(attempt, "failed", shown_error(outcome.reason, event), redelivery=again)
        return None
