"""What is stored of a class and of those in it is held against the history, and both classes of each swap."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from enrollment.audit.auditor import Stored, StoredRecord, audit
from enrollment.audit.replay import Replayed
from enrollment.audit.swaps import Swaps
from enrollment.domain.history import Actor, Change, Head, Role, What, entry, head_of

UNTIL_S = 1_800_000_000
REGISTRAR = Actor(Role.REGISTRAR, 12)
TERMS: dict[str, int | str] = {
    "course_code": "CPSC 449",
    "section_number": 1,
    "instructor_id": 5,
    "max_capacity": 2,
    "waitlist_maximum": 9,
    "status": "active",
}
Commits = list[list[Change]]


def did(what: What, student: int | None = None, **details: int | str) -> Change:
    by = REGISTRAR if student is None else Actor(Role.STUDENT, student)
    return Change(what, by, student, "request-1", details)


def joined(student: int, position: int, **details: int | str) -> Change:
    return did(What.JOINED, student, sequence=1000 + position, position=position, **details)


@dataclass
class Tables:
    """The auditor's source: histories of some classes, and what is stored of class 2."""

    commits: dict[int, Commits]
    facts: dict[str, object]
    stored_records: dict[int, StoredRecord]

    def entries(self, class_id: int, first: int = 1) -> Iterator[dict[str, Any]]:
        head = Head()
        for number, changes in enumerate(self.commits.get(class_id, []), start=1):
            one = entry(class_id, head, f"2026-11-22T17:00:{number:02d}.000Z", changes)
            head = head_of(one)
            if number >= first:
                yield one

    def stored(self, class_id: int) -> Stored:
        *_, last = self.entries(class_id)
        return Stored(last["number"], last["hash"], self.facts)

    def records(self, _: int) -> list[StoredRecord]:
        return list(self.stored_records.values())


@pytest.fixture
def tables() -> Tables:
    """Class 2: 1 sits, a seat is offered to 2; 3 pauses, 4 waits with a swap, 5 is passed over by the rule."""
    commits = [
        [did(What.ADDED, **TERMS)],
        [did(What.RETITLED, class_name="Web", department="CS")],
        [did(What.INSTRUCTOR, instructor_id=6)],
        [did(What.ONE_SECTION, one_section="starting")],
        [did(What.POLICY, promotion="offer", offer_window_s=3600)],
        [did(What.ENROLLED, 1), did(What.ENROLLED, 9)],
        [joined(2, 1), joined(3, 2), joined(5, 3), joined(4, 4, swap_from=7)],
        [did(What.PAUSED, 3)],
        [did(What.DROPPED, 9), did(What.OFFERED, 2, until_s=UNTIL_S)],
        [did(What.RESIZED, max_capacity=3, waitlist_maximum=8), did(What.SKIPPED, 5, sequence=1003, held=8)],
        [did(What.RESIZED, max_capacity=2, waitlist_maximum=8)],
    ]
    facts: dict[str, object] = {
        "enrolled": 1,
        "waiting": 4,
        "seats": 2,
        "places in line": 8,
        "instructor": 6,
        "status": "active",
        "paused": 2,
        "skipped": 1,
        "open offers": 1,
        "waiting swaps": 1,
        "promotion": "offer",
        "offer window": 3600,
        "one section": "starting",
        "course code": "CPSC 449",
        "section number": 1,
        "title": "Web",
        "department": "CS",
    }
    records = [
        StoredRecord(1, "ENROLLED"),
        StoredRecord(9, "DROPPED"),
        StoredRecord(2, "WAITLISTED", 1001, offered_until_s=UNTIL_S),
        StoredRecord(3, "WAITLISTED", 1002, paused=True),
        StoredRecord(5, "WAITLISTED", 1003, paused=True, skipped_for=8),
        StoredRecord(4, "WAITLISTED", 1004, swap_from=7),
    ]
    return Tables({2: commits}, facts, {record.student_id: record for record in records})


def test_what_is_stored_as_the_history_tells_fits(tables: Tables) -> None:
    assert audit(tables, 2) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("enrolled", 2),
        ("waiting", 3),
        ("seats", 3),
        ("places in line", 9),
        ("instructor", 5),
        ("status", "inactive"),
        ("paused", 0),
        ("skipped", 0),
        ("open offers", 0),
        ("waiting swaps", 0),
        ("promotion", "automatic"),
        ("offer window", 60),
        ("one section", "off"),
        ("course code", "CPSC 450"),
        ("section number", 2),
        ("title", "Wob"),
        ("department", "Arts"),
    ],
)
def test_each_fact_of_a_class_that_was_tampered_with_is_named(tables: Tables, name: str, value: object) -> None:
    tables.facts[name] = value
    assert (audit(tables, 2) or "").startswith(f"stored is {name} {value}, and the history tells of ")


