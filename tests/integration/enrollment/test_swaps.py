"""Swaps through the service: both or nothing, raced over three instances, and killed at every step."""

import random
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.caller import Caller
from tests.support.waiting import until
from tests.support.world import Process, World

LATE = ["commit.committed", "commit.shown"]

pytestmark = pytest.mark.usefixtures("reconciler")


def full_classes(world: World, calls: Caller, count: int) -> list[int]:
    """Classes with one seat each, taken by students 1, 2, …"""
    classes = [world.add_class(capacity=1, places=20) for _ in range(count)]
    for student, class_id in enumerate(classes, 1):
        assert calls.enroll(student, class_id)[0] == 200
    return classes


def test_a_free_seat_is_swapped_for_and_the_old_one_goes_to_its_line(world: World, calls: Caller) -> None:
    (old,) = full_classes(world, calls, 1)
    new = world.add_class(capacity=1, places=1)
    calls.enroll(9, old)
    world.subscribe(old, [9])
    world.notices()
    assert calls.swap(1, old, new) == (
        200,
        {"message": "Classes swapped successfully", "swapped": True, "new_student": "ENROLLED"},
    )
    assert (world.seated(old), world.seated(new)) == ([9], [1])
    assert [notice["student_id"] for notice in world.notices()] == [9]
    assert calls.story(1, old)[-1][0] == f"You gave up your seat for one in TEST {new} A class, section 1"
    assert calls.story(1, new)[-1][0] == f"You got a seat, and gave up TEST {old} A class, section 1"
    world.check(old)
    world.check(new)


def test_in_a_full_class_the_old_seat_is_kept_until_the_new_one_is_got(world: World, calls: Caller) -> None:
    old, new = full_classes(world, calls, 2)
    calls.enroll(9, old)
    assert calls.swap(1, old, new) == (
        200,
        {"message": "Student added to waitlist", "swapped": False, "swap_from": old},
    )
    held = {row["ClassID"]: row for row in calls.enrollments(1)[1]["Enrollments"]}
    assert (held[old]["EnrollmentState"], held[new]["EnrollmentState"], held[new]["swap_from"]) == (
        "ENROLLED",
        "WAITLISTED",
        old,
    )
    assert calls.position(1, new).json()["position"] == 1
    assert calls.drop(2, new)[1]["new_student"] == "ENROLLED"
    assert (world.seated(old), world.seated(new), world.line(old)) == ([9], [1], [])
    world.check(old)
    world.check(new)


@pytest.mark.parametrize("length", [2, 4])
def test_a_circle_turns_when_it_closes(world: World, three: Caller, length: int) -> None:
    classes = full_classes(world, three, length)
    for student in range(1, length + 1):
        status, body = three.swap(student, classes[student - 1], classes[student % length])
        assert (status, body["swapped"]) == (200, False)
    until(lambda: [world.seated(c) for c in classes] == [[length], *([i] for i in range(1, length))])
    for class_id in classes:
        world.check(class_id)


@pytest.mark.parametrize(
    ("student", "old", "new", "status"),
    [(7, 0, 1, 404), (1, 1, 0, 404), (1, 0, 0, 409), (1, 0, 2, 409), (2, 1, 3, 404), (1, 0, 4, 409)],
)
def test_a_refused_swap_changes_nothing(
    world: World, calls: Caller, student: int, old: int, new: int, status: int
) -> None:
    classes = [*full_classes(world, calls, 2), world.add_class(1, 1), 77, world.add_class(1, 0)]
    calls.set_state(classes[2], "inactive")
    calls.enroll(9, classes[4])
    refused, body = calls.swap(student, classes[old], classes[new])
    assert refused == status
    assert "detail" in body
    assert [world.seated(c) for c in classes[:2]] == [[1], [2]]
    assert [world.line(c) for c in (*classes[:3], classes[4])] == [[], [], [], []]


