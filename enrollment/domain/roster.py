"""A class with its seats and its line: every rule about who sits, who waits and who comes next.

A Roster is loaded with what a few commands need, changed in memory by one command after the other, and saved in one
transaction that holds only if nobody else changed the class meanwhile (`ClassSection.version`). So the rules below
never meet concurrency: of two rosters loaded at the same version, one is saved and the other is loaded and decided
again.

The line's version rises at every change of the line. A sequence number is the version at which its holder joined, so
sequence numbers only grow, and the smallest is next.

What each move does to records, counters, line and history is in domain.roster_state; what registrars change of the
class itself, in domain.class_revision.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from enrollment.domain import errors
from enrollment.domain.class_revision import RevisableClass
from enrollment.domain.class_section import ClassStatus, Promotion
from enrollment.domain.history import SYSTEM, Actor, What
from enrollment.domain.record import Dropped, Record, Seated, State, Swapped, Waiting


@dataclass
class Roster(RevisableClass):
    """A class as it was loaded, and what students may do to it.

    `partners` are the rosters, by class id, of what is changed together in one transaction: those in which somebody
    gives up a seat for one here (None: there is no such class).
    """

    partners: "dict[int, Roster | None]" = field(default_factory=dict)

    def enroll(self, student_id: int) -> Seated | Waiting:
        """Take a seat if one is free and nobody waits for it, else a place at the end of the line.

        Raises ClassUnknown, ClassInactive, AlreadyEnrolled, AlreadyWaiting, SeatInCourse, ClassFull.
        """
        section, record = self.section, self._existing().get(student_id)
        if record and record.state is State.WAITLISTED:
            raise errors.AlreadyWaiting(student_id, section.class_id)
        self._require_may_come(student_id)
        is_new = record is None
        record = record or Record(student_id, State.DROPPED)
        record.came_at = section.history.number + 1
        if section.seats_newcomers:
            self._seat(record)
            self._note(What.ENROLLED, record)
            return Seated(record, is_new, section.current_enrollment)
        self._join_waitlist(record)
        return Waiting(record)

    def _require_may_come(self, student_id: int, swap_from: int = 0) -> None:
        """Raises AlreadyEnrolled, ClassInactive, SeatInCourse, ClassFull."""
        section, record = self.section, self.records.get(student_id)
        if record and record.state is State.ENROLLED:
            raise errors.AlreadyEnrolled(student_id, section.class_id)
        if section.status is not ClassStatus.ACTIVE:
            raise errors.ClassInactive(section.class_id)
        self._require_no_other_section(student_id, swap_from)
        if not section.seats_newcomers and section.current_waitlist >= section.waitlist_maximum:
            raise errors.ClassFull(section.class_id)

    def drop(self, student_id: int) -> Dropped:
        """Give up a seat; the next in line gets it in the same transaction.

        Raises ClassUnknown, NotEnrolled, OnlyWaiting, AlreadyDropped.
        """
        record = self.require_seat(student_id)
        self._free_seat(record)
        self._note(What.DROPPED, record)
        return Dropped(self._promote_next(), self.section.current_enrollment)

    def take_out(self, student_id: int) -> Dropped:
        """Take the seat or the place in line from a student. Raises what `drop` raises, but OnlyWaiting."""
        record = self._existing().get(student_id)
        if record is None or record.state is not State.WAITLISTED:
            return self.drop(student_id)
        self.leave(student_id)
        return Dropped(None, self.section.current_enrollment)

    def leave(self, student_id: int) -> None:
        """Give up a place in line, and with it a seat that is offered. Raises what `require_place` raises."""
        record = self.require_place(student_id)
        if record.offered_until_s:
            self._end_offer(record, What.DECLINED)
        else:
            self._end_waiting(record, What.LEFT)

    def pause(self, student_id: int) -> None:
        """Keep the place and be passed over. Nothing happens to who does so already.

        Raises what `require_place` raises, and SeatOffered.
        """
        record = self.require_place(student_id)
        if record.offered_until_s:
            raise errors.SeatOffered(student_id, self.section.class_id)
        if record.skipped_for:  # from now on as they ask, whatever becomes of the other seat
            self._note(What.PAUSED, record)
            self.section.skipped -= 1
            record.skipped_for = 0
            self._become(record, State.WAITLISTED)
        elif not record.paused:
            self._note(What.PAUSED, record)
            self._begin_pause(record)

    def resume(self, student_id: int) -> None:
        """End a pause: with a seat free, it is the student's. Raises what `require_place` raises."""
        record = self.require_place(student_id)
        if record.paused:
            self._end_pause(record)
            self.promote_waiting(1)

    def end_skips(self, student_ids: Iterable[int]) -> None:
        """Those of these who are passed over by the course's rule and need not be any more are in turn again.

        Raises ClassUnknown.
        """
        known = self._existing()
        for student_id in student_ids:
            record = known.get(student_id)
            if record and record.skipped_for and not self._other_section_of(record):
                self._end_pause(record, SYSTEM)
                self.promote_waiting(1)

    def promote_waiting(self, most: int) -> None:
        """Seat the next in line, or offer them seats, while seats are free, but not more than `most`."""
        placed = 0
        while placed < most and self.section.has_vacancy_for_waitlist and self.head:
            record = self.head[0]
            offers = self.section.promotion is Promotion.OFFER
            if not self._knows_partner_of(record) and (self.section.rule.applies or not offers):
                return  # the next transaction loads it
            if held := self._other_section_of(record):
                self._note(What.SKIPPED, record, SYSTEM, sequence=record.sequence_number, held=held)
                self._begin_pause(record, skipped_for=held)
                continue
            if offers:
                self._offer(record)
            else:
                self._promote(record, What.PROMOTED)
            placed += 1

    def _promote_next(self) -> Record | None:
        """The student who got the seat that has just been freed, if anybody did at once."""
        before = len(self.promoted)
        self.promote_waiting(1)
        return self.promoted[before] if len(self.promoted) > before else None

    def _promote(self, record: Record, what: What) -> None:
        partner = self.partner_of(record)
        self.seat_waiting(record, what, gives_up=partner is not None)
        if partner:
            by = SYSTEM if what is What.PROMOTED else self.acting
            partner.give_up(record.student_id, self.section.class_id, by, self.request_id)
            partner.promote_waiting(1)

    def seat_waiting(self, record: Record, what: What, *, gives_up: bool) -> None:
        """Seat somebody who waits on a free seat; `gives_up`: for the seat in the class of the swap."""
        swap = {"swap_from": record.swap_from} if gives_up else {}
        by = SYSTEM if what is What.PROMOTED else None
        self._note(what, record, by, sequence=record.sequence_number, **swap)
        self._leave_waitlist(record)
        self._seat(record)
        self.promoted.append(record)

    def accept(self, student_id: int, until_s: int = 0) -> None:
        """Take the seat that is offered (only until then, if given); a seat to be given up for it is given up.

        Raises what `require_place` raises, SeatInCourse, and NoOffer, also for one that has run out.
        """
        record = self._require_offer(student_id, until_s)
        if held := self._other_section_of(record):
            raise errors.SeatInCourse(student_id, self.section.class_id, held)
        self._promote(record, What.ACCEPTED)

    def decline(self, student_id: int, until_s: int = 0) -> None:
        """Turn down the seat that is offered and leave the line; the next in line is offered it.

        Raises what `require_place` raises, and NoOffer.
        """
        self._end_offer(self._require_offer(student_id, until_s), What.DECLINED)

    def expire_offers(self, student_ids: Iterable[int]) -> None:
        """Those of these offers that have run out are at an end: who let them pass leaves the line."""
        for student_id in student_ids:
            record = self.records.get(student_id)
            if record and record.offered_until_s and record.offered_until_s <= self.now_s:
                self._end_offer(record, What.EXPIRED)

    def _offer(self, record: Record) -> None:
        self._leave_turn(record)
        record.offered_until_s = self.now_s + self.section.offer_window_s
        self.section.open_offers += 1
        self._note(What.OFFERED, record, SYSTEM, until_s=record.offered_until_s)
        self._become(record, State.WAITLISTED)
        self.offered.append(record.copy())  # as it is now: it may be answered in the same commit

    def _require_offer(self, student_id: int, until_s: int) -> Record:
        record = self.require_place(student_id)
        if record.offered_until_s <= self.now_s or until_s not in (0, record.offered_until_s):
            raise errors.NoOffer(student_id, self.section.class_id)
        return record

    def _end_offer(self, record: Record, what: What) -> None:
        self._end_waiting(record, what, SYSTEM if what is What.EXPIRED else None)
        self.offers_ended.append((record.copy(), what))
        self.promote_waiting(1)

    def _end_waiting(self, record: Record, what: What, by: Actor | None = None) -> None:
        self._note(what, record, by, sequence=record.sequence_number)
        self._leave_waitlist(record)
        self._become(record, State.DROPPED)

    def swap(self, student_id: int, swap_from: int) -> Swapped | Waiting:
        """A seat here for the one in `swap_from`, both or nothing; with no seat free, a place in line that does so.

        Who waits already keeps the place, and the swap is attached to it. Raises ClassUnknown (of either), NotEnrolled,
        OnlyWaiting, AlreadyDropped (of `swap_from`), AlreadyEnrolled, ClassInactive, SeatInCourse, ClassFull.
        """
        section, record = self.section, self._existing().get(student_id)
        partner = self.partners[swap_from]
        if partner is None:
            raise errors.ClassUnknown(swap_from)
        partner.require_seat(student_id)
        if record and record.state is State.WAITLISTED:
            self._require_no_other_section(student_id, swap_from)
            self._attach_swap(record, swap_from)
            return self._seat_again_in_turn(record, partner)
        self._require_may_come(student_id, swap_from)
        record = record or Record(student_id, State.DROPPED)
        record.came_at = section.history.number + 1
        if section.seats_newcomers:
            self._seat(record)
            self._note(What.ENROLLED, record, swap_from=swap_from)
            partner.give_up(student_id, section.class_id, self.acting, self.request_id)
            return Swapped(partner._promote_next())
        self._join_waitlist(record, swap_from)
        return Waiting(record)

    def give_up(self, student_id: int, to: int, by: Actor = SYSTEM, request_id: str | None = None) -> None:
        """Give up a seat for one in the class `to`. The seat is free then: it goes to the line, or to who comes around.

        Raises what `require_seat` raises.
        """
        record = self.require_seat(student_id)
        self.request_id = request_id
        self._free_seat(record)
        self._note(What.SWAPPED, record, by=by, to=to)

    def _attach_swap(self, record: Record, swap_from: int) -> None:
        if record.swap_from == swap_from:
            return
        self.section.waiting_swaps += not record.swap_from
        record.swap_from = swap_from
        self._note(What.SWAP_ASKED, record, swap_from=swap_from)
        self._become(record, State.WAITLISTED)

    def _seat_again_in_turn(self, record: Record, partner: "Roster") -> Swapped | Waiting:
        """A student passed over for the seat that is now to be swapped gets a free one."""
        if record.skipped_for:
            before = len(partner.promoted)
            self._end_pause(record)
            self.promote_waiting(1)
            if record.state is State.ENROLLED:
                return Swapped(partner.promoted[before] if len(partner.promoted) > before else None)
        return Waiting(record)

    def _require_no_other_section(self, student_id: int, swap_from: int) -> None:
        """But the one to be given up. Raises SeatInCourse."""
        if held := self._other_section(student_id, {swap_from}):
            raise errors.SeatInCourse(student_id, self.section.class_id, held)

    def _other_section_of(self, record: Record) -> int:
        """As `_other_section`, for who waits, with a swap perhaps."""
        return self._other_section(record.student_id, {record.swap_from} if self.partner_of(record) else set())

    def may_swap(self, record: Record) -> bool:
        """Whether who waits has the seat to be given up, and no other one that keeps them from a seat here."""
        return self.partner_of(record) is not None and not self._other_section_of(record)

    def partner_of(self, record: Record) -> "Roster | None":
        """The class in which who waits still has the seat to be given up, if there is one."""
        partner = self.partners.get(record.swap_from)
        return partner if partner and partner.has_seat(record.student_id) else None

    def _knows_partner_of(self, record: Record) -> bool:
        if not record.swap_from:
            return True
        partner = self.partners.get(record.swap_from)
        return record.student_id in partner.records if partner else record.swap_from in self.partners
