"""Swaps, pauses and offers in several classes: random deeds keep every rule, and the histories tell the same."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, note, settings

from enrollment.audit.courses import GOT, two_seats
from enrollment.audit.replay import Replayed
from enrollment.domain import errors
from enrollment.domain.class_section import Promotion
from enrollment.domain.course_rule import OneSection
from enrollment.domain.history import NO_HISTORY
from enrollment.domain.record import Swapped, Waiting
from enrollment.service.commands import (
    AcceptOffer,
    Command,
    DeclineOffer,
    Drop,
    Enroll,
    ExpireOffers,
    Leave,
    Pause,
    Resume,
    SetPolicy,
    Swap,
)
from enrollment.service.swaps import load_circle
from kit.errors import AppError
from tests.support.scripts import Script, scripts
from tests.unit.enrollment.shelves import Shelves


class History:
    def __init__(self, capacities: Sequence[int], places: int, students: int) -> None:
        self.students = range(1, students + 1)
        self.classes = range(1, len(capacities) + 1)
        self.shelves = Shelves()
        for class_id, capacity in enumerate(capacities, 1):
            self.shelves.add(class_id, capacity, places)
        self.rules = 0
        # Each history is replayed as it grows: entry after entry, each once.
        self.replayed = {class_id: Replayed() for class_id in self.shelves.sections}
        self.read = dict.fromkeys(self.shelves.sections, 0)

    def commit(self, class_id: int, command: Command[Any]) -> Any:
        note(f"class {class_id}: {type(command).__name__} {vars(command)}")
        return self.shelves.commit(class_id, command)

    def enroll(self, script: Script) -> None:
        self.commit(script.one_of(self.classes), Enroll(script.one_of(self.students)))

    def drop(self, script: Script) -> None:
        self.commit(script.one_of(self.classes), Drop(script.one_of(self.students)))

    def leave(self, script: Script) -> None:
        self.commit(script.one_of(self.classes), Leave(script.one_of(self.students)))

    def swap(self, script: Script) -> None:
        student, old = script.one_of(self.students), script.one_of(self.classes)
        new = script.one_of([class_id for class_id in self.classes if class_id != old])
        before = (self.seats_of(student), self.waits_of(student))
        reply = self.commit(new, Swap(student, old))
        if isinstance(reply, Swapped):
            assert old not in self.seats_of(student)
            assert new in self.seats_of(student)
        elif isinstance(reply, Waiting):  # or a circle has turned at once
            assert len(self.seats_of(student)) == len(before[0])
            assert (old in self.seats_of(student)) != (new in self.seats_of(student))
        else:
            assert (self.seats_of(student), self.waits_of(student)) == before

    def answer_or_pause(self, script: Script) -> None:
        command = script.one_of([Pause, Resume, AcceptOffer, DeclineOffer])
        self.commit(script.one_of(self.classes), command(script.one_of(self.students)))

    def set_policy(self, script: Script) -> None:
        self.commit(script.one_of(self.classes), SetPolicy(script.one_of(list(Promotion)), 60))

    def rule_begins_or_ends(self, _: Script) -> None:
        steps = [OneSection.STARTING, OneSection.ON, OneSection.OFF]
        for _ in range(2 if self.rules % 3 == 0 else 1):
            self.rules += 1
            note(f"rule {self.rules}: {steps[(self.rules - 1) % 3]}")
            self.shelves.set_rule(steps[(self.rules - 1) % 3], self.rules)

    def time_passes(self, script: Script) -> None:
        self.shelves.now_s += script.number(20, 60)
        note(f"it is {self.shelves.now_s}")
        for class_id in self.shelves.sections:
            offered = [record.student_id for record in self.shelves.line(class_id) if record.offered_until_s]
            for student in offered:  # few at a time, as the expirer does
                self.shelves.commit(class_id, ExpireOffers((student,)))
            assert all(r.offered_until_s > self.shelves.now_s for r in self.shelves.line(class_id) if r.offered_until_s)

    def nobody_got_two_seats_of_the_course_while_only_one_may_be_held(self) -> None:
        for student in self.students:
            kinds = [
                GOT[told.got_under.get(student, "off")]
                for told in map(self.told, self.shelves.sections)
                if student in told.seated and told.rule != "off"
            ]
            assert not two_seats(kinds), (student, kinds)

    def who_is_passed_over_has_another_seat(self) -> None:
        for class_id, section in self.shelves.sections.items():
            skipped = [record for record in self.shelves.line(class_id) if record.skipped_for]
            assert section.skipped == len(skipped)
            assert all(record.paused and self.seats_of(record.student_id) for record in skipped)

    def seats_of(self, student: int) -> set[int]:
        return {class_id for class_id in self.classes if student in self.shelves.seated(class_id)}

    def waits_of(self, student: int) -> set[int]:
        return {c for c in self.classes if student in [record.student_id for record in self.shelves.line(c)]}

    def counts_are_true_and_no_seat_is_free_beside_a_line(self) -> None:
        for class_id, section in self.shelves.sections.items():
            line = self.shelves.line(class_id)
            assert section.current_enrollment == len(self.shelves.seated(class_id))
            assert section.current_enrollment + section.open_offers <= section.max_capacity
            assert section.open_offers == sum(record.offered_until_s != 0 for record in line)
            assert section.paused == sum(record.paused for record in line)
            assert section.current_waitlist == len(line)
            assert section.waiting_swaps == sum(record.swap_from != 0 for record in line)
            assert not section.has_vacancy_for_waitlist
            assert not {record.student_id for record in line} & self.shelves.seated(class_id)

    def nobody_is_left_in_a_circle(self) -> None:
        for class_id in self.shelves.sections:
            assert load_circle(self.shelves, class_id) == []  # type: ignore[arg-type]

    def told(self, class_id: int) -> Replayed:
        told, entries = self.replayed[class_id], self.shelves.entries[class_id]
        for entry in entries[self.read[class_id] :]:
            told.apply(entry)
        self.read[class_id] = len(entries)
        return told

    def the_histories_tell_the_same(self) -> None:
        for class_id, entries in self.shelves.entries.items():
            told = self.told(class_id)
            if entries:
                assert told.seated == self.shelves.seated(class_id)
                line = self.shelves.line(class_id)
                assert list(told.waiting) == [record.student_id for record in line]
                assert told.paused == {record.student_id for record in line if record.paused}
                assert set(told.offers) == {record.student_id for record in line if record.offered_until_s}


DEEDS = [
    History.enroll,
    History.drop,
    History.leave,
    History.swap,
    History.answer_or_pause,
    History.set_policy,
    History.rule_begins_or_ends,
    History.time_passes,
]


@settings(max_examples=75)
@given(scripts(about=100))
def test_any_history_keeps_every_rule(script: Script) -> None:
    # Few students in few classes meet each other more often.
    capacities = [script.number(1, 2) for _ in range(script.number(2, 4))]
    history = History(capacities, places=script.number(1, 4), students=script.number(2, 7))
    for deed in script.deeds(DEEDS):
        deed(history, script)
        history.nobody_got_two_seats_of_the_course_while_only_one_may_be_held()
        history.who_is_passed_over_has_another_seat()
        history.counts_are_true_and_no_seat_is_free_beside_a_line()
        history.nobody_is_left_in_a_circle()
        history.the_histories_tell_the_same()


def test_a_free_seat_is_taken_at_once_and_the_old_one_goes_to_its_line(shelves: Shelves) -> None:
    shelves.add(5, 1)
    shelves.commit(1, Enroll(9))
    reply = shelves.commit(5, Swap(1, 1))
    assert isinstance(reply, Swapped)
    assert reply.promoted
    assert reply.promoted.student_id == 9
    assert (shelves.seated(1), shelves.seated(5)) == ({9}, {1})


def test_a_full_class_is_waited_for_with_the_old_seat_kept(shelves: Shelves) -> None:
    assert isinstance(shelves.commit(2, Swap(1, 1)), Waiting)
    assert (shelves.seated(1), shelves.seated(2)) == ({1}, {2})
    shelves.commit(1, Enroll(9))
    shelves.commit(2, Drop(2))
    assert (shelves.seated(1), shelves.seated(2)) == ({9}, {1})


@pytest.mark.parametrize("length", [2, 3, 4])
def test_a_circle_turns_as_soon_as_it_closes(shelves: Shelves, length: int) -> None:
    for class_id in range(1, length):
        shelves.commit(class_id + 1, Swap(class_id, class_id))
    assert shelves.seated(1) == {1}
    shelves.commit(1, Swap(length, length))
    assert shelves.seated(1) == {length}
    assert [shelves.seated(class_id) for class_id in range(2, length + 1)] == [{i} for i in range(1, length)]


def test_nobody_ahead_is_passed_over_by_a_circle(shelves: Shelves) -> None:
    shelves.commit(1, Enroll(9))  # is next in line for class 1, so student 2 is not
    shelves.commit(2, Swap(1, 1))
    shelves.commit(1, Swap(2, 2))
    assert (shelves.seated(1), shelves.seated(2)) == ({1}, {2})
    shelves.commit(1, Leave(9))
    assert (shelves.seated(1), shelves.seated(2)) == ({2}, {1})


def test_who_waits_already_keeps_the_place(shelves: Shelves) -> None:
    shelves.commit(2, Enroll(1))
    shelves.commit(2, Enroll(9))
    assert isinstance(shelves.commit(2, Swap(1, 1)), Waiting)
    assert [record.student_id for record in shelves.line(2)] == [1, 9]
    assert shelves.sections[2].waiting_swaps == 1
    shelves.commit(2, Leave(1))
    assert shelves.sections[2].waiting_swaps == 0


def test_a_seat_given_up_meanwhile_is_not_given_up_again(shelves: Shelves) -> None:
    shelves.commit(2, Swap(1, 1))
    shelves.commit(1, Drop(1))
    shelves.commit(1, Enroll(9))
    shelves.commit(2, Drop(2))
    assert (shelves.seated(1), shelves.seated(2)) == ({9}, {1})


@pytest.mark.parametrize(
    ("student", "old", "refusal"),
    [(9, 1, errors.NotEnrolled), (1, 77, errors.ClassUnknown), (2, 2, None), (1, 3, errors.NotEnrolled)],
)
def test_only_a_seat_one_has_can_be_given_up(
    shelves: Shelves, student: int, old: int, refusal: type[AppError] | None
) -> None:
    reply = shelves.commit(4, Swap(student, old))
    assert isinstance(reply, refusal or Waiting)
    assert shelves.sections[4].history == NO_HISTORY or refusal is None or shelves.sections[4].current_waitlist == 0
