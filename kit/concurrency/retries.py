"""Doing something again until it succeeds, by tenacity, with the pauses of backoff.

Where a loop is more than that (it decides anew in each round, or counts in its own units) it stays a loop; so does what
runs for each notice or each request of a busy class, where tenacity's 20 µs a call would show.
"""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type
from tenacity.stop import StopBaseT

from kit.concurrency.backoff import pauses, starting_pauses
from kit.errors import AppError

T = TypeVar("T")
log = logging.getLogger(__name__)


def retried(do: Callable[[], T], on: type[Exception], *, first_s: float, longest_s: float, stop: StopBaseT) -> T:
    """Its result. Raises its last `on` when it is to stop, and any other error at once."""
    waits = pauses(first_s=first_s, longest_s=longest_s)
    retrying = Retrying(retry=retry_if_exception_type(on), wait=lambda _: next(waits), stop=stop, reraise=True)
    result: T = retrying(do)
    return result


def keep_trying(
    do: Callable[[], object],
    stopping: Callable[[], bool],
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Do it until it is done, or until stopping: for what a process needs before it can serve. It is idempotent.

    Whatever it raises: somebody may grant a right that is missing, and nobody else would try again.
    """
    if stopping():
        return
    waits = starting_pauses(longest_s=2)
    Retrying(
        wait=lambda _: next(waits),
        stop=lambda _: stopping(),
        sleep=sleep,
        before_sleep=_Saying(),
        retry_error_callback=lambda _: None,
    )(do)


class _Saying:
    """Says why it is not done yet: each refusal in a row once, and of what is no refusal where it came from."""

    def __init__(self) -> None:
        self._said = ""

    def __call__(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if not isinstance(error, AppError):
            log.error("not prepared yet; trying again", exc_info=error)
        elif self._said != error.detail:
            log.warning("not prepared yet: %s", error.detail)
            self._said = error.detail