@pytest.mark.parametrize(
    ("student", "tampered"),
    [
        (1, {"state": "DROPPED"}),
        (3, {"paused": False}),
        (4, {"paused": True}),
        (2, {"offered_until_s": UNTIL_S + 3600}),
        (2, {"offered_until_s": 0}),
        (3, {"offered_until_s": UNTIL_S}),
        (4, {"swap_from": 6}),
        (4, {"swap_from": 0}),
        (3, {"swap_from": 7}),
        (5, {"skipped_for": 0}),
        (5, {"skipped_for": 7}),
        (4, {"sequence": 1002}),
    ],
)
def test_each_field_of_a_record_that_was_tampered_with_is_named(
    tables: Tables, student: int, tampered: dict[str, Any]
) -> None:
    tables.stored_records[student] = wrong = replace(tables.stored_records[student], **tampered)
    assert (audit(tables, 2) or "").startswith(f"student {student} is stored as {wrong}, and the history tells of ")


def test_of_a_stranger_it_is_known_what_began_after_the_history(tables: Tables) -> None:
    adopted = did(What.ADOPTED, **TERMS, enrolled=0, waiting=1, newest_sequence=1001)
    tables.commits[2] = [[adopted, did(What.PAUSED, 4)]]
    tables.facts |= {"enrolled": 0, "waiting": 1, "places in line": 9, "instructor": 5, "paused": 1, "skipped": 0}
    tables.facts |= {"open offers": 0, "waiting swaps": 0, "promotion": "automatic", "offer window": 0}
    tables.facts["one section"] = "off"
    stranger = StoredRecord(4, "WAITLISTED", 1001, paused=True)
    tables.stored_records = {4: stranger}
    assert audit(tables, 2) is None
    for tampered in ({"paused": False}, {"swap_from": 7}, {"offered_until_s": UNTIL_S}):
        tables.stored_records = {4: replace(stranger, **tampered)}  # type: ignore[arg-type]
        assert (audit(tables, 2) or "").startswith("student 4 is stored as WAITLISTED 1001")


# --- swaps: both classes tell of them, at the same moment

GIVES_UP = [[did(What.ADDED, **TERMS)], [did(What.ENROLLED, 1)], [did(What.SWAPPED, 1, to=3)]]
GETS = [[did(What.ADDED, **TERMS)], [did(What.ENROLLED, 8)], [did(What.ENROLLED, 1, swap_from=2)]]


def unpaired(commits: dict[int, Commits], asked: list[int]) -> list[str]:
    tables, swaps = Tables(commits, {}, {}), Swaps()
    for class_id in asked:
        replayed = Replayed()
        for one in tables.entries(class_id):
            replayed.apply(one)
        swaps.add(class_id, replayed)
    return list(swaps.wrong(tables.entries))


@pytest.mark.parametrize("asked", [[2, 3], [3, 2], [2], [3]])
def test_a_swap_of_which_both_classes_tell_fits_also_when_one_of_them_is_asked(asked: list[int]) -> None:
    assert unpaired({2: GIVES_UP, 3: GETS}, asked) == []


@pytest.mark.parametrize(
    ("commits", "found"),
    [
        ({2: GIVES_UP}, "class 2: entry 3: student 1 gives up a seat for one in class 3"),
        ({2: GIVES_UP, 3: GETS[:2]}, "class 2: entry 3: student 1 gives up a seat for one in class 3"),
        ({2: GIVES_UP[:2], 3: GETS}, "class 3: entry 3: student 1 gets a seat for one in class 2"),
        (
            {2: GIVES_UP, 3: [*GETS[:2], [], *GETS[2:]]},
            "class 2: entry 3: student 1 gives up a seat for one in class 3",
        ),
    ],
)
def test_half_a_swap_is_found(commits: dict[int, Commits], found: str) -> None:
    assert unpaired(commits, list(commits))[0] == f"{found}, whose history does not tell of it"


def test_a_seat_may_be_given_up_only_for_the_one_that_was_asked_for(tables: Tables) -> None:
    tables.commits[2] += [
        [did(What.RESUMED, 3)],
        [did(What.POLICY, promotion="automatic", offer_window_s=0)],
        [did(What.RESIZED, max_capacity=4, waitlist_maximum=8)],
        [did(What.PROMOTED, 3, sequence=1002, swap_from=7)],
    ]
    assert audit(tables, 2) == "entry 15: student 3 gives up a seat in class 7, and has not asked for that"
