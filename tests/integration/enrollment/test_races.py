"""Many at once, over three instances of the service. Afterwards the stores are asked, not the replies alone."""

import random
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest

from tests.support.caller import Caller
from tests.support.waiting import until
from tests.support.world import World


def at_once(deed: Callable[..., tuple[int, Any]], calls: Iterable[tuple[int, ...]], threads: int = 48) -> list[Any]:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda arguments: deed(*arguments), calls))


def test_400_students_rush_100_seats_and_200_places(world: World, three: Caller) -> None:
    class_id = world.add_class(capacity=100, places=200)
    replies = at_once(three.enroll, [(student, class_id) for student in range(1, 401)])
    said = Counter((status, body.get("message", "refused")) for status, body in replies)
    assert said == {
        (200, "Enrollment added successfully"): 100,
        (200, "Student added to waitlist"): 200,
        (409, "refused"): 100,
    }
    counts = [body["updated_current_enrollment"] for _, body in replies if "enrollment_item" in body]
    assert sorted(counts) == list(range(1, 101))
    seated = {student for student, (_, body) in enumerate(replies, 1) if "enrollment_item" in body}
    waiting = {student for student, (_, body) in enumerate(replies, 1) if "waitlist" in body.get("message", "")}
    assert set(world.seated(class_id)) == seated
    assert set(world.line(class_id)) == waiting
    world.check(class_id)


def test_one_student_asks_30_times_at_once(world: World, three: Caller) -> None:
    with_room, full = world.add_class(capacity=5, places=5), world.add_class(capacity=1, places=5)
    three.enroll(1, full)
    for class_id in (with_room, full):
        replies = at_once(three.enroll, [(2, class_id)] * 30)
        assert Counter(status for status, _ in replies) == {200: 1, 409: 29}
        world.check(class_id)


def test_100_drop_at_once_while_200_wait(world: World, three: Caller) -> None:
    class_id = world.add_class(capacity=100, places=200)
    for student in range(1, 101):
        assert three.enroll(student, class_id)[0] == 200
    at_once(three.enroll, [(student, class_id) for student in range(101, 301)])
    line = world.line(class_id)
    world.subscribe(class_id, line)
    world.notices()
    replies = at_once(three.drop, [(student, class_id) for student in range(1, 101)])
    assert [reply for reply in replies if reply[0] != 200 or reply[1]["new_student"] != "ENROLLED"] == []
    assert {body["updated_current_enrollment"] for _, body in replies} == {100}
    assert set(world.seated(class_id)) == set(line[:100]), "the first hundred in line got the seats"
    assert world.line(class_id) == line[100:]
    world.check(class_id)
    until(lambda: world.outbox_size() == 0, why="confirmed notices stayed in the outbox")
    told = world.notices()
    assert sorted(notice["student_id"] for notice in told) == sorted(line[:100]), "each told exactly once"
    assert len({notice["id"] for notice in told}) == 100


def test_the_instructors_drop_promotes_and_tells_like_a_students_own(world: World, three: Caller) -> None:
    class_id = world.add_class(capacity=1, places=3)
    for student in (1, 2, 3):
        three.enroll(student, class_id)
    world.subscribe(class_id, [1, 2, 3])
    world.notices()
    status, body = three.instructor_drop(1, class_id)
    assert (status, body["new_student"]) == (200, "ENROLLED")
    assert three.instructor_drop(2, class_id, instructor=6)[0] == 403
    assert [notice["message"] for notice in world.notices()] == [
        f"Student with id: 2 has been enrolled in Class {class_id}"
    ]
    world.check(class_id)


def test_raising_the_capacity_promotes_as_many_as_fit_in_order_and_tells_each(world: World, three: Caller) -> None:
    class_id = world.add_class(capacity=1, places=200)
    at_once(three.enroll, [(student, class_id) for student in range(1, 202)])
    seated, line = world.seated(class_id), world.line(class_id)
    world.subscribe(class_id, line)
    world.notices()
    status, body = three.resize(class_id, 151, 10)
    details = body["class_details"]
    assert status == (202 if details["promotions_due"] else 200)
    assert details["CurrentEnrollment"] + details["promotions_due"] == 151
    until(lambda: three.get(f"/class/{class_id}").json()["promotions_due"] == 0)
    assert set(world.seated(class_id)) == {*seated, *line[:150]}
    assert world.line(class_id) == line[150:], "lowering the places evicts nobody"
    until(lambda: world.outbox_size() == 0)
    assert sorted(notice["student_id"] for notice in world.notices()) == sorted(line[:150])
    assert three.resize(class_id, 150, 10)[0] == 409
    world.check(class_id)


def test_a_class_can_empty_and_the_line_still_moves(world: World, three: Caller) -> None:
    class_id = world.add_class(capacity=2, places=1)
    for student in (1, 2, 3):
        three.enroll(student, class_id)
    at_once(three.drop, [(1, class_id), (2, class_id)])
    assert world.seated(class_id) == [3]
    world.check(class_id)


@pytest.mark.parametrize("seed", [1, 2])
def test_churn_of_24_threads(world: World, three: Caller, seed: int) -> None:
    class_ids = [world.add_class(capacity=5, places=6), world.add_class(capacity=1, places=20)]

    def churn(thread: int) -> list[int]:
        dice = random.Random(seed * 1000 + thread)
        statuses = []
        for _ in range(40):
            deed = dice.choice([three.enroll, three.enroll, three.drop, three.leave])
            status, _ = deed(dice.randint(1, 30), dice.choice(class_ids))
            statuses.append(status)
        return statuses

    with ThreadPoolExecutor(24) as pool:
        statuses = Counter(status for some in pool.map(churn, range(24)) for status in some)
    assert set(statuses) <= {200, 404, 409}, statuses
    assert statuses[200] > 100
    for class_id in class_ids:
        world.check(class_id)


def test_who_came_first_is_promoted_first_through_any_instance(world: World, three: Caller) -> None:
    class_id = world.add_class(capacity=1, places=50)
    order = list(range(1, 32))
    random.Random(7).shuffle(order)
    for student in order:
        three.enroll(student, class_id)
    for seated, following in pairwise(order):
        assert three.position(following, class_id).json()["position"] == 1
        three.drop(seated, class_id)
        assert world.seated(class_id) == [following]


def test_a_removed_class_leaves_nobody_seated_or_waiting(world: World, three: Caller) -> None:
    class_id = world.add_class(capacity=120, places=120)
    at_once(three.enroll, [(student, class_id) for student in range(1, 221)])
    statuses = Counter(status for status, _ in at_once(three.remove, [(class_id,)] * 6))
    assert statuses[200] >= 1
    assert set(statuses) <= {200, 404}
    assert (world.seated(class_id), world.line(class_id)) == ([], [])
    assert three.enroll(500, class_id)[0] == 404
    assert three.position(150, class_id).status_code == 404
