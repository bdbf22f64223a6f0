"""One class held to its history: the chain, the rules, and what is stored."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from enrollment.audit.chain import Broken, checked
from enrollment.audit.courses import Courses
from enrollment.audit.replay import NotAllowed, Replayed


@dataclass(frozen=True)
class Stored:
    """Where a class's history ends, and what the class item says: enrolled, waiting, seats (None: it was removed)."""

    number: int
    hash: str
    counts: tuple[int, int, int] | None


@dataclass(frozen=True)
class StoredRecord:
    """`state` is ENROLLED, WAITLISTED or DROPPED; `sequence` orders the line, and is 0 outside it."""

    student_id: int
    state: str
    sequence: int


class Source(Protocol):
    """What the auditor reads. Each reading is strongly consistent, but two of them are two moments."""

    def stored(self, class_id: int) -> Stored | None: ...
    def entries(self, class_id: int, first: int = 1) -> Iterator[dict[str, Any]]: ...
    def records(self, class_id: int) -> Iterable[StoredRecord]: ...


def audit(source: Source, class_id: int, courses: Courses | None = None) -> str | None:
    """The first thing that does not fit, in words; None if everything does. Works while the class is in use.

    `courses` gets to know who sits in the class, if its course has a rule.
    """
    stored = source.stored(class_id)
    if stored is None:
        return "there is no such class, and no history of one"
    try:
        replayed = _replayed(source, class_id, stored)
        records = list(source.records(class_id))
        # Whatever was committed since `stored` was read, and may be in the records already, is in here.
        later = list(source.entries(class_id, stored.number + 1))
        known = source.stored(class_id) or stored
        if later and later[-1]["number"] > known.number:
            raise Broken(later[-1]["number"], "is one that the class knows nothing of")
    except Broken as found:
        return str(found)
    if stored.number == 0:
        return None  # older than its history, and not changed since: it has no history to contradict it
    if courses:
        courses.add(class_id, replayed)
    moved = {change["student_id"] for entry in later for change in entry["changes"]}
    return _against_counts(replayed, stored) or _against_records(replayed, records, moved)


def _replayed(source: Source, class_id: int, stored: Stored) -> Replayed:
    replayed, last = Replayed(), Stored(0, "0" * 64, None)
    for entry in checked(class_id, islice(source.entries(class_id), stored.number)):
        try:
            replayed.apply(entry)
        except NotAllowed as found:
            raise Broken(entry["number"], str(found)) from None
        last = Stored(entry["number"], entry["hash"], None)
    if last.number < stored.number:
        raise Broken(last.number + 1, f"is missing: the history is said to have {stored.number} entries")
    if last.hash != stored.hash:
        raise Broken(last.number, "is not the one that is said to be the latest")
    if replayed.removed != (stored.counts is None):
        raise Broken(last.number, "does not say whether the class was removed as it is stored")
    return replayed


def _against_counts(replayed: Replayed, stored: Stored) -> str | None:
    told = (replayed.enrolled, replayed.in_line, replayed.capacity)
    if stored.counts is None or stored.counts == told:
        return None
    return f"stored are (enrolled, waiting, seats) {stored.counts}, and the history tells of {told}"


def _against_records(replayed: Replayed, records: list[StoredRecord], moved: set[int | None]) -> str | None:
    stored = {record.student_id: record for record in records}
    known = dict.fromkeys(replayed.seated, ("ENROLLED", 0))
    known |= {student: ("WAITLISTED", sequence) for student, sequence in replayed.waiting.items()}
    known |= dict.fromkeys(replayed.dropped, ("DROPPED", 0))
    for student, (state, sequence) in sorted(known.items()):
        record = stored.pop(student, None)
        if student not in moved and (record is None or (record.state, record.sequence) != (state, sequence)):
            found = f"{record.state} {record.sequence or ''}".strip() if record else "no record"
            return f"student {student} is stored as {found}, and the history tells of {state} {sequence or ''}".strip()
    return _strangers(replayed, [record for student, record in stored.items() if student not in moved])


def _strangers(replayed: Replayed, records: list[StoredRecord]) -> str | None:
    """Those from before the history, whom it only counts."""
    for state, most in (("ENROLLED", replayed.seated_strangers), ("WAITLISTED", replayed.waiting_strangers)):
        found = [record.student_id for record in records if record.state == state]
        if len(found) > most:
            return f"student {found[0]} is stored as {state}, and the history does not tell how"
    return None
