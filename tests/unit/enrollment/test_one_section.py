"""One section per course: who is refused, who is passed over, and who is in turn again."""

import pytest

from enrollment.audit.courses import GOT, two_seats
from enrollment.domain import errors
from enrollment.domain.class_section import Promotion
from enrollment.domain.course_rule import CourseRule, OneSection
from enrollment.domain.record import Swapped, Waiting
from enrollment.domain.story import story
from enrollment.service.batch import Request, parts
from enrollment.service.commands import AcceptOffer, Drop, Enroll, Pause, Resume, SetPolicy, SetRule, Swap
from kit.errors import AppError
from tests.unit.enrollment.shelves import Shelves


@pytest.fixture
def course(shelves: Shelves) -> Shelves:
    """As `shelves`, and of the course, whose sections they are, one may be held."""
    shelves.set_rule(OneSection.STARTING, 1)
    shelves.set_rule(OneSection.ON, 2)
    return shelves


def test_who_has_a_seat_in_one_section_is_refused_in_the_others_and_may_swap(course: Shelves) -> None:
    course.add(5, 1)
    course.sections[5].rule = course.sections[1].rule
    refused = course.commit(5, Enroll(1))
    assert isinstance(refused, errors.SeatInCourse)
    assert "swap class 1 for class 5" in refused.detail
    assert isinstance(course.commit(2, Enroll(1)), errors.SeatInCourse), "nor may they wait"
    assert isinstance(course.commit(5, Swap(1, 1)), Swapped)
    assert (course.seated(1), course.seated(5)) == (set(), {1})
    assert isinstance(course.commit(1, Enroll(1)), errors.SeatInCourse)
    course.commit(5, Drop(1))
    assert not isinstance(course.commit(1, Enroll(1)), AppError), "no seat is held any more"


def test_who_got_a_seat_while_waiting_is_passed_over_and_reads_why(course: Shelves) -> None:
    for class_id in (1, 2):
        for student in (7, 8):
            course.commit(class_id, Enroll(student))
    course.commit(1, Drop(1))
    assert (course.seated(1), course.line(2)[0].student_id) == ({7}, 7)
    assert course.commit(2, Drop(2)).promoted.student_id == 8
    assert (course.seated(2), [r.student_id for r in course.line(2)]) == ({8}, [7])
    assert course.line(2)[0].skipped_for == 1
    course.commit(2, Drop(8))
    assert course.seated(2) == set(), "the seat is a newcomer's"
    course.commit(1, Drop(7))
    assert course.seated(2) == {7}, "in turn again, and a seat was free"
    texts = [moment.text for moment in story(course.entries[2], 7)]
    assert texts == [
        "You joined the line as number 1",
        "It was your turn, but you have a seat in class 1, and of this course only one section may be held: you keep "
        "your place, and seats go to those behind you. Swap class 1 for this one, or give it up",
        "As you have a seat in another section, a seat went to others: you keep your place",
        "You are in turn again",
        "A seat became free, and you got it",
    ]


def test_who_was_passed_over_asks_for_the_swap_and_gets_a_free_seat(course: Shelves) -> None:
    course.commit(1, Enroll(7))
    course.commit(2, Enroll(7))
    course.commit(1, Drop(1))
    course.commit(2, Drop(2))
    assert course.sections[2].skipped == 1
    course.commit(1, Enroll(9))
    swapped = course.commit(2, Swap(7, 1))
    assert isinstance(swapped, Swapped)
    assert swapped.promoted
    assert swapped.promoted.student_id == 9
    assert (course.seated(1), course.seated(2), course.sections[2].skipped) == ({9}, {7}, 0)


def test_an_offer_is_not_made_to_who_has_another_seat_nor_accepted_by_them(course: Shelves) -> None:
    course.commit(2, SetPolicy(Promotion.OFFER, 60))
    course.add(5, 1)
    course.sections[5].rule = course.sections[1].rule
    for student in (7, 8):
        course.commit(2, Enroll(student))
    course.commit(2, Drop(2))
    course.commit(5, Enroll(7))
    assert isinstance(course.commit(2, AcceptOffer(7)), errors.SeatInCourse)
    assert isinstance(course.commit(2, Swap(7, 5)), Waiting)
    course.commit(2, AcceptOffer(7))
    assert (course.seated(2), course.seated(5)) == ({7}, set())
    course.commit(5, Enroll(8))
    course.commit(2, Drop(7))
    assert [(r.student_id, r.skipped_for) for r in course.line(2)] == [(8, 5)]


def test_seats_from_before_the_rule_stay_and_a_pause_of_ones_own_outlives_it(shelves: Shelves) -> None:
    shelves.add(5, 1)
    shelves.commit(5, Enroll(1))
    shelves.commit(2, Enroll(1))
    shelves.set_rule(OneSection.STARTING, 1)
    shelves.set_rule(OneSection.ON, 2)
    assert (shelves.seated(1), shelves.seated(5)) == ({1}, {1})
    shelves.commit(2, Drop(2))
    shelves.commit(2, Pause(1))
    shelves.set_rule(OneSection.OFF, 3)
    assert [(r.student_id, r.paused, r.skipped_for) for r in shelves.line(2)] == [(1, True, 0)]
    shelves.commit(2, Resume(1))
    assert shelves.seated(2) == {1}


@pytest.mark.parametrize(("got", "wrong"), [("off on", True), ("off starting", False), ("on on", True), ("on", False)])
def test_the_audit_knows_which_two_seats_nobody_may_have(got: str, wrong: bool) -> None:
    assert two_seats([GOT[each] for each in got.split()]) is wrong


def test_a_change_of_the_rule_is_decided_by_itself() -> None:
    change, enroll = Request(SetRule(CourseRule(OneSection.STARTING, 1)), deadline=0), Request(Enroll(1), deadline=0)
    asked = [enroll, enroll, change, enroll, change]
    assert list(parts(asked)) == [[enroll, enroll], [change], [enroll], [change]]
