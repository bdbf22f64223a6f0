"""The student taken for the next in line without a query is the next in line."""

from dataclasses import replace
from random import Random

import pytest

from enrollment.adapters.known_heads import AHEAD, KnownHeads
from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.course_rule import CourseRule, OneSection
from enrollment.domain.history import Head
from enrollment.domain.record import Record, State
from enrollment.domain.roster import Roster
from kit.errors import AppError

SEEDS = 30
STEPS = 120
STUDENTS = 60


def section(**terms: object) -> ClassSection:
    known = {"class_id": 2, "course_code": "CPSC 449", "section_number": 1, "class_name": "Web", "department": "CS"}
    sizes = {"instructor_id": 5, "max_capacity": 3, "waitlist_maximum": 1000, "status": ClassStatus.ACTIVE}
    counts = {"current_enrollment": 0, "current_waitlist": 0, "version": 1, "line_version": 100}
    return ClassSection(**{**known, **sizes, **counts, **terms})  # type: ignore[arg-type]


class Class:
    """As it is stored, changed by several processes, of which each remembers what it has saved."""

    def __init__(self) -> None:
        self.section = section()
        self.records: dict[int, Record] = {}
        self.queries = 0

    @property
    def in_turn(self) -> list[Record]:
        waiting = [record for record in self.records.values() if record.in_turn]
        return sorted(waiting, key=lambda record: record.sequence_number)

    def load(self, known: KnownHeads, student_id: int, moves: int) -> Roster:
        found = replace(self.section)
        head = known.get(found, moves) if moves else []
        if head is None:
            self.queries += 1
            head = [record.copy() for record in self.in_turn[: moves + known.ahead(found)]]
        record = self.records.get(student_id)
        return Roster(found, {student_id: record.copy() if record else None}, head, now_s=1)

    def save(self, known: KnownHeads, roster: Roster) -> None:
        if roster.changed:
            roster.write_history("2026-11-22T17:00:00.000Z")
            self.section = replace(roster.section)
            self.records |= {student_id: record.copy() for student_id, record in roster.touched.items()}
            known.saved(roster)


def change_something(of: Class, known: KnownHeads, random: Random) -> None:
    student_id = random.randint(1, STUDENTS)
    record = of.records.get(student_id)
    is_optimistic = record is None and random.random() < 0.5
    roster = of.load(known, student_id, moves=0 if is_optimistic else 1)
    actions = {
        State.ENROLLED: (roster.drop,),
        State.WAITLISTED: (roster.leave, roster.pause, roster.resume),
        State.DROPPED: (roster.enroll,),
    }
    try:
        random.choice(actions[record.state if record else State.DROPPED])(student_id)
    except AppError:
        return
    of.save(known, roster)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_those_who_are_known_are_the_first_of_the_line_whatever_happened(seed: int) -> None:
    random, one, processes = Random(seed), Class(), [KnownHeads(), KnownHeads()]
    for _ in range(STEPS):
        change_something(one, random.choice(processes), random)
        in_turn = one.in_turn
        assert one.section.current_enrollment == 3 or not in_turn
        for known in processes:
            heads = known.get(one.section, 1) or []
            assert heads == in_turn[: len(heads)]


def full_class(waiting: int) -> Class:
    one = Class()
    one.records = {n: Record(n, State.ENROLLED, n) for n in (1001, 1002, 1003)}
    one.records |= {n: Record(n, State.WAITLISTED, n, sequence_number=n) for n in range(1, waiting + 1)}
    one.section = section(current_enrollment=3, current_waitlist=waiting, line_version=100)
    return one


def test_a_line_that_moves_is_asked_for_seldom() -> None:
    one, known = full_class(waiting=60), KnownHeads()
    seated = 1001
    for promoted in range(1, 51):
        roster = one.load(known, seated, moves=1)
        assert [record.student_id for record in roster.head][:1] == [promoted]
        roster.drop(seated)
        one.save(known, roster)
        seated = promoted
    assert one.queries <= 2 + 50 // AHEAD


def test_who_is_probably_next_is_next_as_long_as_nobody_else_changes_the_class() -> None:
    one, known = full_class(waiting=40), KnownHeads()
    assert known.probable(2, most=1) == []
    for seated, next_one in ((1001, 1), (1002, 2), (1, 3), (2, 4)):
        roster = one.load(known, seated, moves=1)
        assert known.probable(2, most=1) in ([], [next_one])
        promoted = roster.drop(seated).promoted
        assert promoted is not None
        assert promoted.student_id == next_one
        one.save(known, roster)
    assert known.probable(2, most=3) == [5, 6, 7]


def test_a_class_that_somebody_else_has_changed_is_asked_for() -> None:
    one, known = full_class(waiting=40), KnownHeads()
    for seated in (1001, 1002):
        roster = one.load(known, seated, moves=1)
        roster.drop(seated)
        one.save(known, roster)
    assert known.get(one.section, 1)
    assert known.get(replace(one.section, history=Head(3, "0" * 64)), 1) is None
    assert known.get(replace(one.section, version=one.section.version + 1), 1) is None  # one of 1.1, without a history


@pytest.mark.parametrize("depends", [{"waiting_swaps": 1}, {"rule": CourseRule(OneSection.ON, 1)}])
def test_where_other_classes_are_to_be_looked_at_nothing_is_remembered(depends: dict[str, object]) -> None:
    one, known = full_class(waiting=40), KnownHeads()
    one.section = replace(one.section, **depends)  # type: ignore[arg-type]
    roster = one.load(known, 1001, moves=0)
    roster.changes.clear()
    roster.section.max_capacity = 2
    one.save(known, roster)
    assert known.get(one.section, 1) is None
    assert known.ahead(one.section) == 0


def test_what_was_read_ahead_holds_until_the_class_changes() -> None:
    known, found = KnownHeads(), section(current_waitlist=3, current_enrollment=3)
    known.read(found, [Record(7, State.WAITLISTED, sequence_number=1), Record(8, State.WAITLISTED, sequence_number=2)])
    assert known.probable(2, 5) == [7, 8]
    heads = known.get(found, 2)
    assert heads is not None
    assert [record.student_id for record in heads] == [7, 8]
    assert known.get(found, 3) is None, "the third was not read"
    assert known.get(replace(found, version=found.version + 1), 2) is None
    known.read(replace(found, rule=CourseRule(OneSection.ON, 1)), [])
    assert known.probable(2, 5) == [], "where a rule applies other classes have to be read, too"
