"""The loaded part of a class, its changes since, and the moves that every change is made of.

A move keeps together what belongs together: a record's state, the class's counters, who is next in line, the line's
version and what the history gets to know. Which student may make which move is decided by the rules (domain.roster and
domain.class_revision).
"""

from dataclasses import dataclass, field, replace
from typing import Any

from enrollment.domain import errors, history
from enrollment.domain.class_history import adoption
from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.course_rule import Claim, Claims
from enrollment.domain.events import Subscription
from enrollment.domain.history import NO_HISTORY, SYSTEM, Actor, Change, What
from enrollment.domain.record import Record, State


@dataclass
class RosterState:
    """`records` holds what is known of the students the commands name, `head` the next in line in order.

    `head` must hold one for each drop or leave and each seat that is to be filled, or the whole line. `now_s` is the
    time (Unix seconds) that students get who join the line. `changes` are what the history gets to know, done by
    whoever is `acting` for the request with this id. `claims` are those of these students and of the head to seats of
    the course, where its rule asks for them; rosters that are saved together share them. `subscriptions` to the class
    are known of some who may well be promoted (None: known to be none).
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
    claims: Claims = field(default_factory=dict)
    subscriptions: dict[int, Subscription | None] = field(default_factory=dict)
    loaded: ClassSection = field(init=False)
    loaded_records: dict[int, Record | None] = field(init=False)

    def __post_init__(self) -> None:
        self.loaded = replace(self.section)
        self._head_is_all_in_turn = len(self.head) == self.section.in_turn
        for waiting in self.head:  # one object per student, however it was found
            self.records[waiting.student_id] = waiting
        self.loaded_records = {i: record and record.copy() for i, record in self.records.items()}

    @property
    def changed(self) -> bool:
        return bool(self.touched) or self.section != self.loaded

    @property
    def line_changed(self) -> bool:
        return self.section.line_version != self.loaded.line_version

    @property
    def joined(self) -> list[Record]:
        """Students who wait now, with a place got, a pause or an offer made or ended since the roster was loaded."""
        waiting = [record for record in self.touched.values() if record.state is State.WAITLISTED]
        return [record for record in waiting if _as_shown(record) != _as_shown(self.loaded_records[record.student_id])]

    @property
    def gone(self) -> list[int]:
        """Students whose place, if there was one, is no more."""
        return [record.student_id for record in self.touched.values() if record.state is not State.WAITLISTED]

    @property
    def without_id(self) -> list[Record]:
        return [record for record in self.touched.values() if not record.enrollment_id]

    @property
    def seats_given_up(self) -> list[int]:
        """Those who had a seat when the roster was loaded, where the course's rule asks who has one, and have none."""
        if not self.section.rule.applies:
            return []
        gone = [record.student_id for record in self.touched.values() if record.state is not State.ENROLLED]
        return [i for i in gone if (was := self.loaded_records.get(i)) and was.state is State.ENROLLED]

    @property
    def claimed(self) -> Claims:
        """The claims of those who got a seat since the roster was loaded, as they are to be stored."""
        if not self.loaded.rule.applies:  # a rule that begins with this commit claims their seats later
            return {}
        seated = [record.student_id for record in self.touched.values() if record.state is State.ENROLLED]
        new = [i for i in seated if (was := self.loaded_records.get(i)) is None or was.state is not State.ENROLLED]
        return {(self.section.course, student_id): self._claim(student_id) for student_id in new}

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

    def has_seat(self, student_id: int) -> bool:
        record = self.records.get(student_id)
        return self.section.status is not ClassStatus.REMOVING and record is not None and record.state is State.ENROLLED

    def _other_section(self, student_id: int, given_up: set[int]) -> int:
        """The class of another section of the course in which the student has a seat and keeps it, if the rule asks for
        that; 0: none."""
        if not self.section.rule.applies:
            return 0
        return min(self._claim(student_id).held - {self.section.class_id} - given_up, default=0)

    def _claim(self, student_id: int) -> Claim:
        return self.claims.setdefault((self.section.course, student_id), Claim())

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
        if self.section.rule.applies:
            self._claim(record.student_id).held.add(self.section.class_id)
        self._become(record, State.ENROLLED)

    def _free_seat(self, record: Record) -> None:
        self.section.current_enrollment -= 1
        if self.section.rule.applies:
            self._claim(record.student_id).held.discard(self.section.class_id)
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
        self.section.skipped -= record.skipped_for != 0
        self.section.open_offers -= record.offered_until_s != 0
        self._leave_turn(record)
        record.sequence_number = record.since_s = record.swap_from = record.offered_until_s = 0
        record.paused, record.skipped_for = False, 0

    def _begin_pause(self, record: Record, skipped_for: int = 0) -> None:
        self._leave_turn(record)
        record.paused, record.skipped_for = True, skipped_for
        self.section.paused += 1
        self.section.skipped += skipped_for != 0
        self._become(record, State.WAITLISTED)

    def _end_pause(self, record: Record, by: Actor | None = None) -> None:
        held = {"held": record.skipped_for} if record.skipped_for else {}
        self._note(What.RESUMED, record, by, **held)
        self.section.paused -= 1
        self.section.skipped -= record.skipped_for != 0
        record.paused, record.skipped_for = False, 0
        self._take_turn(record)
        self._become(record, State.WAITLISTED)

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
