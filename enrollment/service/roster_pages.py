"""Rosters with names, page by page, for instructors and registrars."""

from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from enrollment.domain.class_section import ClassSection
from enrollment.domain.record import Record, State
from enrollment.service.ports import KnownPeople, Person, Rosters

MOST = 100  # names are asked for together


class Sections(Protocol):
    """See service.catalog."""

    def require(self, class_id: int) -> ClassSection: ...
    def require_taught_by(self, instructor_id: int, class_id: int) -> ClassSection: ...


@dataclass(frozen=True)
class Row:
    """`person` is None where nobody has the account any more, or names could not be had."""

    record: Record
    person: Person | None
    position: int | None


@dataclass(frozen=True)
class RosterPage:
    """`next_after` None: nobody comes after these. `names_known`: the users service has answered."""

    section: ClassSection
    rows: list[Row]
    next_after: str | None
    names_known: bool


class RosterPages:
    def __init__(self, sections: Sections, rosters: Rosters, people: KnownPeople) -> None:
        self._sections = sections
        self._rosters = rosters
        self._people = people

    def of_class(self, class_id: int, state: State, limit: int, after: str) -> RosterPage:
        """Students in this state: those who wait in line order, the others by enrollment id. Nobody is no error.

        `after`: "<order>.<how many came before>" of the page before. Raises ClassUnknown, Unavailable.
        """
        return self._page(self._sections.require(class_id), state, limit, after)

    def of_taught(self, instructor_id: int, class_id: int, state: State, limit: int, after: str) -> RosterPage:
        """As of_class. Raises NotYourClass, too."""
        return self._page(self._sections.require_taught_by(instructor_id, class_id), state, limit, after)

    def _page(self, section: ClassSection, state: State, limit: int, after: str) -> RosterPage:
        order, before = map(int, after.split("."))
        found = list(
            islice(
                self._rosters.students(section.class_id, state, limit + 1, order, all_in_turn=section.all_in_turn),
                limit + 1,
            )
        )
        records = found[:limit]
        names = self._people.named([record.student_id for record in records])
        waits = state is State.WAITLISTED
        rows = [
            Row(record, (names or {}).get(record.student_id), position if waits else None)
            for position, record in enumerate(records, start=before + 1)
        ]
        if len(found) <= limit:
            return RosterPage(section, rows, None, names is not None)
        last = records[-1].sequence_number if waits else records[-1].enrollment_id
        return RosterPage(section, rows, f"{last}.{before + limit}", names is not None)
