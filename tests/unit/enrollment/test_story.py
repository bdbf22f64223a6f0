"""A student's own story: what they did, and how the line ahead of them grew shorter, without a name of anybody else."""

from typing import Any

from enrollment.domain.history import NO_HISTORY, SYSTEM, Actor, Change, Head, Role, What, entry
from enrollment.domain.story import Moment, NamedClass, story

ME = 4
STUDENT, INSTRUCTOR = Actor(Role.STUDENT, ME), Actor(Role.INSTRUCTOR, 7)


def did(what: What, student: int | None = None, by: Actor = SYSTEM, **details: int | str) -> Change:
    return Change(what, by, student, details=details)


def joined(student: int, sequence: int, position: int) -> Change:
    return did(What.JOINED, student, sequence=sequence, position=position)


def history(*commits: list[Change]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    head = NO_HISTORY
    for minute, changes in enumerate(commits):
        entries.append(entry(2, head, f"2026-11-22T17:{minute:02}:00.000Z", changes))
        head = Head(entries[-1]["number"], entries[-1]["hash"])
    return entries


def told(*commits: list[Change]) -> list[tuple[int, str, str, int | None]]:
    return [(one.number, one.what, one.text, one.position) for one in story(history(*commits), ME)]


def test_a_story_of_waiting_counts_those_ahead_and_names_none() -> None:
    assert told(
        [did(What.ENROLLED, 1), joined(2, 101, 1), joined(3, 102, 2)],
        [joined(ME, 103, 3)],
        [did(What.DROPPED, 1), did(What.PROMOTED, 2, sequence=101)],
        [did(What.LEFT, 3, sequence=102)],
        [did(What.PROMOTED, ME, sequence=103)],
        [did(What.DROPPED, ME, STUDENT)],
    ) == [
        (2, "joined", "You joined the line as number 3", 3),
        (3, "moved_up", "1 ahead of you got a seat, now you are number 2", 2),
        (4, "moved_up", "1 ahead of you left, now you are number 1", 1),
        (5, "promoted", "A seat became free, and you got it", None),
        (6, "dropped", "You gave up your seat", None),
    ]


def test_what_one_commit_did_ahead_is_one_sentence() -> None:
    several = [
        did(What.PROMOTED, 1, sequence=101),
        did(What.PROMOTED, 2, sequence=102),
        did(What.LEFT, 3, sequence=103),
        did(What.LEFT, 9, sequence=104),
        did(What.DROPPED, 5, sequence=105),
    ]
    assert told([joined(ME, 110, 8)], several, [did(What.DROPPED, 6, sequence=106)])[1:] == [
        (
            2,
            "moved_up",
            "2 ahead of you got seats, 2 ahead of you left, 1 ahead of you was dropped, now you are number 3",
            3,
        ),
        (3, "moved_up", "1 ahead of you was dropped, now you are number 2", 2),
    ]


def test_two_who_were_dropped_ahead_were_dropped() -> None:
    both = [did(What.DROPPED, 1, sequence=101), did(What.DROPPED, 2, sequence=102)]
    assert told([joined(ME, 103, 3)], both)[1:] == [
        (2, "moved_up", "2 ahead of you were dropped, now you are number 1", 1)
    ]


def test_who_joined_behind_moves_nobody_up() -> None:
    assert told([joined(ME, 101, 1)], [joined(5, 102, 2)], [did(What.LEFT, 5, sequence=102)]) == [
        (1, "joined", "You joined the line as number 1", 1)
    ]


def test_those_ahead_are_counted_before_what_the_student_did_in_the_same_commit() -> None:
    together = [did(What.LEFT, 1, sequence=101), did(What.LEFT, ME, sequence=102)]
    assert told([joined(ME, 102, 2)], together)[1:] == [
        (2, "moved_up", "1 ahead of you left, now you are number 1", 1),
        (2, "left", "You left the line", None),
    ]


def test_what_happens_to_the_class_is_told_while_the_student_is_in_it() -> None:
    resized = did(What.RESIZED, max_capacity=30, waitlist_maximum=15)
    closed = did(What.STATUS, status="inactive")
    assert told(
        [resized],
        [did(What.ENROLLED, ME)],
        [closed, did(What.ENROLLED, 9)],
        [did(What.DROPPED, ME, STUDENT)],
        [resized],
    ) == [
        (2, "enrolled", "You got a seat", None),
        (3, "status", "The class is now inactive", None),
        (4, "dropped", "You gave up your seat", None),
    ]
    assert told([joined(ME, 101, 1)], [resized], [did(What.INSTRUCTOR, instructor_id=9)])[1:] == [
        (2, "resized", "The class now has 30 seats and 15 places in line", 1)
    ]


def test_who_dropped_the_student_is_said_by_role() -> None:
    assert told([did(What.DROPPED, ME, INSTRUCTOR)]) == [
        (1, "dropped", "The instructor took you out of the class", None)
    ]
    assert told([did(What.DROPPED, ME)]) == [(1, "dropped", "You were dropped: the class was removed", None)]
    registrar = Actor(Role.REGISTRAR, 12)
    removing = did(What.STATUS, None, registrar, status="removing")
    assert told([removing], [did(What.DROPPED, ME, registrar)])[-1][2] == "You were dropped: the class was removed"


def test_after_a_seat_what_the_old_line_does_moves_nobody() -> None:
    assert (
        told([joined(ME, 103, 2)], [did(What.PROMOTED, ME, sequence=103)], [did(What.LEFT, 1, sequence=101)])[-1][1]
        == "promoted"
    )


def test_a_moment_carries_time_and_hash_of_its_entry() -> None:
    entries = history([did(What.ENROLLED, 1)], [joined(ME, 101, 1)])
    assert story(entries, ME) == [
        Moment(2, "2026-11-22T17:01:00.000Z", "joined", "You joined the line as number 1", 1, entries[1]["hash"])
    ]


def test_other_classes_are_named_by_who_knows_them() -> None:
    entries = history(
        [did(What.JOINED, ME, sequence=101, position=1, swap_from=9)],
        [did(What.PROMOTED, ME, sequence=101, swap_from=9)],
        [did(What.SWAPPED, ME, to=8)],
    )
    names = {8: NamedClass(8, "MATH 150", "Calculus", 1), 9: NamedClass(9, "CPSC 335", "Algorithms", 2)}
    assert str(names[9]) == "CPSC 335 Algorithms, section 2"
    assert [(one.text, one.other_class) for one in story(entries, ME, named=names.__getitem__)] == [
        (f"You joined the line as number 1; with a seat here you will give up {names[9]}", names[9]),
        (f"A seat became free, and you got it, and gave up {names[9]}", names[9]),
        (f"You gave up your seat for one in {names[8]}", names[8]),
    ]
