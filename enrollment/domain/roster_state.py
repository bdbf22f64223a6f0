"""What is loaded of a class, what has changed of it since, and the moves that every change is made of.

A move keeps together what belongs together: a record's state, the class's counters, who is next in line, the line's
version and what the history gets to know. Who may make which move is decided by the rules (domain.roster and
domain.class_revision).
"""

from dataclasses import dataclass, field, replace
from typing import Any

from enrollment.domain import errors, history
from enrollment.domain.class_history import adoption
from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.history import NO_HISTORY, SYSTEM, Actor, Change, What
from enrollment.domain.record import Record, State


@dataclass
class RosterState:
    """`records` holds what is known of the students the commands name, `head` the next in line in order.

    `head` must hold one for each drop or leave and each seat that is to be filled, or the whole line. `now_s` is the
    time (Unix seconds) that students get who join the line. `changes` are what the history gets to know, done by
    whoever is `acting` for the request with this id.
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
