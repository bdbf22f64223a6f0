"""One message from receipt to its outcome: was it sent already, send it, record it.

Passes the fault points `<channel>.received`, `.before-send`, `.after-send`, `.recorded` (see kit.faults).
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from kit import faults
from kit.concurrency.backoff import pauses
from kit.errors import Unavailable
from notification.domain.attempt import Attempt
from notification.domain.event import EnrollmentPromoted
from notification.domain.outcome import (
    DeadLetter,
    Done,
    Leave,
    Outcome,
    PermanentFailure,
    RetryLater,
    TemporaryFailure,
)

log = logging.getLogger(__name__)
T = TypeVar("T")


class Sender(Protocol):
    """A channel's way out; all methods are thread-safe.

    `send` returns the status the receiver took it with, or raises TemporaryFailure or PermanentFailure.
    """

    channel: str

    def wants(self, event: EnrollmentPromoted) -> bool: ...
    def host(self, event: EnrollmentPromoted) -> str: ...
    def send(self, event: EnrollmentPromoted) -> int | None: ...


class Records(Protocol):
    """See adapters.sent_records."""

    def has(self, event_id: str, replay_id: str | None) -> bool: ...
    def add(self, event_id: str, replay_id: str | None) -> None: ...


@dataclass(frozen=True)
class AttemptResult:
    attempt: Attempt
    failure: TemporaryFailure | PermanentFailure | None


def attempt_once(sender: Sender, event: EnrollmentPromoted) -> AttemptResult:
    """Send it, and say how that went."""
    at, begun_s = datetime.now(UTC), time.monotonic()
    failure: TemporaryFailure | PermanentFailure | None = None
    try:
        status = sender.send(event)
    except (TemporaryFailure, PermanentFailure) as fact:
        failure, status = fact, fact.status
    return AttemptResult(Attempt(at, round((time.monotonic() - begun_s) * 1000), status), failure)


class RetryAborted(Exception):
    """Waiting was ended by the one who asked."""


def retry_until(action: Callable[[], T], until: Callable[[], bool], pause: Callable[[float], object]) -> T:
    """The action's result, trying again for ever while it is Unavailable.

    Raises:
        RetryAborted: `until` became true between two tries.
    """
    for pause_s in pauses(first_s=0.2, longest_s=5):
        try:
            return action()
        except Unavailable as unavailable:
            if until():
                raise RetryAborted from unavailable
            log.warning("waiting: %s", unavailable.detail)
            pause(pause_s)
            if until():
                raise RetryAborted from unavailable
    raise AssertionError("unreachable")


class IdempotentHandler:
    """Thread-safe. `stopping` says that the process is to end, `pause` waits for so long or until then."""

    def __init__(
        self, sender: Sender, sent: Records, *, stopping: Callable[[], bool], pause: Callable[[float], object]
    ) -> None:
        self._sender = sender
        self._sent = sent
        self._stopping = stopping
        self._pause = pause

    def deliver(
        self, event: EnrollmentPromoted, replay_id: str | None, still_ours: Callable[[], bool] = lambda: True
    ) -> Outcome:
        """The outcome of one attempt.

        While Redis is down nothing is sent (it could be a second time) and the message waits here, unless it is not
        `still_ours`, its connection being gone.
        """
        channel = self._sender.channel
        faults.point(f"{channel}.received")
        try:
            known = retry_until(
                lambda: self._sent.has(event.id, replay_id),
                until=lambda: self._stopping() or not still_ours(),
                pause=self._pause,
            )
        except RetryAborted:
            return Leave()
        if known:
            return Done("was delivered before")
        if not still_ours():
            return Leave()
        faults.point(f"{channel}.before-send")
        tried = attempt_once(self._sender, event)
        match tried.failure:
            case TemporaryFailure() as failure:
                return RetryLater(failure.reason, failure.retry_after_s, tried.attempt)
            case PermanentFailure() as failure:
                return DeadLetter(failure.reason, attempt=tried.attempt)
        faults.point(f"{channel}.after-send")
        self._record(event, replay_id)
        faults.point(f"{channel}.recorded")
        return Done("delivered", tried.attempt)

    def _record(self, event: EnrollmentPromoted, replay_id: str | None) -> None:
        try:
            retry_until(lambda: self._sent.add(event.id, replay_id), until=self._stopping, pause=self._pause)
        except RetryAborted:
            # It is sent; acknowledging it without a record is the lesser evil: only a lost acknowledgement repeats it.
            log.warning("%s %s sent but not recorded: Redis does not answer", self._sender.channel, event.id)
