"""The entries with which the history of a class begins, is taken up, and ends."""

from collections.abc import Iterable
from typing import Any

from enrollment.domain import history
from enrollment.domain.class_section import ClassSection, Promotion
from enrollment.domain.history import NO_HISTORY, SYSTEM, Actor, Change, What


def first_entry(
    section: ClassSection, at: str, by: Actor = SYSTEM, request_id: str | None = None, seated: Iterable[int] = ()
) -> dict[str, Any]:
    """The entry that the history of a new class begins with; the class's history ends with it from now on."""
    added = Change(What.ADDED, by, request_id=request_id, details=_terms(section))
    changes = [added, *(Change(What.ENROLLED, by, student_id, request_id) for student_id in seated)]
    entry = history.entry(section.class_id, NO_HISTORY, at, changes)
    section.history = history.head_of(entry)
    return entry


def last_entry(section: ClassSection, at: str, by: Actor = SYSTEM, request_id: str | None = None) -> dict[str, Any]:
    """The entry that the history of a class ends with."""
    removed = Change(What.REMOVED, by, request_id=request_id)
    changes = [removed] if section.history != NO_HISTORY else [adoption(section), removed]
    return history.entry(section.class_id, section.history, at, changes)


def adoption(section: ClassSection) -> Change:
    counted = {
        "enrolled": section.current_enrollment,
        "waiting": section.current_waitlist,
        "newest_sequence": section.line_version,
    }
    return Change(What.ADOPTED, SYSTEM, details={**_terms(section), **counted})


def _terms(section: ClassSection) -> dict[str, int | str]:
    terms: dict[str, int | str] = {
        "course_code": section.course_code,
        "section_number": section.section_number,
        "instructor_id": section.instructor_id,
        "max_capacity": section.max_capacity,
        "waitlist_maximum": section.waitlist_maximum,
        "status": str(section.status),
    }
    if section.promotion is not Promotion.AUTOMATIC:
        terms |= {"promotion": str(section.promotion), "offer_window_s": section.offer_window_s}
    if section.rule.applies:
        terms["one_section"] = str(section.rule.one_section)
    return terms
