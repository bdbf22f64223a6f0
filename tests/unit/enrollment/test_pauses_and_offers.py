"""Pauses and offers, one deed after the other."""

from enrollment.domain import errors
from enrollment.domain.class_section import Promotion
from enrollment.domain.loading import As
from enrollment.domain.record import Waiting
from enrollment.domain.story import story
from enrollment.service.commands import (
    AcceptOffer,
    DeclineOffer,
    Drop,
    Enroll,
    ExpireOffers,
    LoadStudents,
    Pause,
    Promote,
    Resume,
    SetPolicy,
    Swap,
)
from tests.unit.enrollment.shelves import Shelves


def test_a_pause_keeps_the_place_and_is_passed_over(shelves: Shelves) -> None:
    for student in (7, 8):
        shelves.commit(1, Enroll(student))
    shelves.commit(1, Pause(7))
    reply = shelves.commit(1, Drop(1))
    assert reply.promoted.student_id == 8
    assert [record.student_id for record in shelves.line(1)] == [7]
    shelves.commit(1, Drop(8))  # nobody is in turn: the seat stays free, and a newcomer may have it
    assert shelves.seated(1) == set()
    assert shelves.commit(1, Enroll(9)).current_enrollment == 1
    shelves.commit(1, Drop(9))
    shelves.commit(1, Resume(7))
    assert shelves.seated(1) == {7}
    texts = [moment.text for moment in story(shelves.entries[1], 7)]
    assert texts == [
        "You joined the line as number 1",
        "You paused: you keep your place, and seats go to those behind you",
        "While you paused, a seat went to others: you keep your place",
        "While you paused, a seat went to others: you keep your place",
        "You ended the pause",
        "A seat became free, and you got it",
    ]


def test_an_offered_seat_is_held_until_it_is_accepted(shelves: Shelves) -> None:
    shelves.commit(1, SetPolicy(Promotion.OFFER, 60))
    for student in (7, 8):
        shelves.commit(1, Enroll(student))
    shelves.commit(1, Drop(1))
    assert (shelves.seated(1), shelves.sections[1].open_offers) == (set(), 1)
    assert isinstance(shelves.commit(1, AcceptOffer(8)), errors.NoOffer)
    assert isinstance(shelves.commit(1, Pause(7)), errors.SeatOffered)
    assert isinstance(shelves.commit(1, Enroll(9)), Waiting), "the seat is held"
    shelves.commit(1, AcceptOffer(7))
    assert (shelves.seated(1), shelves.sections[1].open_offers) == ({7}, 0)


def test_a_declined_or_expired_offer_goes_to_the_next(shelves: Shelves) -> None:
    shelves.commit(1, SetPolicy(Promotion.OFFER, 60))
    for student in (7, 8, 9):
        shelves.commit(1, Enroll(student))
    shelves.commit(1, Drop(1))
    shelves.commit(1, DeclineOffer(7))
    assert [record.student_id for record in shelves.line(1) if record.offered_until_s] == [8]
    shelves.commit(1, ExpireOffers((8,)))
    assert [record.student_id for record in shelves.line(1)] == [8, 9], "its time is not over"
    shelves.now_s += 60
    assert isinstance(shelves.commit(1, AcceptOffer(8)), errors.NoOffer)
    shelves.commit(1, ExpireOffers((8,)))
    assert [(record.student_id, record.offered_until_s) for record in shelves.line(1)] == [(9, shelves.now_s + 60)]


def test_an_accepted_swap_gives_up_the_old_seat(shelves: Shelves) -> None:
    shelves.commit(2, SetPolicy(Promotion.OFFER, 60))
    shelves.commit(2, Swap(1, 1))
    shelves.commit(1, Enroll(9))
    shelves.commit(2, Drop(2))
    assert shelves.seated(1) == {1}
    shelves.commit(2, AcceptOffer(1))
    assert (shelves.seated(1), shelves.seated(2)) == ({9}, {1})


def test_who_pauses_is_loaded_into_the_line_beside_a_free_seat(shelves: Shelves) -> None:
    shelves.commit(1, Drop(1))
    paused = LoadStudents((7,), As(waits=True, though_closed=True, paused=True))
    assert shelves.commit(1, paused) == ["added"]
    assert [(record.student_id, record.paused) for record in shelves.line(1)] == [(7, True)]
    assert (shelves.seated(1), shelves.sections[1].max_capacity) == (set(), 1)
    assert shelves.commit(1, paused) == ["kept"]
    assert shelves.commit(1, LoadStudents((8,), As(waits=True, though_closed=False))) == ["added"]
    assert shelves.seated(1) == {8}, "who waits gets a free seat"


def test_who_waits_is_loaded_into_the_line_where_seats_are_offered(shelves: Shelves) -> None:
    shelves.commit(1, SetPolicy(Promotion.OFFER, 60))
    shelves.commit(1, Drop(1))
    assert shelves.commit(1, LoadStudents((7, 8), As(waits=True, though_closed=False))) == ["added", "added"]
    shelves.commit(1, Promote())
    assert shelves.seated(1) == set()
    assert [(record.student_id, bool(record.offered_until_s)) for record in shelves.line(1)] == [(7, True), (8, False)]
