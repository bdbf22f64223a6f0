"""What each rule changes of a class and tells its history: swaps, pauses and offers (enrollment.domain.roster).

Random histories (test_roster, test_swaps) show that counts and seats are right; these, who and what is written down.
"""

import pytest

from enrollment.domain import errors
from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.history import NO_HISTORY, SYSTEM, Actor, Head, What
from enrollment.domain.record import Dropped, Record, Seated, State, Swapped, Waiting
from enrollment.domain.roster import Roster
from kit.errors import AppError
from tests.support.rosters import (
    ME,
    NOW_S,
    OLD,
    WANTED,
    changes,
    full,
    offering,
    roster,
    seated,
    section,
    together,
    waiting,
)


def test_a_seat_and_a_drop_are_told_as_the_students_doing() -> None:
    some = roster(section(), seated(8))
    assert some.enroll(1) == Seated(some.touched[1], True, 1)
    assert (some.touched[1].state, some.touched[1].came_at) == (State.ENROLLED, 7)
    some.drop(1)
    assert changes(some) == [(What.ENROLLED, ME, 1, {}), (What.DROPPED, ME, 1, {})]
    assert some.enroll(1) == Seated(some.touched[1], False, 1), "the record is used again"


def test_a_place_in_line_is_told_and_a_seat_that_frees_in_the_same_commit_is_its_own() -> None:
    some = roster(full(), seated(8))
    assert some.enroll(1) == Waiting(some.touched[1])
    assert changes(some) == [(What.JOINED, ME, 1, {"sequence": 1001, "position": 1})]
    assert some.section.waiting_swaps == 0
    some.drop(8)
    assert some.promoted == [Record(1, State.ENROLLED, came_at=7)], "nothing is left of the waiting"


@pytest.mark.parametrize(
    ("of", "refusal"),
    [
        (section(status=ClassStatus.INACTIVE), errors.ClassInactive(WANTED)),
        (section(status=ClassStatus.REMOVING), errors.ClassUnknown(WANTED)),
        (full(waitlist_maximum=0), errors.ClassFull(WANTED)),
    ],
)
def test_a_class_that_takes_nobody_is_named(of: ClassSection, refusal: AppError) -> None:
    some = roster(of)
    with pytest.raises(type(refusal)) as refused:
        some.enroll(1)
    assert refused.value.detail == refusal.detail
    assert not some.changed


def test_nothing_of_the_waiting_is_left_when_somebody_leaves() -> None:
    line = [waiting(1, 990, swap_from=OLD, paused=True), waiting(2, 995)]
    some = roster(full(current_waitlist=2, paused=1, waiting_swaps=1), seated(8), *line)
    some.leave(1)
    assert some.touched[1] == Record(1, State.DROPPED, enrollment_id=1)
    assert (some.section.paused, some.section.waiting_swaps, some.section.current_waitlist) == (0, 0, 1)


def test_the_entry_of_a_commit_follows_the_history_and_one_of_an_older_class_adopts_it_first() -> None:
    at = "2026-11-22T17:00:00.000Z"
    some, older = roster(section()), roster(section(history=NO_HISTORY))
    for one in (some, older):
        one.enroll(1)
    entry, first = some.write_history(at), older.write_history(at)
    assert (entry["class_id"], entry["number"], entry["previous"], entry["at"]) == (WANTED, 7, "f" * 64, at)
    assert [change["what"] for change in entry["changes"]] == ["enrolled"]
    assert [change["what"] for change in first["changes"]] == ["adopted", "enrolled"]
    assert some.section.history == Head(7, entry["hash"])


def test_a_swap_is_told_in_both_classes_as_the_students_doing() -> None:
    wanted, old = roster(section()), roster(full(OLD), seated(1))
    together(wanted, old)
    assert wanted.swap(1, OLD) == Swapped(None)
    assert changes(wanted) == [(What.ENROLLED, ME, 1, {"swap_from": OLD})]
    assert changes(old) == [(What.SWAPPED, ME, 1, {"to": WANTED})]
    got = wanted.touched[1]
    assert (got.state, got.came_at, got.swap_from) == (State.ENROLLED, 7, 0)
    assert old.touched[1].state is State.DROPPED


