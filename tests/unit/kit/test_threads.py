"""A background thread goes on after what nobody foresaw, and says what it was."""

import logging
from threading import Event

import pytest

from kit.concurrency import threads
from tests.support.waiting import until


def test_a_thread_goes_on_after_a_failure_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(threads, "FIRST_PAUSE_S", 0.01)
    calls: list[int] = []
    done = Event()

    def run() -> None:
        calls.append(1)
        if len(calls) < 3:
            raise RuntimeError("no file descriptor left")
        done.set()

    thread = threads.keep_running("worker", run)
    assert done.wait(5)
    until(lambda: not thread.is_alive(), why="it did not end when its work returned")
    assert len(calls) == 3
    failures = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(failures) == 2
    assert "worker" in failures[0].getMessage()


def test_a_job_that_is_done_once_is_not_repeated(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[int] = []

    def run() -> None:
        calls.append(1)
        raise RuntimeError

    threads.run_once("job", run).join(5)
    assert calls == [1]
    assert "job" in caplog.text
