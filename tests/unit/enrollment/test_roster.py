"""The rules of seats and line, case by case: bounds, histories, refusals, removals."""

import pytest

from enrollment.domain import errors
from enrollment.domain.class_history import first_entry, last_entry
from enrollment.domain.class_section import ClassStatus
from enrollment.domain.history import Actor, Role
from enrollment.domain.record import State, Waiting
from enrollment.domain.roster import Roster
from kit.errors import AppError
from tests.unit.enrollment.shelf import Shelf, section


def test_a_free_seat_with_a_line_goes_to_its_head_and_the_newcomer_waits() -> None:
    shelf = Shelf(section(2, 3))
    shelf.commit(("enroll", 1), ("enroll", 2), ("enroll", 3))
    shelf.section.max_capacity = 3  # room was made, and the process died before it promoted
    roster = shelf.load([4], moves=2)
    assert isinstance(roster.enroll(4), Waiting)
    roster.promote_waiting(5)
    assert [record.student_id for record in roster.promoted] == [3]


def test_promoting_stops_at_its_bound_and_goes_on_in_the_next_roster() -> None:
    shelf = Shelf(section(1, 9))
    shelf.commit(*(("enroll", student) for student in range(1, 8)))
    shelf.section.max_capacity = 6
    seated = []
    for _ in range(3):
        roster = shelf.load([], moves=2)
        roster.promote_waiting(2)
        shelf.save(roster)
        seated.append([record.student_id for record in roster.promoted])
    assert seated == [[2, 3], [4, 5], [6]]


def test_every_change_of_the_line_raises_its_version_and_nothing_else_does() -> None:
    shelf = Shelf(section(1, 3))
    versions = []
    deeds = [("enroll", 1), ("enroll", 2), ("enroll", 3), ("enroll", 3), ("leave", 2), ("drop", 1), ("drop", 3)]
    for deed in deeds:
        shelf.commit(deed)
        versions.append(shelf.section.line_version - 1000)
    assert versions == [0, 1, 2, 2, 3, 4, 4]


def test_a_class_in_removal_does_not_exist_and_promotes_nobody() -> None:
    shelf = Shelf(section(1, 3))
    shelf.commit(("enroll", 1), ("enroll", 2))
    roster = shelf.load([1, 2, 3], moves=3)
    roster.begin_removal()
    for deed in (roster.enroll, roster.drop, roster.leave):
        with pytest.raises(errors.ClassUnknown):
            deed(3)
    roster.withdraw([1], most=9)
    roster.promote_waiting(9)
    assert (roster.promoted, roster.section.current_enrollment, roster.section.current_waitlist) == ([], 0, 1)
    roster.withdraw([1, 2, 3], most=9)
    assert (roster.section.current_enrollment, roster.section.current_waitlist) == (0, 0)
    assert sorted(roster.touched) == [1, 2]


def test_a_withdrawal_keeps_to_its_bound_and_passes_over_who_has_dropped_or_never_came() -> None:
    shelf = Shelf(section(5, 3))
    shelf.commit(*(("enroll", student) for student in range(1, 6)), ("drop", 1))
    roster = shelf.load([9, 1, 2, 3, 4, 5], moves=0)
    roster.withdraw([9, 1, 2, 3, 4, 5], most=3)
    assert sorted(roster.touched) == [2, 3, 4]
    assert {record.state for record in roster.touched.values()} == {State.DROPPED}
    assert roster.section.current_enrollment == 1


def told(roster: Roster) -> list[tuple[str, int | None, dict[str, int | str]]]:
    return [(change.what, change.student_id, dict(change.details)) for change in roster.changes]


def test_the_history_of_a_removal_says_who_sat_and_who_waited() -> None:
    shelf = Shelf(section(1, 3))
    shelf.commit(("enroll", 1), ("enroll", 2))
    roster = shelf.load([1, 2], moves=1)
    roster.begin_removal()
    roster.begin_removal()
    roster.withdraw([1, 2], most=9)
    assert told(roster) == [
        ("status", None, {"status": "removing"}),
        ("dropped", 1, {}),
        ("dropped", 2, {"sequence": 1001}),
    ]
    assert roster.section.status is ClassStatus.REMOVING
    assert {record.state for record in roster.touched.values()} == {State.DROPPED}


