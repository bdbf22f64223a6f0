"""Many classes at once, by a command or an upload: each instructor is asked for once, what is there is left alone."""

from collections.abc import Sequence
from typing import Protocol

from enrollment.domain.errors import InstructorUnknown
from enrollment.domain.history import SYSTEM, Actor
from enrollment.service.catalog import Catalog, NewClass
from enrollment.service.ports import Instructors
from kit.bulk_load import Outcome
from kit.errors import AppError

AT_ONCE = 25  # a transaction takes MOST_ADDED


class Wanted(Protocol):
    """A class whose instructor is called by id or user name."""

    @property
    def taught_by(self) -> int | str: ...
    def new_class(self, instructor_id: int) -> NewClass: ...


class ClassLoader:
    def __init__(self, catalog: Catalog, instructors: Instructors, by: Actor = SYSTEM) -> None:
        self._catalog = catalog
        self._by = by
        self._instructors = instructors
        self._known: dict[int | str, int | InstructorUnknown] = {}

    def add(self, rows: Sequence[Wanted]) -> list[Outcome | AppError]:
        """The outcome of each of these (at most MOST_ADDED); kept: its section is there already. Raises Unavailable."""
        found = [(row, self._instructor(row.taught_by)) for row in rows]
        wanted = [row.new_class(who) for row, who in found if isinstance(who, int)]
        added = iter(self._catalog.add_all(wanted, self._by))
        return [("added" if next(added) else "kept") if isinstance(who, int) else who for _, who in found]

    def add_all(self, rows: Sequence[Wanted]) -> list[Outcome | AppError]:
        """As `add`, for any number: some after the others."""
        return [outcome for at in range(0, len(rows), AT_ONCE) for outcome in self.add(rows[at : at + AT_ONCE])]

    def check(self, rows: Sequence[Wanted]) -> list[Outcome | AppError]:
        """What `add` would do to each of these (at most 100), and does not. Raises Unavailable."""
        found = [(row, self._instructor(row.taught_by)) for row in rows]
        wanted = [row.new_class(who) for row, who in found if isinstance(who, int)]
        there = iter(self._catalog.are_there(wanted))
        return [("kept" if next(there) else "added") if isinstance(who, int) else who for _, who in found]

    def require(self, called: int | str) -> int:
        """The id of the instructor of this id or user name. Raises InstructorUnknown, Unavailable."""
        who = self._instructor(called)
        if isinstance(who, InstructorUnknown):
            raise who
        return who

    def _instructor(self, called: int | str) -> int | InstructorUnknown:
        """The id of who is called so, by id or by user name."""
        if called not in self._known:
            try:
                self._known[called] = self._ask(called)
            except InstructorUnknown as error:
                self._known[called] = error
        return self._known[called]

    def _ask(self, called: int | str) -> int:
        if isinstance(called, str):
            return self._instructors.require_named(called)
        self._instructors.require(called)
        return called
