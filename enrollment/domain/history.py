"""The history of a class: one entry for each commit, each holding the hash of the one before it.

An entry says what a commit changed. It is written in the same transaction as the change, so there is no change without
an entry and no entry without its change. Its hash covers the previous hash, so whoever knows a later hash (it is shown
with the class and carried by every event) can tell that nothing before it was edited, removed, inserted or moved.

An entry as JSON, which is also what is hashed (without `hash`, in the canonical form of RFC 8785):

    {"class_id": 2, "number": 7, "at": "2026-11-22T17:00:02.123Z", "previous": "<64 hex digits>", "hash": "<likewise>",
     "changes": [{"what": "dropped", "student_id": 2, "by": {"role": "student", "id": 2}, "request_id": "…"},
                 {"what": "promoted", "student_id": 4, "by": {"role": "system", "id": null}, "request_id": "…",
                  "sequence": 1795366801001}]}

`number` counts from 1 without a gap. The first entry's `previous` is 64 zeros. `sequence` is the sequence number that
orders the line; the changes that take somebody in or out of the line carry it, so the order can be told from the
history alone.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

NO_HASH = "0" * 64

# A tenth of the time of the package rfc8785, which the audit checks it with: names in ASCII, whole numbers below 2**53.
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


class What(StrEnum):
    """Kinds of change. The comment names the details that come with it."""

    ADDED = "added"  # the class: course_code, section_number, instructor_id, max_capacity, waitlist_maximum, status
    ADOPTED = "adopted"  # a class older than its history: as ADDED, and enrolled, waiting, newest_sequence
    ENROLLED = "enrolled"  # swap_from, if a seat in that class was given up for it
    JOINED = "joined"  # sequence, position; swap_from, if a seat in that class is to be given up on promotion
    SWAP_ASKED = "swap_asked"  # by who waits already: swap_from
    PROMOTED = "promoted"  # sequence; swap_from, if a seat in that class was given up for it
    SWAPPED = "swapped"  # a seat is given up for one in another class: to
    LEFT = "left"  # sequence
    PAUSED = "paused"
    RESUMED = "resumed"  # held, if it was no pause of their own: as SKIPPED
    OFFERED = "offered"  # until_s (Unix seconds)
    ACCEPTED = "accepted"  # an offer: sequence; swap_from, as PROMOTED
    DECLINED = "declined"  # an offer, and the place with it: sequence
    EXPIRED = "expired"  # likewise: sequence
    POLICY = "policy"  # promotion, offer_window_s
    ONE_SECTION = "one_section"  # the course's rule: one_section (domain.course_rule)
    SKIPPED = "skipped"  # passed over, with a seat in another section of the course: sequence, held (that class)
    DROPPED = "dropped"  # sequence, if the student was waiting when the class was taken away
    RESIZED = "resized"  # max_capacity, waitlist_maximum
    STATUS = "status"  # status
    RETITLED = "retitled"  # class_name, department
    INSTRUCTOR = "instructor"  # instructor_id
    REMOVED = "removed"


class Role(StrEnum):
    STUDENT = "student"
    INSTRUCTOR = "instructor"
    REGISTRAR = "registrar"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """By whom something was done. The id is None for the system, and where nobody said who the registrar is."""

    role: Role
    id: int | None = None


SYSTEM = Actor(Role.SYSTEM)


@dataclass(frozen=True)
class Change:
    what: What
    by: Actor
    student_id: int | None = None
    request_id: str | None = None
    details: Mapping[str, int | str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "what": str(self.what),
            "student_id": self.student_id,
            "by": {"role": str(self.by.role), "id": self.by.id},
            "request_id": self.request_id,
            **self.details,
        }


@dataclass(frozen=True)
class Head:
    """Where a class's history stands: the number and the hash of its latest entry."""

    number: int = 0
    hash: str = NO_HASH


NO_HISTORY = Head()


def entry(class_id: int, head: Head, at: str, changes: Iterable[Change]) -> dict[str, Any]:
    """The entry that comes after `head`, with its hash. `at` is RFC 3339 in UTC."""
    body: dict[str, Any] = {
        "class_id": class_id,
        "number": head.number + 1,
        "at": at,
        "previous": head.hash,
        "changes": [change.as_json() for change in changes],
    }
    return {**body, "hash": hash_of(body)}


def hash_of(entry: Mapping[str, Any]) -> str:
    """SHA-256 over the entry's canonical JSON (RFC 8785), its own hash left out; as 64 hex digits."""
    body = {name: value for name, value in entry.items() if name != "hash"}
    return hashlib.sha256(canonical(body).encode()).hexdigest()


def canonical(entry: Mapping[str, Any]) -> str:
    """The entry's canonical JSON (RFC 8785), as long as it holds nothing but text, whole numbers, lists and objects."""
    return _CANONICAL.encode(dict(entry))


def head_of(entry: Mapping[str, Any]) -> Head:
    return Head(entry["number"], entry["hash"])
