"""One class held to its history: the chain, the rules, and what is stored."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any, Protocol

from enrollment.audit.chain import Broken, checked
from enrollment.audit.courses import Courses
from enrollment.audit.replay import NotAllowed, Replayed
from enrollment.audit.swaps import Swaps


@dataclass(frozen=True)
class Stored:
    """Where a class's history ends, and what is stored of the class, named as in its `facts` (None: it was removed)."""

    number: int
    hash: str
    facts: Mapping[str, object] | None


@dataclass(frozen=True)
class StoredRecord:
    """`state` is ENROLLED, WAITLISTED or DROPPED; `sequence` orders the line; outside it all the others are 0."""

    student_id: int
    state: str
    sequence: int = 0
    paused: bool = False
    offered_until_s: int = 0
    swap_from: int = 0
    skipped_for: int = 0

    def __str__(self) -> str:
        held = {"offered until": self.offered_until_s, "giving up": self.swap_from, "skipped for": self.skipped_for}
        said = [f"{name} {value}" for name, value in held.items() if value]
        return " ".join(
            [self.state, *([str(self.sequence)] if self.sequence else []), *["paused"] * self.paused, *said]
        )


class Source(Protocol):
    """The auditor's source. Each reading is strongly consistent, but two of them are two moments."""

    def stored(self, class_id: int) -> Stored | None: ...
    def entries(self, class_id: int, first: int = 1) -> Iterator[dict[str, Any]]: ...
    def records(self, class_id: int) -> Iterable[StoredRecord]: ...


def audit(source: Source, class_id: int, courses: Courses | None = None, swaps: Swaps | None = None) -> str | None:
    """The first thing that does not fit, in words; None if everything does. Works while the class is in use.

    `courses` gets to know who sits in the class, if its course has a rule, and `swaps` what it tells of swaps.
    """
    stored = source.stored(class_id)
    if stored is None:
        return "there is no such class, and no history of one"
    try:
        replayed = _replayed(source, class_id, stored)
        records = list(source.records(class_id))
        # Commits since `stored` was read, which may be in the records already, are in here.
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
    if swaps:
        swaps.add(class_id, replayed)
    moved = {change["student_id"] for entry in later for change in entry["changes"]}
    return _against_facts(replayed, stored) or _against_records(replayed, records, moved)


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
    if replayed.removed != (stored.facts is None):
        raise Broken(last.number, "does not say whether the class was removed as it is stored")
    return replayed


def _against_facts(replayed: Replayed, stored: Stored) -> str | None:
    if stored.facts is None:
        return None
    for name, told in replayed.facts.items():
        if stored.facts[name] != told:
            return f"stored is {name} {stored.facts[name]}, and the history tells of {told}"
    return None


def _against_records(replayed: Replayed, records: list[StoredRecord], moved: set[int | None]) -> str | None:
    stored = {record.student_id: record for record in records}
    known = dict.fromkeys(replayed.seated, ("ENROLLED", 0))
    known |= {student: ("WAITLISTED", sequence) for student, sequence in replayed.waiting.items()}
    known |= dict.fromkeys(replayed.dropped, ("DROPPED", 0))
    strangers = {student: (one.state, one.sequence) for student, one in stored.items() if student not in known}
    for student, (state, sequence) in sorted((known | strangers).items()):
        found, told = stored.get(student), _told(replayed, student, state, sequence)
        if student not in moved and found != told:
            return f"student {student} is stored as {found or 'no record'}, and the history tells of {told}"
    return _strangers(replayed, [stored[s] for s in strangers if s not in moved]) or _out_of_order(records)


def _out_of_order(records: list[StoredRecord]) -> str | None:
    """By the keys that they are kept in order by; those who come meanwhile are the last."""
    line = [record for record in records if record.state == "WAITLISTED"]
    for ahead, behind in pairwise(line):
        if ahead.sequence > behind.sequence:
            return f"student {ahead.student_id} is kept ahead of student {behind.student_id}, who came earlier"
    return None


def _told(replayed: Replayed, student: int, state: str, sequence: int) -> StoredRecord:
    held = (found.get(student, 0) for found in (replayed.offers, replayed.swaps, replayed.skipped))
    return StoredRecord(student, state, sequence, student in replayed.paused, *held)


def _strangers(replayed: Replayed, records: list[StoredRecord]) -> str | None:
    """Those from before the history, whom it only counts."""
    for state, most in (("ENROLLED", replayed.seated_strangers), ("WAITLISTED", replayed.waiting_strangers)):
        found = [record.student_id for record in records if record.state == state]
        if len(found) > most:
            return f"student {found[0]} is stored as {state}, and the history does not tell how"
    return None
