"""One attempt to send: when it began, how long it took, and what came of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from notification.domain.outcome import PermanentFailure, TemporaryFailure
from notification.domain.sender import attempt

Failure = TemporaryFailure | PermanentFailure


def answering(answer: int | Failure) -> Callable[[], int]:
    """A sender's part: takes the event with a status, or fails with it."""

    def send() -> int:
        if isinstance(answer, Failure):
            raise answer
        return answer

    return send


def test_what_was_taken_has_the_receivers_status_and_no_failure() -> None:
    before = datetime.now(UTC)
    done = attempt(answering(204))
    assert (done.attempt.status, done.failure) == (204, None)
    assert before <= done.attempt.at <= datetime.now(UTC)
    assert done.attempt.duration_ms is not None
    assert (
        timedelta(0)
        <= timedelta(milliseconds=done.attempt.duration_ms)
        <= datetime.now(UTC) - before + timedelta(milliseconds=1)
    )


@pytest.mark.parametrize(
    "failure",
    [TemporaryFailure("busy", 7, status=429), PermanentFailure("gone", status=410), TemporaryFailure("no answer")],
)
def test_what_failed_has_the_failure_and_the_status_it_came_with(failure: Failure) -> None:
    done = attempt(answering(failure))
    assert (done.failure, done.attempt.status) == (failure, failure.status)


def test_a_failure_says_why_and_when_to_come_back() -> None:
    busy = TemporaryFailure("busy", 7, status=429)
    assert (busy.reason, str(busy), busy.retry_after_s, busy.status) == ("busy", "busy", 7, 429)
    assert (TemporaryFailure("busy").retry_after_s, TemporaryFailure("busy").status) == (0, None)
    gone = PermanentFailure("gone", status=410)
    assert (gone.reason, str(gone), gone.status, PermanentFailure("gone").status) == ("gone", "gone", 410, None)
