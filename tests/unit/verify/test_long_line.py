"""The long line is filled to its end, also by a database that is busy for a moment, or the campaign does not begin."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from verify import long_line
from verify.history import History
from verify.long_line import FIRST_STUDENT, LongLine
from verify.system import Unfit

from kit.errors import AppError, Conflict, Unavailable


class Loading:
    def __init__(self, *outages: AppError, refused: Sequence[AppError] = ()) -> None:
        self.outages, self.refused = list(outages), list(refused)
        self.asked: list[tuple[int, int, bool]] = []

    def load(self, class_id: int, students: Sequence[int], *, waits: bool, though_closed: bool) -> list[Any]:
        self.asked.append((class_id, len(students), waits))
        assert students[0] == FIRST_STUDENT
        if self.outages:
            raise self.outages.pop()
        return ["added"] * (len(students) - len(self.refused)) + self.refused


def filled(loading: Any) -> None:
    system: Any = SimpleNamespace(enrollment_urls=[], headers={})
    LongLine(system, History(), lambda: 0.0, class_id=7, length=100).fill(loading)


def test_one_sits_and_the_others_wait() -> None:
    filled(loading := Loading())
    assert loading.asked == [(7, 101, True)]


def test_a_database_that_is_busy_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    filled(loading := Loading(Unavailable("busy")))
    assert len(loading.asked) == 2
    monkeypatch.setattr(long_line, "_FILLED_WITHIN_S", 0)
    with pytest.raises(Unfit, match="busy"):
        filled(Loading(Unavailable("busy")))


def test_a_place_that_is_refused_ends_it() -> None:
    with pytest.raises(Unfit, match="1 of 100 students could not join the long line: full"):
        filled(Loading(refused=[Conflict("full")]))