TERMS = {
    "course_code": "CPSC 449",
    "section_number": 1,
    "instructor_id": 5,
    "max_capacity": 2,
    "waitlist_maximum": 3,
    "status": "active",
}


def test_a_history_begins_with_the_terms_of_the_class_and_who_sat_from_the_start() -> None:
    new, by = section(), {"role": "registrar", "id": 12}
    entry = first_entry(new, "2026-11-22T17:00:00.000Z", Actor(Role.REGISTRAR, 12), "req-1", seated=[3])
    assert {name: value for name, value in entry.items() if name != "hash"} == {
        "class_id": 7,
        "number": 1,
        "at": "2026-11-22T17:00:00.000Z",
        "previous": "0" * 64,
        "changes": [
            {"what": "added", "student_id": None, "by": by, "request_id": "req-1", **TERMS},
            {"what": "enrolled", "student_id": 3, "by": by, "request_id": "req-1"},
        ],
    }
    assert (new.history.number, new.history.hash) == (1, entry["hash"])


def test_a_history_ends_with_the_removal_also_of_a_class_that_had_none() -> None:
    older = section(current_enrollment=2)
    by = {"role": "system", "id": None}
    adopted = {
        "what": "adopted",
        "student_id": None,
        "by": by,
        "request_id": None,
        **TERMS,
        "enrolled": 2,
        "waiting": 0,
        "newest_sequence": 1000,
    }
    removed = {"what": "removed", "student_id": None, "by": by, "request_id": None}
    at = "2026-11-22T18:00:00.000Z"
    entry = last_entry(older, at)
    assert (entry["class_id"], entry["number"], entry["at"], entry["changes"]) == (7, 1, at, [adopted, removed])
    first_entry(older, at)
    entry = last_entry(older, at)
    assert (entry["number"], entry["previous"], entry["changes"]) == (2, older.history.hash, [removed])


@pytest.mark.parametrize(
    ("deed", "student", "refusal"),
    [
        ("enroll", 1, errors.AlreadyEnrolled(1, 7)),
        ("enroll", 2, errors.AlreadyWaiting(2, 7)),
        ("drop", 2, errors.OnlyWaiting(2, 7)),
        ("drop", 3, errors.AlreadyDropped(3, 7)),
        ("drop", 9, errors.NotEnrolled(9, 7)),
        ("leave", 1, errors.SeatedNotWaiting(1, 7)),
        ("leave", 3, errors.AlreadyDropped(3, 7)),
        ("leave", 9, errors.NotWaiting(9, 7)),
    ],
)
def test_a_refusal_names_the_student_and_the_class(deed: str, student: int, refusal: AppError) -> None:
    shelf = Shelf(section(1, 3))
    shelf.commit(("enroll", 3), ("drop", 3), ("enroll", 1), ("enroll", 2))
    [reply] = shelf.commit((deed, student))
    assert (type(reply), reply.detail) == (type(refusal), refusal.detail)


def test_who_leaves_the_line_is_told_with_their_sequence_number() -> None:
    shelf = Shelf(section(1, 3))
    shelf.commit(("enroll", 1), ("enroll", 2))
    roster = shelf.load([2], moves=1)
    roster.leave(2)
    assert told(roster) == [("left", 2, {"sequence": 1001})]


def test_a_section_is_newer_by_its_line_first_and_never_newer_than_itself() -> None:
    assert not section().is_newer_than(section())
    assert section(line_version=1001).is_newer_than(section(version=9))
    assert section(version=2).is_newer_than(section(version=1))


def test_nothing_has_changed_when_every_command_was_refused() -> None:
    shelf = Shelf(section(1, 0))
    shelf.commit(("enroll", 1))
    roster = shelf.load([1, 2], moves=2)
    for deed, refusal in (
        (lambda: roster.enroll(1), errors.AlreadyEnrolled),
        (lambda: roster.enroll(2), errors.ClassFull),
    ):
        with pytest.raises(refusal):
            deed()
    assert not roster.changed


def test_who_is_taken_out_loses_the_seat_or_the_place_in_line() -> None:
    shelf = Shelf(section(capacity=1))
    shelf.commit(("enroll", 1), ("enroll", 2), ("enroll", 3))
    roster = shelf.load([2], 1)
    assert roster.take_out(2).promoted is None
    shelf.save(roster)
    roster = shelf.load([1], 1)
    promoted = roster.take_out(1).promoted
    assert promoted is not None
    assert promoted.student_id == 3
