"""A history that was tampered with, or that breaks a rule, is found at its first wrong entry."""

import copy
from collections.abc import Callable
from string import ascii_lowercase
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from enrollment.audit.chain import Broken, checked
from enrollment.audit.replay import NotAllowed, Replayed
from enrollment.domain.history import Actor, Change, Head, Role, What, canonical, entry, hash_of, head_of

REGISTRAR = Actor(Role.REGISTRAR, 12)
NEW_CLASS = {
    "course_code": "CPSC 449",
    "section_number": 1,
    "instructor_id": 5,
    "max_capacity": 1,
    "waitlist_maximum": 2,
    "status": "active",
}


def change(what: What, student_id: int | None = None, **details: int | str) -> Change:
    by = REGISTRAR if student_id is None else Actor(Role.STUDENT, student_id)
    return Change(what, by, student_id, "request-1", details)


def history(*commits: list[Change], class_id: int = 2) -> list[dict[str, Any]]:
    head, entries = Head(), []
    for number, changes in enumerate(commits):
        entries.append(entry(class_id, head, f"2026-11-22T17:00:{number:02d}.000Z", changes))
        head = head_of(entries[-1])
    return entries


ADDED = [change(What.ADDED, **NEW_CLASS)]
GOOD = (
    ADDED,
    [change(What.ENROLLED, 1)],
    [change(What.JOINED, 4, sequence=1001, position=1)],
    [change(What.JOINED, 5, sequence=1002, position=2)],
    [change(What.DROPPED, 1), change(What.PROMOTED, 4, sequence=1001)],
    [change(What.LEFT, 5, sequence=1002)],
)


def replayed(entries: list[dict[str, Any]]) -> Replayed:
    state = Replayed()
    for one in entries:
        state.apply(one)
    return state


def test_a_good_history_is_whole_and_allowed() -> None:
    entries = history(*GOOD)
    assert list(checked(2, entries)) == entries
    state = replayed(entries)
    assert (state.seated, state.waiting, state.dropped) == ({4}, {}, {1, 5})


def edit(entries: list[dict[str, Any]]) -> None:
    entries[3]["changes"][0]["student_id"] = 6


def edit_and_hash_anew(entries: list[dict[str, Any]]) -> None:
    edit(entries)
    entries[3]["hash"] = hash_of(entries[3])


def remove(entries: list[dict[str, Any]]) -> None:
    del entries[3]


def reorder(entries: list[dict[str, Any]]) -> None:
    entries[2], entries[3] = entries[3], entries[2]


def insert(entries: list[dict[str, Any]]) -> None:
    forged = entry(2, head_of(entries[2]), "2026-11-22T17:00:02.500Z", [change(What.LEFT, 4, sequence=1001)])
    entries.insert(3, forged)


def borrow(entries: list[dict[str, Any]]) -> None:
    entries[3] = entry(7, head_of(entries[2]), entries[3]["at"], [change(What.ENROLLED, 9)])


@pytest.mark.parametrize(
    ("tamper", "first_wrong"),
    [(edit, 4), (edit_and_hash_anew, 5), (remove, 4), (reorder, 3), (insert, 5), (borrow, 4)],
)
def test_the_first_entry_that_does_not_fit_is_named(
    tamper: Callable[[list[dict[str, Any]]], None], first_wrong: int
) -> None:
    entries = copy.deepcopy(history(*GOOD))
    tamper(entries)
    with pytest.raises(Broken) as found:
        list(checked(2, entries))
    assert found.value.number == first_wrong


@pytest.mark.parametrize(
    ("commits", "why"),
    [
        ((ADDED, [change(What.ENROLLED, 1)], [change(What.ENROLLED, 2)]), "a seat that is not there"),
        ((ADDED, [change(What.ENROLLED, 1)], [change(What.ENROLLED, 1)]), "sits there already"),
        ((*GOOD[:4], [change(What.DROPPED, 1)], [change(What.ENROLLED, 9)]), "past those who wait"),
        ((*GOOD[:4], [change(What.DROPPED, 1), change(What.PROMOTED, 5, sequence=1002)]), "given a seat past the line"),
        ((*GOOD[:4], [change(What.PROMOTED, 4, sequence=1001)]), "given a seat that is not there"),
        ((*GOOD[:4], [change(What.JOINED, 6, sequence=1003, position=3)]), "joins a line that is full"),
        ((*GOOD[:3], [change(What.JOINED, 5, sequence=1000, position=2)]), "ahead of somebody"),
        ((*GOOD[:3], [change(What.JOINED, 5, sequence=1002, position=1)]), "a wrong position"),
        ((ADDED, [change(What.JOINED, 5, sequence=1002, position=1)]), "beside a free seat"),
        ((ADDED, [change(What.LEFT, 5, sequence=1002)]), "is not in it"),
        ((ADDED, [change(What.DROPPED, 5)]), "does not sit there"),
        ((*GOOD[:2], [change(What.RESIZED, max_capacity=0, waitlist_maximum=2)]), "shrinks below"),
        ((ADDED, [change(What.STATUS, status="inactive")], [change(What.ENROLLED, 1)]), "that is inactive"),
        ((ADDED, [change(What.REMOVED)]), "nobody began to remove"),
        ((*GOOD[:2], [change(What.STATUS, status="removing")], [change(What.REMOVED)]), "with students in it"),
        (
            (ADDED, [change(What.STATUS, status="removing")], [change(What.REMOVED)], [change(What.ENROLLED, 1)]),
            "after it was removed",
        ),
    ],
)
def test_a_change_that_the_rules_do_not_allow_is_found(commits: tuple[list[Change], ...], why: str) -> None:
    entries = history(*commits)
    replayed(entries[:-1])
    with pytest.raises(NotAllowed, match=why):
        replayed(entries)


def test_students_from_before_the_history_are_strangers_until_a_change_names_them() -> None:
    adopted = change(What.ADOPTED, **NEW_CLASS, enrolled=1, waiting=1, newest_sequence=1001)
    state = replayed(history([adopted], [change(What.DROPPED, 1), change(What.PROMOTED, 4, sequence=1001)]))
    assert (state.seated, state.enrolled, state.in_line) == ({4}, 1, 0)
    with pytest.raises(NotAllowed, match="does not sit there"):
        replayed(history([adopted], [change(What.DROPPED, 1)], [change(What.DROPPED, 2)]))


@given(st.dictionaries(st.text(f"{ascii_lowercase}_", min_size=1, max_size=9), st.text() | st.integers(0, 2**53 - 1)))
def test_an_entry_is_hashed_and_stored_as_rfc_8785_has_it_whatever_its_details_are(
    details: dict[str, int | str],
) -> None:
    by_nobody = {"name": 'é\u2028\x7f\x1f\\"/', "id": None}
    body = {"class_id": 2, "number": 7, "changes": [details, by_nobody]}
    assert canonical(body).encode() == rfc8785.dumps(body)
