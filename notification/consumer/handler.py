"""Notices from receipt to outcome: claim them, send each, record what was sent. Many are claimed and recorded together.

Passes the fault points `<channel>.received`, `.before-send`, `.after-send`, `.recorded` (see kit.faults).
"""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import tenacity

from kit import faults
from kit.errors import Unavailable
from notification.domain.claim import Claim, NoticeKey
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
from notification.domain.sender import AttemptResult

log = logging.getLogger(__name__)
T = TypeVar("T")

# So long messages wait here for the store; then they go back, and the consumer lets go of its queue: the broker must
# never count us as hanging (consumer_timeout, 30 min), since each time adds to the delivery counts of all that we hold.
LOOK_UP_WITHIN_S = 5.0
RECORD_WITHIN_S = 600.0


class DedupStore(Protocol):
    """See adapters.dedup_store. `claim` and `mark_sent` raise Unavailable and can be repeated; `release` does not."""

    def claim(self, notices: Sequence[NoticeKey]) -> list[Claim]: ...
    def holds(self, notice: NoticeKey) -> bool: ...
    def mark_sent(self, notices: Sequence[NoticeKey]) -> None: ...
    def release(self, notices: Sequence[NoticeKey]) -> None: ...


class Store(Protocol):
    """See store_watch."""

    @property
    def away(self) -> bool: ...
    def lost(self) -> None: ...


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
        channel: str,
        sent: DedupStore,
        *,
        stopping: Callable[[], bool],
        pause: Callable[[float], None],
        store: Store,
        look_up_within_s: float = LOOK_UP_WITHIN_S,
    ) -> None:
        """`store` learns when it has not answered for so long that messages go back."""
        self._channel = channel
        self._sent = sent
        self._stopping = stopping
        self._pause = pause
        self._store = store
        self._look_up_within_s = look_up_within_s

    @property
    def stopping(self) -> bool:
        return self._stopping()

    def claim(
        self, notices: Sequence[NoticeKey], still_ours: Callable[[], bool] = lambda: True
    ) -> list[Outcome | None]:
        """For each None if it is to be sent now, or else how its message ends.

        While DynamoDB is down nothing is sent: it could be a second time. The messages wait here for a while, unless
        none is `still_ours`, their connection being gone.
        """
        faults.point(f"{self._channel}.received")
        try:
            claims = self._retry(
                lambda: self._sent.claim(notices),
                self._look_up_within_s,
                aborted=lambda: self._store.away or not still_ours(),
            )
        except RetryAborted:
            if self._stopping() or not still_ours():
                return [LeaveUnacked()] * len(notices)
            self._store.lost()
            return [Requeue("DynamoDB does not answer")] * len(notices)
        return [_OF_CLAIMS[claim] for claim in claims]

    def send(
        self,
        notices: Sequence[NoticeKey],
        attempt: Callable[[], AttemptResult],
        still_ours: Callable[[], bool] = lambda: True,
    ) -> Outcome:
        """The outcome of one attempt at notices that were claimed; to be recorded whatever it is."""
        if self._stopping() or not still_ours():
            return LeaveUnacked()
        if not all(self._sent.holds(notice) for notice in notices):
            return Requeue("the claim ran out before it was sent")  # we were stopped, and another may send it by now
        faults.point(f"{self._channel}.before-send")
        result = attempt()
        match result.failure:
            case TemporaryFailure() as failure:
                return RetryLater(failure.reason, failure.retry_after_s, result.attempt)
            case PermanentFailure() as failure:
                return DeadLetter(failure.reason, attempt=result.attempt)
        faults.point(f"{self._channel}.after-send")
        return Ack(attempt=result.attempt)

    def record(self, outcomes: Sequence[tuple[NoticeKey, Outcome]]) -> None:
        """Keep of notices that were claimed which are sent, and let go of the others. Raises nothing."""
        unsent = [notice for notice, outcome in outcomes if not isinstance(outcome, Ack)]
        if unsent:
            self._sent.release(unsent)
        sent = [notice for notice, outcome in outcomes if isinstance(outcome, Ack)]
        if not sent:
            return
        try:
            self._retry(lambda: self._sent.mark_sent(sent), RECORD_WITHIN_S)
        except RetryAborted:
            # They are sent; acknowledging without a record is the lesser evil: only a lost acknowledgement repeats one.
            ids = ", ".join(notice.event_id for notice in sent)
            log.warning("%s %s sent but not recorded: DynamoDB does not answer", self._channel, ids)
        faults.point(f"{self._channel}.recorded")

    def _retry(self, action: Callable[[], T], within_s: float, aborted: Callable[[], bool] = lambda: False) -> T:
        return retry_until(action, within_s, lambda: self._stopping() or aborted(), self._pause)


_OF_CLAIMS: dict[Claim, Outcome | None] = {
    Claim.OURS: None,
    Claim.SENT: Ack(duplicate=True),
    Claim.IN_FLIGHT: Requeue("a copy is in flight"),
}
