"""Many students into their classes at once, by a command or an upload. Students who have been in a class are left
alone.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from itertools import groupby
from typing import Protocol, TypeVar

from enrollment.domain.errors import ClassUnknown, SectionUnknown, StudentUnknown
from enrollment.domain.history import SYSTEM, Actor
from enrollment.domain.loading import As
from enrollment.service.enrollments import Enrollments
from enrollment.service.ports import Accounts, Classes
from kit.bulk_load import Outcome
from kit.errors import AppError, Unavailable

_ASKED_AT_ONCE = 100  # names or sections
_AT_ONCE = 4  # sections

T = TypeVar("T")
_Do = Callable[[int, Sequence[int], As], Sequence[Outcome | AppError]]


class Wanted(Protocol):
    """A student, by user name, in a section, its code normalized. See domain.loading.As."""

    @property
    def section(self) -> tuple[str, int]: ...
    @property
    def student(self) -> str: ...
    @property
    def waits(self) -> bool: ...
    @property
    def though_closed(self) -> bool: ...
    @property
    def paused(self) -> bool: ...


class SeatLoader:
    """Threads may share it; it remembers whom it has asked for."""

    def __init__(self, classes: Classes, enrollments: Enrollments, accounts: Accounts, by: Actor = SYSTEM) -> None:
        self._classes = classes
        self._enrollments = enrollments
        self._accounts = accounts
        self._by = by
        self._known: dict[str, int | None] = {}
        self._class_ids: dict[tuple[str, int], int] = {}

    def prepare(self, rows: Sequence[Wanted]) -> None:
        """Ask for all names and sections at once, which `add` would do for one section after the other. Raises
        Unavailable."""
        names = sorted({row.student.lower() for row in rows} - self._known.keys())
        sections = sorted({row.section for row in rows} - self._class_ids.keys())
        with ThreadPoolExecutor(_AT_ONCE) as pool:  # bounded: by the rows
            list(pool.map(self._learn, _in_parts(names)))
            for found in pool.map(self._classes.ids_of, _in_parts(sections)):
                self._class_ids |= found

    def add(self, rows: Sequence[Wanted]) -> list[Outcome | AppError]:
        """The outcome of each of these, all of one section, in their order. Raises Unavailable."""
        return self._each(rows, self._load)

    def add_all(self, rows: Sequence[Wanted]) -> list[Outcome | AppError]:
        """As `add`, of any sections, some beside each other; an AppError also where the database did not answer."""
        return self._in_sections(rows, self._load)

    def check_all(self, rows: Sequence[Wanted]) -> list[Outcome | AppError]:
        """What `add_all` would do to each of these, and does not."""
        return self._in_sections(rows, self._look)

    def _in_sections(self, rows: Sequence[Wanted], do: _Do) -> list[Outcome | AppError]:
        sections: dict[tuple[str, int], list[Wanted]] = {}
        for row in rows:
            sections.setdefault(row.section, []).append(row)
        self._learn([row.student.lower() for row in rows])
        with ThreadPoolExecutor(_AT_ONCE) as pool:  # bounded: by the sections
            # In the context of the request, which has the deadline.
            done = [pool.submit(copy_context().run, self._refused, some, do) for some in sections.values()]
            # bounded: each by the request's deadline.
            outcomes = {section: iter(each.result()) for section, each in zip(sections, done, strict=True)}
        return [next(outcomes[row.section]) for row in rows]

    def _refused(self, rows: Sequence[Wanted], do: _Do) -> list[Outcome | AppError]:
        try:
            return self._each(rows, do)
        except Unavailable as error:  # what is done in other sections is to be told
            return [error] * len(rows)

    def _each(self, rows: Sequence[Wanted], do: _Do) -> list[Outcome | AppError]:
        section = rows[0].section
        class_id = self._class_ids.get(section) or self._classes.ids_of([section]).get(section)
        if class_id is None:
            code, number = section
            return [SectionUnknown(number, code)] * len(rows)
        self._learn([row.student.lower() for row in rows])
        outcomes: list[Outcome | AppError] = []
        for (waits, paused), some in groupby(rows, lambda row: (row.waits, row.waits and row.paused)):
            how = As(waits=waits, paused=paused, though_closed=rows[0].though_closed)
            outcomes += self._some(class_id, list(some), do, how)
        return outcomes

    def _some(self, class_id: int, rows: Sequence[Wanted], do: _Do, how: As) -> list[Outcome | AppError]:
        ids = [self._known[row.student.lower()] for row in rows]
        known = [student_id for student_id in ids if student_id is not None]
        try:
            done = iter(do(class_id, known, how))
        except ClassUnknown as unknown:  # it is being removed
            return [unknown] * len(rows)
        return [
            StudentUnknown(row.student) if student_id is None else next(done)
            for row, student_id in zip(rows, ids, strict=True)
        ]

    def _load(self, class_id: int, ids: Sequence[int], how: As) -> list[Outcome | AppError]:
        return self._enrollments.load(class_id, ids, self._by, **vars(how))

    def _look(self, class_id: int, ids: Sequence[int], how: As) -> list[Outcome | AppError]:
        return self._enrollments.look(class_id, ids, **vars(how))

    def _learn(self, names: Sequence[str]) -> None:
        for some in _in_parts(sorted({name for name in names if name not in self._known})):
            found = self._accounts.students_named(some)
            self._known.update({name: found.get(name) for name in some})


def _in_parts(every: Sequence[T]) -> list[Sequence[T]]:
    return [every[start : start + _ASKED_AT_ONCE] for start in range(0, len(every), _ASKED_AT_ONCE)]
