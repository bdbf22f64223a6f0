"""Keeps one class between rosters, as the stores do, for tests of its rules."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.record import Record, State
from enrollment.domain.roster import Roster
from kit.errors import AppError


def section(capacity: int = 2, places: int = 3, **changes: Any) -> ClassSection:
    plain = ClassSection(7, "CPSC 449", 1, "Web", "CS", 5, capacity, places, 0, 0, ClassStatus.ACTIVE, 1, 1000)
    return replace(plain, **changes)


@dataclass
class Shelf:
    """Keeps a class between rosters, as the database does, and loads no more of the line than it does."""

    section: ClassSection
    records: dict[int, Record] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)

    def load(self, students: list[int], moves: int) -> Roster:
        line = sorted(
            (r for r in self.records.values() if r.state is State.WAITLISTED), key=lambda r: r.sequence_number
        )
        named = {student: self.records.get(student) for student in students}
        return Roster(
            replace(self.section),
            {student: record and replace(record) for student, record in named.items()},
            [replace(record) for record in line[:moves]],
            now_s=1_700_000_000,
        )

    def save(self, roster: Roster) -> None:
        for record in roster.without_id:
            record.enrollment_id = 1 + max((r.enrollment_id for r in self.records.values()), default=0)
            self.records[record.student_id] = replace(record)
        if roster.changed:
            self.entries.append(roster.write_history("2026-11-22T17:00:00.000Z"))
        self.records.update({student: replace(record) for student, record in roster.touched.items()})
        self.section = roster.section

    def commit(self, *deeds: tuple[str, int]) -> list[Any]:
        moves = sum(name in ("drop", "leave") for name, _ in deeds)
        roster = self.load([student for _, student in deeds], moves)
        replies = [outcome(getattr(roster, name), student) for name, student in deeds]
        self.save(roster)
        return replies


def outcome(deed: Callable[[int], Any], student: int) -> Any:
    try:
        return deed(student)
    except AppError as refusal:
        return refusal
