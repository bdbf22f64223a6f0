"""One section per course: what may never be seen in the sections of a course, and what not at rest."""

from dataclasses import replace
from typing import Any

import pytest
from verify import check_sections, columns
from verify.history import History, Snapshot

from tests.unit.verify.histories import look

A, B, C = 7, 8, 9


def section(class_id: int, seated: tuple[int, ...] = (), line: tuple[int, ...] = (), **more: Any) -> Snapshot:
    return replace(look(1, seated, line, **more), class_id=class_id)


def passing_over(class_id: int, student: int, held: int, **more: Any) -> Snapshot:
    """A section in which the student waits, passed over for a seat in `held`."""
    return section(class_id, line=(student,), paused=frozenset({student}), skipped={student: held}, **more)


def columns_of(*looks: tuple[Snapshot, ...]) -> list[str]:
    return [violation.column for violation in check_sections.check(History(course_looks=list(looks)))]


def test_one_seat_for_each_and_places_elsewhere_are_sound() -> None:
    one = (section(A, (1, 2), (3, 4)), section(B, (3, 5), (1,)), section(C, (6, 9), (1, 2)))
    other = (section(A, (1, 4)), section(B, (5, 3), (1,)), passing_over(C, 1, A))
    assert columns_of(one, other) == []


@pytest.mark.parametrize(
    "found",
    [
        (section(A, (1, 2)), section(B, (3, 1))),
        (section(A, (1, 2)), section(B, (3,)), section(C, (2,))),
        (section(A, (1,)), section(B, (1,)), section(C, (1,))),
    ],
)
def test_two_seats_of_one_student_at_one_moment_are_found(found: tuple[Snapshot, ...]) -> None:
    assert columns_of((section(A, (1,)), section(B)), found) == [columns.SECTIONS]


def test_who_moved_from_one_section_to_another_had_never_two() -> None:
    assert columns_of((section(A, (1,)), section(B)), (section(A), section(B, (1,)))) == []


def test_it_is_said_who_sits_where() -> None:
    [text] = check_sections.two_seats((section(B, (1,)), section(A, (1,)), section(C, (2,))))
    assert text.startswith(f"student 1 sits in classes [{A}, {B}]")


@pytest.mark.parametrize(
    ("found", "column"),
    [
        (section(A, (1, 2, 3)), columns.OVER_CAPACITY),
        (section(A, (1,), current_enrollment=2), columns.WRONG_COUNTS),
        (section(A, (1, 2), (2,)), columns.BOTH),
    ],
)
def test_each_section_is_held_to_what_is_true_of_every_class(found: Snapshot, column: str) -> None:
    assert columns_of((found, section(B))) == [column]


def test_a_free_seat_beside_one_who_is_passed_over_is_no_free_seat() -> None:
    assert columns_of((section(A, (1,)), passing_over(B, 1, A))) == []


def test_a_seat_may_be_free_beside_a_line_for_a_moment_and_not_for_good() -> None:
    """What makes the next in line move, here and in other sections, may be more than one transaction holds."""

    def at(began_s: float, *seated: int) -> tuple[Snapshot, ...]:
        return (replace(section(A, seated, (9,)), began_s=began_s, ended_s=began_s + 0.1), section(B))

    assert columns_of(at(0, 1), at(39, 1), at(40, 1, 2), at(41, 1), at(80, 1)) == []
    assert columns_of(at(0, 1), at(39, 1), at(41, 1)) == [columns.FREE_SEAT]
    assert [found.column for found in check_sections.at_rest(at(0, 1))] == [columns.FREE_SEAT]


def test_at_rest_whoever_is_passed_over_has_a_seat_elsewhere() -> None:
    assert check_sections.at_rest((section(A, (1,)), passing_over(B, 1, A))) == []
    assert check_sections.at_rest((section(A), passing_over(B, 1, A), section(C, (1,)))) == []
    [found] = check_sections.at_rest((section(A), passing_over(B, 1, A), section(C, (2,))))
    assert (found.column, "student 1 is passed over for a seat in 7" in found.text) == (columns.SECTIONS, True)


def test_a_database_that_does_not_answer_at_rest_is_found() -> None:
    assert [found.column for found in check_sections.at_rest(())] == [columns.CONTRADICTION]