def test_a_swap_into_a_full_class_is_a_place_in_line_that_names_the_seat() -> None:
    wanted = roster(full(current_waitlist=1, waiting_swaps=1), seated(8), waiting(2, 990, swap_from=3))
    old = roster(full(OLD), seated(1))
    together(wanted, old)
    place = wanted.swap(1, OLD)
    assert isinstance(place, Waiting)
    assert place.record is wanted.touched[1]
    assert (place.record.state, place.record.swap_from, place.record.came_at) == (State.WAITLISTED, OLD, 7)
    assert changes(wanted) == [(What.JOINED, ME, 1, {"sequence": 1001, "position": 2, "swap_from": OLD})]
    assert wanted.joined == [place.record]
    assert wanted.section.waiting_swaps == 2
    assert not old.changed


def test_a_swap_asked_by_who_waits_is_told_once() -> None:
    wanted = roster(full(current_waitlist=2, waiting_swaps=1), seated(8), waiting(1, 990), waiting(2, 980, swap_from=3))
    together(wanted, roster(full(OLD), seated(1)))
    assert wanted.swap(1, OLD) == Waiting(wanted.touched[1])
    assert wanted.swap(1, OLD) == Waiting(wanted.touched[1])
    assert changes(wanted) == [(What.SWAP_ASKED, ME, 1, {"swap_from": OLD})]
    assert (wanted.touched[1].swap_from, wanted.section.waiting_swaps) == (OLD, 2)


def test_a_swap_with_a_class_that_is_not_there_names_it() -> None:
    wanted = roster(section())
    wanted.partners = {OLD: None}
    with pytest.raises(errors.ClassUnknown) as refusal:
        wanted.swap(1, OLD)
    assert refusal.value.detail == errors.ClassUnknown(OLD).detail
    assert not wanted.changed


def test_who_has_a_seat_already_cannot_swap_into_it() -> None:
    wanted = roster(section(current_enrollment=1), seated(1))
    together(wanted, roster(full(OLD), seated(1)))
    with pytest.raises(errors.AlreadyEnrolled):
        wanted.swap(1, OLD)


def test_a_promotion_gives_up_the_old_seat_and_both_are_the_systems_doing() -> None:
    wanted = roster(section(max_capacity=1, current_waitlist=1, waiting_swaps=1), waiting(1, 990, swap_from=OLD))
    old = roster(full(OLD, current_waitlist=1), seated(1), waiting(2, 950))
    together(wanted, old)
    wanted.promote_waiting(5)
    assert changes(wanted) == [(What.PROMOTED, SYSTEM, 1, {"sequence": 990, "swap_from": OLD})]
    assert changes(old) == [(What.SWAPPED, SYSTEM, 1, {"to": WANTED}), (What.PROMOTED, SYSTEM, 2, {"sequence": 950})]
    assert [record.student_id for record in old.promoted] == [2]
    assert wanted.section.waiting_swaps == 0


@pytest.mark.parametrize("status", [ClassStatus.ACTIVE, ClassStatus.REMOVING])
def test_a_seat_that_is_gone_is_not_given_up(status: ClassStatus) -> None:
    wanted = roster(section(max_capacity=1, current_waitlist=1, waiting_swaps=1), waiting(1, 990, swap_from=OLD))
    old = roster(section(OLD, status=status), seated(1) if status is ClassStatus.REMOVING else Record(1, State.DROPPED))
    together(wanted, old)
    wanted.promote_waiting(5)
    assert changes(wanted) == [(What.PROMOTED, SYSTEM, 1, {"sequence": 990})]
    assert not old.changed


