"""A class with its seats and its line: every rule about who sits, who waits and who comes next.

A Roster is loaded with what a few commands need, changed in memory by one command after the other, and saved in one
transaction that holds only if nobody else changed the class meanwhile (`ClassSection.version`). So the rules below
never meet concurrency: of two rosters loaded at the same version, one is saved and the other is loaded and decided
again.

The line's version rises at every change of the line. A sequence number is the version at which its holder joined, so
sequence numbers only grow, and the smallest is next.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from enrollment.domain import errors, history
from enrollment.domain.class_history import adoption
from enrollment.domain.class_section import ClassSection, ClassStatus, Promotion
from enrollment.domain.history import NO_HISTORY, SYSTEM, Actor, Change, What
from enrollment.domain.record import Dropped, Record, Seated, State, Swapped, Waiting


@dataclass(frozen=True)
class Revision:
    """What is to be another than it is; None: as it is. `status` is a ClassStatus or its name, and not removing."""

    class_name: str | None = None
    department: str | None = None
    instructor_id: int | None = None
    max_capacity: int | None = None
    waitlist_maximum: int | None = None
    status: str | None = None


@dataclass
class Roster:
    """`records` holds what is known of the students the commands name, `head` the next in line in order.

    `head` must hold one for each drop or leave and each seat that is to be filled, or the whole line. `now_s` is the
    time (Unix seconds) that students get who join the line. `changes` are what the history gets to know, done by
    whoever is `acting` for the request with this id. `partners` are the rosters, by class id, of what is changed
    together in one transaction: those in which somebody gives up a seat for one here (None: there is no such class).
    """

    section: ClassSection
    records: dict[int, Record | None]
    head: list[Record]
    now_s: int
    touched: dict[int, Record] = field(default_factory=dict)
    promoted: list[Record] = field(default_factory=list)
    offered: list[Record] = field(default_factory=list)
    offers_ended: list[tuple[Record, What]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    acting: Actor = SYSTEM
    request_id: str | None = None
    partners: "dict[int, Roster | None]" = field(default_factory=dict)
    loaded: ClassSection = field(init=False)
    loaded_records: dict[int, Record | None] = field(init=False)

    def __post_init__(self) -> None:
        self.loaded = replace(self.section)
        self._head_is_all_in_turn = len(self.head) == self.section.in_turn
        for waiting in self.head:  # one object per student, however it was found
            self.records[waiting.student_id] = waiting
        self.loaded_records = {i: record and replace(record) for i, record in self.records.items()}

    @property
    def changed(self) -> bool:
        return bool(self.touched) or self.section != self.loaded

    @property
    def line_changed(self) -> bool:
        return self.section.line_version != self.loaded.line_version

    @property
    def joined(self) -> list[Record]:
        """Who waits now, with a place got, a pause or an offer made or ended since the roster was loaded."""
        waiting = [record for record in self.touched.values() if record.state is State.WAITLISTED]
        return [record for record in waiting if _as_shown(record) != _as_shown(self.loaded_records[record.student_id])]

    @property
    def gone(self) -> list[int]:
        """Whose place, if there was one, is no more."""
        return [record.student_id for record in self.touched.values() if record.state is not State.WAITLISTED]

    @property
    def without_id(self) -> list[Record]:
        return [record for record in self.touched.values() if not record.enrollment_id]

    def enroll(self, student_id: int) -> Seated | Waiting:
        """Take a seat if one is free and nobody waits for it, else a place at the end of the line.

        Raises ClassUnknown, ClassInactive, AlreadyEnrolled, AlreadyWaiting, ClassFull.
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

    def drop(self, student_id: int) -> Dropped:
        """Give up a seat; the next in line gets it in the same transaction.

        Raises ClassUnknown, NotEnrolled, OnlyWaiting, AlreadyDropped.
        """
        record = self.require_seat(student_id)
        self._free_seat(record)
        self._note(What.DROPPED, record)
        return Dropped(self._promote_next(), self.section.current_enrollment)

    def require_seat(self, student_id: int) -> Record:
        """The record of who has a seat. Raises ClassUnknown, NotEnrolled, OnlyWaiting, AlreadyDropped."""
        class_id, record = self.section.class_id, self._existing().get(student_id)
        if record is None:
            raise errors.NotEnrolled(student_id, class_id)
        if record.state is State.WAITLISTED:
            raise errors.OnlyWaiting(student_id, class_id)
        if record.state is State.DROPPED:
            raise errors.AlreadyDropped(student_id, class_id)
        return record

    def swap(self, student_id: int, swap_from: int) -> Swapped | Waiting:
        """A seat here for the one in `swap_from`, both or nothing; with no seat free, a place in line that does so.

        Who waits already keeps the place, and the swap is attached to it. Raises ClassUnknown (of either), NotEnrolled,
        OnlyWaiting, AlreadyDropped (of `swap_from`), AlreadyEnrolled, ClassInactive, ClassFull.
        """
        section, record = self.section, self._existing().get(student_id)
        partner = self.partners[swap_from]
        if partner is None:
            raise errors.ClassUnknown(swap_from)
        partner.require_seat(student_id)
        if record and record.state is State.WAITLISTED:
            self._attach_swap(record, swap_from)
            return Waiting(record)
        self._require_may_come(student_id)
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

    def leave(self, student_id: int) -> None:
        """Give up a place in line, and with it a seat that is offered. Raises what `require_place` raises."""
        record = self.require_place(student_id)
        if record.offered_until_s:
            self._end_offer(record, What.DECLINED)
        else:
            self._end_waiting(record, What.LEFT)

    def require_place(self, student_id: int) -> Record:
        """The record of who waits. Raises ClassUnknown, NotWaiting, SeatedNotWaiting, AlreadyDropped."""
        class_id, record = self.section.class_id, self._existing().get(student_id)
        if record is None:
            raise errors.NotWaiting(student_id, class_id)
        if record.state is State.ENROLLED:
            raise errors.SeatedNotWaiting(student_id, class_id)
        if record.state is State.DROPPED:
            raise errors.AlreadyDropped(student_id, class_id)
        return record

    def pause(self, student_id: int) -> None:
        """Keep the place and be passed over. Nothing happens to who does so already.

        Raises what `require_place` raises, and SeatOffered.
        """
        record = self.require_place(student_id)
        if record.offered_until_s:
            raise errors.SeatOffered(student_id, self.section.class_id)
        if not record.paused:
            self._note(What.PAUSED, record)
            self._leave_turn(record)
            record.paused = True
            self.section.paused += 1
            self._become(record, State.WAITLISTED)

    def resume(self, student_id: int) -> None:
        """End a pause: with a seat free, it is the student's. Raises what `require_place` raises."""
        record = self.require_place(student_id)
        if record.paused:
            self._note(What.RESUMED, record)
            record.paused = False
            self.section.paused -= 1
            self._take_turn(record)
            self._become(record, State.WAITLISTED)
            self.promote_waiting(1)

    def accept(self, student_id: int, until_s: int = 0) -> None:
        """Take the seat that is offered (only until then, if given); a seat to be given up for it is given up.

        Raises what `require_place` raises, and NoOffer, also for one that has run out.
        """
        record = self._require_offer(student_id, until_s)
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

    def set_policy(self, promotion: Promotion, offer_window_s: int) -> None:
        """From now on free seats go to the line so; offers that are open stay. Raises ClassUnknown."""
        self._existing()
        if (promotion, offer_window_s) != (self.section.promotion, self.section.offer_window_s):
            self._note(What.POLICY, promotion=str(promotion), offer_window_s=offer_window_s)
        self.section.promotion, self.section.offer_window_s = promotion, offer_window_s

    def promote_waiting(self, most: int) -> None:
        """Seat the next in line, or offer them seats, while seats are free, but not more than `most`."""
        for _ in range(most):
            if not (self.section.has_vacancy_for_waitlist and self.head):
                return
            if self.section.promotion is Promotion.OFFER:
                self._offer(self.head[0])
            elif self._knows_partner_of(self.head[0]):
                self._promote(self.head[0], What.PROMOTED)
            else:
                return  # the next transaction loads it

    def _promote_next(self) -> Record | None:
        """Who got the seat that has just been freed, if anybody did at once."""
        before = len(self.promoted)
        self.promote_waiting(1)
        return self.promoted[before] if len(self.promoted) > before else None

    def partner_of(self, record: Record) -> "Roster | None":
        """The class in which who waits still has the seat to be given up, if there is one."""
        partner = self.partners.get(record.swap_from)
        return partner if partner and partner.has_seat(record.student_id) else None

    def seat_waiting(self, record: Record, what: What, *, gives_up: bool) -> None:
        """Seat somebody who waits on a free seat; `gives_up`: for the seat in the class of the swap."""
        swap = {"swap_from": record.swap_from} if gives_up else {}
        by = SYSTEM if what is What.PROMOTED else None
        self._note(what, record, by, sequence=record.sequence_number, **swap)
        self._leave_waitlist(record)
        self._seat(record)
        self.promoted.append(record)

    def take_out(self, student_id: int) -> Dropped:
        """Take the seat or the place in line from a student. Raises what `drop` raises, but OnlyWaiting."""
        record = self._existing().get(student_id)
        if record is None or record.state is not State.WAITLISTED:
            return self.drop(student_id)
        self.leave(student_id)
        return Dropped(None, self.section.current_enrollment)

    def revise(self, revision: Revision) -> None:
        """Change what the revision names, or nothing. Raises ClassUnknown, StillSeated."""
        now = self.section
        self.resize(
            now.max_capacity if revision.max_capacity is None else revision.max_capacity,
            now.waitlist_maximum if revision.waitlist_maximum is None else revision.waitlist_maximum,
        )
        self.retitle(revision.class_name or now.class_name, revision.department or now.department)
        if revision.instructor_id:
            self.assign_instructor(revision.instructor_id)
        if revision.status:
            self.set_status(ClassStatus(revision.status))

    def retitle(self, class_name: str, department: str) -> None:
        """Call the class otherwise. Raises ClassUnknown."""
        self._existing()
        if (class_name, department) != (self.section.class_name, self.section.department):
            self._note(What.RETITLED, class_name=class_name, department=department)
        self.section.class_name, self.section.department = class_name, department

    def set_status(self, status: ClassStatus) -> None:
        """Open or close the class to newcomers. Who sits or waits is not touched. Raises ClassUnknown."""
        self._existing()
        if status is not self.section.status:
            self._note(What.STATUS, status=str(status))
        self.section.status = status

    def resize(self, max_capacity: int, waitlist_maximum: int) -> None:
        """Change how many may sit and wait. Nobody loses either; new seats go to the line by `promote_waiting`.

        Raises ClassUnknown, StillSeated.
        """
        self._existing()
        if max_capacity < (taken := self.section.current_enrollment + self.section.open_offers):
            raise errors.StillSeated(self.section.class_id, taken)
        if (max_capacity, waitlist_maximum) != (self.section.max_capacity, self.section.waitlist_maximum):
            self._note(What.RESIZED, max_capacity=max_capacity, waitlist_maximum=waitlist_maximum)
        self.section.max_capacity, self.section.waitlist_maximum = max_capacity, waitlist_maximum

    def assign_instructor(self, instructor_id: int) -> None:
        """Give the class to another instructor. Raises ClassUnknown."""
        self._existing()
        if instructor_id != self.section.instructor_id:
            self._note(What.INSTRUCTOR, instructor_id=instructor_id)
        self.section.instructor_id = instructor_id

    def begin_removal(self) -> None:
        """Take the class away for everybody; repeating it is allowed, so that a removal cut short can go on."""
        if self.section.status is not ClassStatus.REMOVING:
            self._note(What.STATUS, status=str(ClassStatus.REMOVING))
        self.section.status = ClassStatus.REMOVING

    def withdraw(self, student_ids: Iterable[int], most: int) -> None:
        """Part of a removal: who sits or waits becomes dropped, and nobody is promoted. At most `most` at a time."""
        for student_id in student_ids:
            record = self.records.get(student_id)
            if record is None or record.state is State.DROPPED or len(self.touched) >= most:
                continue
            if record.state is State.ENROLLED:
                self._free_seat(record)
                self._note(What.DROPPED, record)
            else:
                self._note(What.DROPPED, record, sequence=record.sequence_number)
                self._leave_waitlist(record)
                self._become(record, State.DROPPED)

    def write_history(self, at: str) -> dict[str, Any]:
        """The entry that tells of the changes, to be saved with them; the class's history ends with it from now on.

        A class that is older than its history is adopted: what it holds is counted, since nobody knows how it came.
        """
        changes = self.changes
        if self.loaded.history == NO_HISTORY:
            changes = [adoption(self.loaded), *changes]
        entry = history.entry(self.section.class_id, self.loaded.history, at, changes)
        self.section.history = history.head_of(entry)
        return entry

    def _promote(self, record: Record, what: What) -> None:
        partner = self.partner_of(record)
        self.seat_waiting(record, what, gives_up=partner is not None)
        if partner:
            by = SYSTEM if what is What.PROMOTED else self.acting
            partner.give_up(record.student_id, self.section.class_id, by, self.request_id)
            partner.promote_waiting(1)

    def _offer(self, record: Record) -> None:
        self._leave_turn(record)
        record.offered_until_s = self.now_s + self.section.offer_window_s
        self.section.open_offers += 1
        self._note(What.OFFERED, record, SYSTEM, until_s=record.offered_until_s)
        self._become(record, State.WAITLISTED)
        self.offered.append(replace(record))  # as it is now: it may be answered in the same commit

    def _require_offer(self, student_id: int, until_s: int) -> Record:
        record = self.require_place(student_id)
        if record.offered_until_s <= self.now_s or until_s not in (0, record.offered_until_s):
            raise errors.NoOffer(student_id, self.section.class_id)
        return record

    def _end_offer(self, record: Record, what: What) -> None:
        self._end_waiting(record, what, SYSTEM if what is What.EXPIRED else None)
        self.offers_ended.append((replace(record), what))
        self.promote_waiting(1)

    def _end_waiting(self, record: Record, what: What, by: Actor | None = None) -> None:
        self._note(what, record, by, sequence=record.sequence_number)
        self._leave_waitlist(record)
        self._become(record, State.DROPPED)

    def has_seat(self, student_id: int) -> bool:
        record = self.records.get(student_id)
        return self.section.status is not ClassStatus.REMOVING and record is not None and record.state is State.ENROLLED

    def _knows_partner_of(self, record: Record) -> bool:
        if not record.swap_from:
            return True
        partner = self.partners.get(record.swap_from)
        return record.student_id in partner.records if partner else record.swap_from in self.partners

    def _require_may_come(self, student_id: int) -> None:
        """Raises AlreadyEnrolled, ClassInactive, ClassFull."""
        section, record = self.section, self.records.get(student_id)
        if record and record.state is State.ENROLLED:
            raise errors.AlreadyEnrolled(student_id, section.class_id)
        if section.status is not ClassStatus.ACTIVE:
            raise errors.ClassInactive(section.class_id)
        if not section.seats_newcomers and section.current_waitlist >= section.waitlist_maximum:
            raise errors.ClassFull(section.class_id)

    def _attach_swap(self, record: Record, swap_from: int) -> None:
        if record.swap_from == swap_from:
            return
        self.section.waiting_swaps += not record.swap_from
        record.swap_from = swap_from
        self._note(What.SWAP_ASKED, record, swap_from=swap_from)
        self._become(record, State.WAITLISTED)

    def _existing(self) -> dict[int, Record | None]:
        if self.section.status is ClassStatus.REMOVING:
            raise errors.ClassUnknown(self.section.class_id)
        return self.records

    def _note(self, what: What, record: Record | None = None, by: Actor | None = None, **details: int | str) -> None:
        student_id = record.student_id if record else None
        self.changes.append(Change(what, by or self.acting, student_id, self.request_id, details))

    def _become(self, record: Record, state: State) -> None:
        record.state = state
        self.records[record.student_id] = self.touched[record.student_id] = record

    def _seat(self, record: Record) -> None:
        self.section.current_enrollment += 1
        self._become(record, State.ENROLLED)

    def _free_seat(self, record: Record) -> None:
        self.section.current_enrollment -= 1
        self._become(record, State.DROPPED)

    def _join_waitlist(self, record: Record, swap_from: int = 0) -> None:
        self.section.current_waitlist += 1
        self.section.waiting_swaps += swap_from != 0
        self.section.line_version += 1
        record.sequence_number, record.since_s = self.section.line_version, self.now_s
        record.swap_from = swap_from
        swap = {"swap_from": swap_from} if swap_from else {}
        joined = {"sequence": record.sequence_number, "position": self.section.current_waitlist}
        self._note(What.JOINED, record, None, **joined, **swap)
        if self._head_is_all_in_turn:
            self.head.append(record)
        self._become(record, State.WAITLISTED)

    def _leave_waitlist(self, record: Record) -> None:
        self.section.current_waitlist -= 1
        self.section.waiting_swaps -= record.swap_from != 0
        self.section.paused -= record.paused
        self.section.open_offers -= record.offered_until_s != 0
        self._leave_turn(record)
        record.sequence_number = record.since_s = record.swap_from = record.offered_until_s = 0
        record.paused = False

    def _leave_turn(self, record: Record) -> None:
        self.section.line_version += 1
        if record in self.head:
            self.head.remove(record)

    def _take_turn(self, record: Record) -> None:
        """Back among those who wait for a seat, in order, as far as they are loaded."""
        self.section.line_version += 1
        if self._head_is_all_in_turn or (self.head and record.sequence_number < self.head[-1].sequence_number):
            self.head.append(record)
            self.head.sort(key=lambda waiting: waiting.sequence_number)


def _as_shown(record: Record | None) -> tuple[int, bool, int]:
    return (record.sequence_number, record.paused, record.offered_until_s) if record else (0, False, 0)
