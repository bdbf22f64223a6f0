"""Rosters as a test needs them, without a store, and what they tell their histories."""

from dataclasses import replace
from typing import Any

from enrollment.domain.class_section import ClassSection, ClassStatus, Promotion
from enrollment.domain.history import SYSTEM, Actor, Head, Role, What
from enrollment.domain.record import Record, State
from enrollment.domain.roster import Roster

NOW_S = 1_700_000_000
ME = Actor(Role.STUDENT, 1)
WANTED, OLD = 7, 4


def section(class_id: int = WANTED, **changes: Any) -> ClassSection:
    plain = ClassSection(class_id, "CPSC 449", 1, "Web", "CS", 5, 2, 5, 0, 0, ClassStatus.ACTIVE, 1, 1000)
    return replace(plain, **{"history": Head(6, "f" * 64), **changes})


def seated(student: int) -> Record:
    return Record(student, State.ENROLLED, enrollment_id=student)


def waiting(student: int, sequence: int, **more: Any) -> Record:
    return Record(student, State.WAITLISTED, enrollment_id=student, sequence_number=sequence, since_s=NOW_S, **more)


def roster(of: ClassSection, *records: Record, head: int = 9) -> Roster:
    """Student 1 asks, by request r-1. Of those who wait, the first `head` are loaded as such."""
    line = sorted((record for record in records if record.in_turn), key=lambda record: record.sequence_number)
    known: dict[int, Record | None] = {1: None} | {record.student_id: record for record in records}
    made = Roster(of, known, line[:head], now_s=NOW_S)
    made.acting, made.request_id = ME, "r-1"
    return made


def together(*rosters: Roster) -> None:
    """What is asked is asked of the first; the others are loaded with it."""
    for other in rosters[1:]:
        other.acting, other.request_id = SYSTEM, None
    for one in rosters:
        one.partners = {other.section.class_id: other for other in rosters}


def changes(of: Roster) -> list[tuple[What, Actor, int | None, dict[str, Any]]]:
    assert {change.request_id for change in of.changes} <= {"r-1"}
    return [(change.what, change.by, change.student_id, dict(change.details)) for change in of.changes]


def full(class_id: int = WANTED, **more: Any) -> ClassSection:
    return section(class_id, max_capacity=1, current_enrollment=1, **more)


def offering(**more: Any) -> ClassSection:
    return section(promotion=Promotion.OFFER, offer_window_s=600, **more)