def test_who_swaps_waits_until_the_other_class_is_loaded() -> None:
    def promoted(partners: dict[int, Roster | None]) -> list[int]:
        wanted = roster(section(max_capacity=1, current_waitlist=1, waiting_swaps=1), waiting(1, 990, swap_from=OLD))
        wanted.partners = partners
        wanted.promote_waiting(5)
        return [record.student_id for record in wanted.promoted]

    others = roster(full(OLD), seated(2))
    del others.records[1]
    assert promoted({}) == []
    assert promoted({OLD: others}) == []
    assert promoted({OLD: None}) == [1]
    assert promoted({OLD: roster(full(OLD), seated(1))}) == [1]


def test_a_free_seat_more_is_for_the_next_transaction() -> None:
    """So that each command writes no more than its transaction has room for."""
    line = [waiting(student, 900 + student) for student in (2, 3, 4)]
    dropped_from = roster(section(max_capacity=4, current_enrollment=1, current_waitlist=3), seated(1), *line)
    assert dropped_from.drop(1) == Dropped(dropped_from.touched[2], 1)
    assert [record.student_id for record in dropped_from.promoted] == [2]
    resumed = roster(section(current_waitlist=3, paused=1, max_capacity=4), waiting(1, 901, paused=True), *line[1:])
    resumed.resume(1)
    assert [record.student_id for record in resumed.promoted] == [1]
    swapped = roster(section(max_capacity=1, current_waitlist=1, waiting_swaps=1), waiting(1, 990, swap_from=OLD))
    old = roster(section(OLD, max_capacity=4, current_enrollment=1, current_waitlist=2), seated(1), *line[1:])
    together(swapped, old)
    swapped.promote_waiting(5)
    assert [record.student_id for record in old.promoted] == [3]
    offered = roster(offering(max_capacity=4, current_waitlist=3, open_offers=1), waiting(1, 9, offered_until_s=NOW_S))
    offered.head += [waiting(2, 10), waiting(3, 11)]
    offered.expire_offers([1])
    assert [record.student_id for record in offered.offered] == [2]


def test_pauses_are_told_counted_and_leave_the_turn() -> None:
    records = (seated(8), waiting(1, 980), waiting(2, 990), waiting(3, 995, paused=True))
    some = roster(full(current_waitlist=3, paused=1), *records)
    some.pause(1)
    some.pause(1)
    assert changes(some) == [(What.PAUSED, ME, 1, {})]
    assert (some.section.paused, some.section.line_version, some.touched[1].paused) == (2, 1001, True)
    assert [record.student_id for record in some.head] == [2]
    assert some.joined == [some.touched[1]], "Redis shows the pause"
    some.leave(1)
    assert some.section.paused == 1


def test_a_pause_that_ends_is_told_and_the_turn_is_the_old_one() -> None:
    line = [waiting(2, 950), waiting(1, 960, paused=True), waiting(3, 970)]
    some = roster(full(current_waitlist=3, paused=1), seated(8), *line)
    some.resume(1)
    some.resume(1)
    assert changes(some) == [(What.RESUMED, ME, 1, {})]
    assert (some.section.paused, some.section.line_version) == (0, 1001)
    assert (some.touched[1].paused, some.touched[1].state) == (False, State.WAITLISTED)
    assert [record.student_id for record in some.head] == [2, 1, 3]
    assert some.joined == [some.touched[1]]


def test_of_a_line_that_is_loaded_in_part_only_who_is_before_its_end_is_in_turn() -> None:
    def head_after(sequence: int) -> list[int]:
        line = [waiting(2, 950), waiting(3, 955), waiting(4, 970), waiting(1, sequence, paused=True), waiting(5, 990)]
        some = roster(full(current_waitlist=5, paused=1), seated(8), *line, head=3)
        some.resume(1)
        return [record.student_id for record in some.head]

    assert head_after(960) == [2, 3, 1, 4]
    assert head_after(980) == [2, 3, 4], "between the last that is loaded and the others nobody knows"