def test_40_students_swap_drop_and_enroll_among_five_classes_at_once(world: World, three: Caller) -> None:
    classes = [world.add_class(capacity=4, places=40) for _ in range(5)]
    dice = random.Random(14)

    def live(student: int) -> list[int]:
        """A student's afternoon; returns the statuses."""
        said = [three.enroll(student, classes[student % 5])[0]]
        for _ in range(6):
            old, new = dice.sample(classes, 2)
            deed = dice.choice([three.swap, three.swap, three.drop, three.enroll, three.leave])
            said.append((deed(student, old, new) if deed == three.swap else deed(student, new))[0])
        return said

    with ThreadPoolExecutor(20) as pool:
        statuses = [status for said in pool.map(live, range(1, 41)) for status in said]
    assert set(statuses) <= {200, 404, 409, 503}
    settled = [class_id for class_id in classes if world.deps.rosters.require_section(class_id)]
    until(lambda: not any(world.deps.rosters.require_section(c).has_vacancy_for_waitlist for c in settled))
    for class_id in classes:
        world.check(class_id)
        assert len(world.seated(class_id)) == 4


@pytest.mark.parametrize("doomed", ["commit.loaded", "commit.marked"], indirect=True)
def test_killed_before_the_commit_nothing_has_moved(
    world: World, calls: Caller, doomed: tuple[Process, Caller]
) -> None:
    (old,), new = full_classes(world, calls, 1), world.add_class(capacity=1, places=1)
    with pytest.raises(httpx.TransportError):
        doomed[1].swap(1, old, new)
    assert doomed[0].died() == -9
    assert (world.seated(old), world.seated(new)) == ([1], [])
    assert calls.swap(1, old, new)[0] == 200
    world.check(old)
    world.check(new)


@pytest.mark.parametrize("doomed", LATE, indirect=True)
def test_killed_after_the_commit_both_have_moved(world: World, calls: Caller, doomed: tuple[Process, Caller]) -> None:
    (old,), new = full_classes(world, calls, 1), world.add_class(capacity=1, places=1)
    calls.enroll(9, old)
    with pytest.raises(httpx.TransportError):
        doomed[1].swap(1, old, new)
    assert doomed[0].died() == -9
    assert (world.seated(old), world.seated(new), world.line(old)) == ([9], [1], [])
    until(lambda: world.shown_line(old) == [], why="Redis did not show the line")
    world.check(old)
    world.check(new)


@pytest.mark.parametrize("doomed", ["swap.circle"], indirect=True)
def test_a_circle_whose_turn_was_cut_short_is_turned_by_the_reconciler(
    world: World, calls: Caller, doomed: tuple[Process, Caller]
) -> None:
    first, second = full_classes(world, calls, 2)
    calls.swap(1, first, second)
    with pytest.raises(httpx.TransportError):
        doomed[1].swap(2, second, first)
    assert doomed[0].died() == -9
    until(lambda: (world.seated(first), world.seated(second)) == ([2], [1]), why="the circle was not turned")
    until(lambda: world.shown_line(first) == world.shown_line(second) == [], why="Redis did not show the lines")
    world.check(first)
    world.check(second)


@pytest.mark.parametrize("doomed", LATE, indirect=True)
def test_a_chain_cut_short_is_carried_on_by_the_reconciler(
    world: World, calls: Caller, doomed: tuple[Process, Caller]
) -> None:
    """3 wants 2's seat, 2 wants 1's, 1 drops: one transaction for each class but the last."""
    one, two, three_ = full_classes(world, calls, 3)
    calls.swap(2, two, one)
    calls.swap(3, three_, two)
    with pytest.raises(httpx.TransportError):
        doomed[1].drop(1, one)
    assert doomed[0].died() == -9
    until(lambda: [world.seated(c) for c in (one, two, three_)] == [[2], [3], []], why="the chain was not carried on")
    until(lambda: [world.shown_line(c) for c in (one, two, three_)] == [[], [], []], why="Redis did not show the lines")
    for class_id in (one, two, three_):
        world.check(class_id)
