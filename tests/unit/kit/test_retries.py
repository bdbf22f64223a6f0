"""What a process needs before it can serve is tried whatever goes wrong, and what failed for a moment is done again."""

from threading import Event

import pytest
from tenacity import stop_after_attempt

from kit.concurrency import retries
from kit.concurrency.retries import keep_trying, retried
from kit.errors import Unavailable


def test_what_fails_is_tried_again_whatever_it_raised(caplog: pytest.LogCaptureFixture) -> None:
    failures: list[Exception] = [*[Unavailable("not now")] * 2, RuntimeError("no right to do it"), KeyError("Table")]
    slept: list[float] = []

    def fail() -> None:
        if failures:
            raise failures.pop(0)

    keep_trying(fail, lambda: False, sleep=slept.append)
    assert not failures
    assert len(slept) == 4
    ours = [record.levelname for record in caplog.records if record.name == retries.__name__]
    assert ours == ["WARNING", "ERROR", "ERROR"], "each reason once"


def test_nothing_is_done_any_more_once_the_process_ends() -> None:
    stopped, done = Event(), list[str]()

    def fail() -> None:
        done.append("tried")
        stopped.set()
        raise Unavailable("not now")

    keep_trying(fail, stopped.is_set)
    keep_trying(fail, stopped.is_set)
    assert done == ["tried"]


def test_only_what_passes_is_retried_and_its_last_error_is_raised() -> None:
    errors: list[Exception] = [TimeoutError("once"), TimeoutError("twice"), ValueError("for good")]

    def fail() -> None:
        raise errors.pop(0)

    stop = stop_after_attempt(2)
    with pytest.raises(TimeoutError, match="twice"):
        retried(fail, TimeoutError, first_s=0.001, longest_s=0.001, stop=stop)
    with pytest.raises(ValueError, match="for good"):
        retried(fail, TimeoutError, first_s=0.001, longest_s=0.001, stop=stop)