def test_offers_are_told_and_counted_and_say_until_when() -> None:
    some = roster(offering(current_waitlist=3), waiting(1, 950), waiting(2, 960), waiting(3, 970))
    some.promote_waiting(5)
    until_s = NOW_S + 600
    assert changes(some) == [(What.OFFERED, SYSTEM, student, {"until_s": until_s}) for student in (1, 2)]
    assert (some.section.open_offers, some.section.open_seats, some.section.line_version) == (2, 0, 1002)
    assert [record.student_id for record in some.head] == [3]
    assert [(record.student_id, record.offered_until_s) for record in some.offered] == [(1, until_s), (2, until_s)]
    assert some.joined == [some.touched[1], some.touched[2]], "Redis shows the offers"
    some.accept(1)
    assert some.offered[0].offered_until_s == until_s, "it says what was offered, also when it is answered at once"


@pytest.mark.parametrize(
    ("deed", "what", "by"),
    [("leave", What.DECLINED, ME), ("decline", What.DECLINED, ME), ("expire", What.EXPIRED, SYSTEM)],
)
def test_an_offer_that_ends_is_told_and_goes_to_the_next(deed: str, what: What, by: Actor) -> None:
    until_s = NOW_S if deed == "expire" else NOW_S + 5
    some = roster(offering(max_capacity=1, current_waitlist=2, open_offers=1), waiting(2, 960))
    some.records[1] = waiting(1, 950, offered_until_s=until_s)
    {"leave": some.leave, "decline": some.decline, "expire": lambda _: some.expire_offers([3, 1])}[deed](1)
    told, offered = changes(some)
    assert told == (what, by, 1, {"sequence": 950})
    assert offered == (What.OFFERED, SYSTEM, 2, {"until_s": NOW_S + 600})
    assert [(record.student_id, ended) for record, ended in some.offers_ended] == [(1, what)]
    assert (some.touched[1].state, some.section.current_waitlist, some.section.open_offers) == (State.DROPPED, 1, 1)


def test_an_offer_that_stands_does_not_expire() -> None:
    some = roster(offering(max_capacity=1, current_waitlist=1, open_offers=1), waiting(1, 9, offered_until_s=NOW_S + 1))
    some.expire_offers([1, 2])
    assert not some.changed


def test_an_accepted_offer_is_the_students_doing_in_both_classes() -> None:
    mine = waiting(1, 950, offered_until_s=NOW_S + 5, swap_from=OLD)
    wanted = roster(offering(max_capacity=1, current_waitlist=1, open_offers=1, waiting_swaps=1), mine)
    old = roster(full(OLD), seated(1))
    together(wanted, old)
    wanted.accept(1, NOW_S + 5)
    assert changes(wanted) == [(What.ACCEPTED, ME, 1, {"sequence": 950, "swap_from": OLD})]
    assert changes(old) == [(What.SWAPPED, ME, 1, {"to": WANTED})]
    assert (wanted.section.open_offers, wanted.section.waiting_swaps) == (0, 0)


@pytest.mark.parametrize("until_s", [NOW_S, NOW_S + 5])
def test_an_offer_that_has_run_out_or_is_another_cannot_be_answered(until_s: int) -> None:
    some = roster(offering(current_waitlist=1, open_offers=1), waiting(1, 950, offered_until_s=until_s))
    for answer in (some.accept, some.decline):
        with pytest.raises(errors.NoOffer) as refusal:
            answer(1, NOW_S + 4)
        assert refusal.value.detail == errors.NoOffer(1, WANTED).detail
    assert not some.changed


def test_who_is_offered_a_seat_cannot_pause() -> None:
    some = roster(offering(current_waitlist=1, open_offers=1), waiting(1, 950, offered_until_s=NOW_S + 5))
    with pytest.raises(errors.SeatOffered) as refusal:
        some.pause(1)
    assert refusal.value.detail == errors.SeatOffered(1, WANTED).detail


def test_who_is_taken_out_of_the_line_frees_no_seat() -> None:
    some = roster(full(current_waitlist=1), seated(8), waiting(1, 950))
    assert some.take_out(1) == Dropped(None, 1)
    assert changes(some) == [(What.LEFT, ME, 1, {"sequence": 950})]
