"""Students whom a file says to be in a class: what the rules make of that."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Literal

from enrollment.domain.class_section import ClassStatus, Promotion
from enrollment.domain.errors import AlreadyWaiting, SeatsTaken
from enrollment.domain.record import State
from enrollment.domain.roster import Roster
from kit.errors import AppError

Outcome = Literal["added", "kept"]


@dataclass(frozen=True)
class As:
    """What students are loaded as: on seats or, with `waits`, as they would come themselves, to a free seat or into the
    line; with `paused` in the line in any case, in a pause. `though_closed`: also if the class takes no newcomers."""

    waits: bool
    though_closed: bool
    paused: bool = False


def load_students(roster: Roster, student_ids: Sequence[int], how: As) -> list[Outcome | AppError]:
    """Of each of these students whether they were loaded (added), or why not.

    Students who have been in the class before stay as they are (kept), also who has dropped it: so a file can be loaded
    again.
    """
    are_new = any(roster.records.get(student_id) is None for student_id in student_ids)
    with _as_it_has_to_be(roster, how) if are_new else nullcontext():
        return [_load(roster, student_id, how) for student_id in student_ids]


@contextmanager
def _as_it_has_to_be(roster: Roster, how: As) -> Iterator[None]:
    """In one commit: nobody else sees the class open, or without the seats that are free."""
    section = roster.section
    status, capacity = section.status, section.max_capacity
    if how.though_closed and status is ClassStatus.INACTIVE:
        roster.set_status(ClassStatus.ACTIVE)
    if how.waits and section.seats_newcomers and (how.paused or section.promotion is Promotion.OFFER):
        # Who waits beside a free seat pauses, or is to be offered it, which the next commit does.
        roster.resize(capacity - section.open_seats, section.waitlist_maximum)
    yield
    roster.resize(capacity, section.waitlist_maximum)
    roster.set_status(status)


def _load(roster: Roster, student_id: int, how: As) -> Outcome | AppError:
    section, record = roster.section, roster.records.get(student_id)
    if record and record.state is State.WAITLISTED and not how.waits:
        return AlreadyWaiting(student_id, section.class_id)
    if record:
        return "kept"
    if not how.waits and not section.seats_newcomers and section.status is ClassStatus.ACTIVE:
        return SeatsTaken(section.class_id, section.max_capacity)
    try:
        roster.enroll(student_id)
        if how.paused:
            roster.pause(student_id)
    except AppError as refusal:
        return refusal
    return "added"
