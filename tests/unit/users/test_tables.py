"""Preparing tables goes on whatever goes wrong."""

import logging
from threading import Event

import pytest

from kit.errors import Unavailable
from users.adapters.tables import prepare


class Impatient(Event):
    def wait(self, timeout: float | None = None) -> bool:
        return self.is_set()


def test_what_fails_is_tried_again_from_the_first_step_whatever_it_raised(caplog: pytest.LogCaptureFixture) -> None:
    failures: list[Exception] = [Unavailable("not now"), RuntimeError("no right to do it"), KeyError("Table")]
    done: list[str] = []

    def second() -> None:
        if failures:
            raise failures.pop(0)
        done.append("second")

    with caplog.at_level(logging.INFO):
        prepare([lambda: done.append("first"), second], Impatient())

    assert done == ["first"] * 4 + ["second"]
    ours = [record for record in caplog.records if record.name == prepare.__module__]
    assert [record.levelname for record in ours] == ["INFO", "ERROR", "ERROR"]


def test_nothing_is_done_any_more_once_the_service_ends() -> None:
    stopped = Event()
    done: list[str] = []

    def fail() -> None:
        done.append("tried")
        stopped.set()
        raise Unavailable("not now")

    prepare([fail], stopped)
    assert done == ["tried"]
