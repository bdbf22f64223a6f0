"""One message from receipt to its outcome: claim it, send it, record it.

Passes the fault points `<channel>.received`, `.before-send`, `.after-send`, `.recorded` (see kit.faults).
"""

import logging
from collections.abc import Callable
from typing import Protocol, TypeVar

import tenacity

from kit import faults
from kit.errors import Unavailable
from notification.domain.claim import Claim
from notification.domain.event import Event
from notification.domain.outcome import (
    Ack,
    DeadLetter,
    LeaveUnacked,
    Outcome,
    PermanentFailure,
    Requeue,
    RetryLater,
    TemporaryFailure,
)
from notification.domain.sender import Sender, attempt

log = logging.getLogger(__name__)
T = TypeVar("T")

# A message waits for the store so long and then comes round again: the broker must never count us as hanging
# (consumer_timeout, 30 min), since each time adds to the delivery counts of all messages that are here.
LOOK_UP_WITHIN_S = 30.0
RECORD_WITHIN_S = 600.0


class DedupStore(Protocol):
    """See adapters.dedup_store. `claim` and `mark_sent` raise Unavailable and can be repeated; `release` cannot."""

    def claim(self, event_id: str, replay_id: str | None) -> Claim: ...
    def mark_sent(self, event_id: str, replay_id: str | None) -> None: ...
    def release(self, event_id: str, replay_id: str | None) -> None: ...


class RetryAborted(Exception):
    """Waiting was ended, because there was no more time or no more reason."""


def retry_until(
    action: Callable[[], T], within_s: float, aborted: Callable[[], bool], pause: Callable[[float], None]
) -> T:
    """The action's result, trying again while it is Unavailable.

    Raises:
        RetryAborted: `aborted` became true between two attempts, or `within_s` have passed.
    """
    try:
        return action()  # as good as always; tenacity would cost a tenth of what delivering a notice does
    except Unavailable:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Unavailable),
            wait=tenacity.wait_random_exponential(multiplier=0.2, max=5, min=0.1),
            stop=lambda state: aborted() or tenacity.stop_after_delay(within_s)(state),
            sleep=pause,
            before_sleep=lambda state: log.warning("waiting: %s", state.outcome and state.outcome.exception()),
        )
        try:
            return retrying(action)
        except tenacity.RetryError as error:
            raise RetryAborted from error


class IdempotentHandler:
    """Thread-safe. `stopping` says that the process is to end, `pause` waits for so long or until then."""

    def __init__(
        self,
        sender: Sender,
        sent: DedupStore,
        *,
        stopping: Callable[[], bool],
        pause: Callable[[float], None],
        look_up_within_s: float = LOOK_UP_WITHIN_S,
    ) -> None:
        self._sender = sender
        self._sent = sent
        self._stopping = stopping
        self._pause = pause
        self._look_up_within_s = look_up_within_s

    def deliver(self, event: Event, replay_id: str | None, still_ours: Callable[[], bool] = lambda: True) -> Outcome:
        """The outcome of one attempt.

        While DynamoDB is down nothing is sent: it could be a second time. The message waits here for a while, unless it
        is not `still_ours`, its connection being gone.
        """
        channel = self._sender.channel
        faults.point(f"{channel}.received")
        try:
            claim = self._retry(lambda: self._sent.claim(event.id, replay_id), self._look_up_within_s, still_ours)
        except RetryAborted:
            return LeaveUnacked() if self._stopping() or not still_ours() else Requeue("DynamoDB does not answer")
        match claim:
            case Claim.SENT:
                return Ack(duplicate=True)
            case Claim.IN_FLIGHT:
                return Requeue("a copy is in flight")
        sent = False
        try:
            if not still_ours():
                return LeaveUnacked()
            faults.point(f"{channel}.before-send")
            result = attempt(self._sender, event)
            sent = result.failure is None
        finally:
            if not sent:
                self._sent.release(event.id, replay_id)
        match result.failure:
            case TemporaryFailure() as failure:
                return RetryLater(failure.reason, failure.retry_after_s, result.attempt)
            case PermanentFailure() as failure:
                return DeadLetter(failure.reason, attempt=result.attempt)
        faults.point(f"{channel}.after-send")
        self._record(event, replay_id)
        faults.point(f"{channel}.recorded")
        return Ack(attempt=result.attempt)

    def _record(self, event: Event, replay_id: str | None) -> None:
        try:
            self._retry(lambda: self._sent.mark_sent(event.id, replay_id), RECORD_WITHIN_S)
        except RetryAborted:
            # It is sent; acknowledging it without a record is the lesser evil: only a lost acknowledgement repeats it.
            log.warning("%s %s sent but not recorded: DynamoDB does not answer", self._sender.channel, event.id)

    def _retry(self, action: Callable[[], T], within_s: float, still_ours: Callable[[], bool] = lambda: True) -> T:
        return retry_until(action, within_s, lambda: self._stopping() or not still_ours(), self._pause)
