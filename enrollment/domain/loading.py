"""Students whom a file says to be in a class: what the rules make of that."""

from collections.abc import Sequence
from typing import Literal

from enrollment.domain.class_section import ClassStatus
from enrollment.domain.errors import AlreadyWaiting, SeatsTaken
from enrollment.domain.record import State
from enrollment.domain.roster import Roster
from kit.errors import AppError

Outcome = Literal["added", "kept"]


def load_students(
    roster: Roster, student_ids: Sequence[int], *, waits: bool, though_closed: bool
) -> list[Outcome | AppError]:
    """Seat these students or, with `waits`, let them come as they would themselves: to a free seat, or into the line.

    Of each whether that was done (added), or why not. Students who have been in the class before stay as they are
    (kept), also who has dropped it: so a file can be loaded again. `though_closed`: also if the class takes no
    newcomers.
    """
    section = roster.section
    # In one commit: nobody else sees the class open.
    opens = though_closed and section.status is ClassStatus.INACTIVE
    if opens := opens and any(roster.records.get(student_id) is None for student_id in student_ids):
        roster.set_status(ClassStatus.ACTIVE)
    outcomes = [_load(roster, student_id, waits=waits) for student_id in student_ids]
    if opens:
        roster.set_status(ClassStatus.INACTIVE)
    return outcomes


def _load(roster: Roster, student_id: int, *, waits: bool) -> Outcome | AppError:
    section, record = roster.section, roster.records.get(student_id)
    if record and record.state is State.WAITLISTED and not waits:
        return AlreadyWaiting(student_id, section.class_id)
    if record:
        return "kept"
    if not waits and not section.seats_newcomers and section.status is ClassStatus.ACTIVE:
        return SeatsTaken(section.class_id, section.max_capacity)
    try:
        roster.enroll(student_id)
    except AppError as refusal:
        return refusal
    return "added"
