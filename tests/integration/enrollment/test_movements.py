"""What happens on registration day, minute by minute, as the pictures show it: counted over all instances, in Redis."""

import uuid
from collections import Counter
from typing import Any

import pytest

from kit.stores.minute_counts import MinuteCounts
from kit.stores.redis_client import connect
from tests.support.caller import Caller
from tests.support.ports import free_port
from tests.support.waiting import until
from tests.support.world import World


def movements(calls: Caller) -> dict[str, Any]:
    reply = calls.get("/demand/minutes")
    assert reply.status_code == 200, reply.text
    told: dict[str, Any] = reply.json()
    return told


def happened(calls: Caller) -> Counter[str]:
    total: Counter[str] = Counter()
    for minute in movements(calls)["minutes"]:
        total.update({name: count for name, count in minute.items() if name != "minute"})
    return total


def test_what_three_instances_commit_is_counted_once_and_the_line_that_grew_is_named(
    world: World, three: Caller
) -> None:
    class_id = world.add_class(capacity=2, places=9)
    for student in range(1, 7):
        three.enroll(student, class_id)
    three.enroll(1, class_id)  # refused: no movement
    three.drop(1, class_id)  # and student 3 gets the seat
    three.leave(4, class_id)
    expected = {"enrolled": 2, "joined": 4, "promoted": 1, "dropped": 1, "left": 1}
    until(lambda: happened(three) == expected, lambda: f"{happened(three)}")
    until(lambda: growing(three) == [(class_id, 2, 2, 9)], lambda: f"{growing(three)}")


def growing(calls: Caller) -> list[tuple[int, int, int, int]]:
    calls.get("/demand")  # as the page does beside it: the list of classes learns of the others
    lines = movements(calls)["growing_lines"]
    return [(line["class_id"], line["growth"], line["waiting"], line["places"]) for line in lines]


@pytest.fixture
def name() -> str:
    return f"test-{uuid.uuid4().hex}"


def test_counts_of_several_are_added_and_the_highest_sums_come_first(world: World, name: str) -> None:
    client = connect(world.settings.redis_url)
    one, other = (MinuteCounts(client, name, 3) for _ in range(2))
    one.add({"7": 3, "8": 1, "9": -2})
    other.add({"7": -1, "8": 4})
    one.flush()
    other.flush()
    assert one.most(1) == [("8", 5)]
    assert other.most(5) == [("8", 5), ("7", 2)], "what shrank is not among the most"
    now, counts = one.series()
    assert sum((Counter(of) for of in counts.values()), Counter()) == Counter({"7": 2, "8": 5})
    assert set(counts) <= {now - 1, now}
    [*keys] = client.scan_iter(f"minutes:{{{name}}}:*")
    assert all(0 < client.ttl(key) <= 240 for key in keys), "minutes go by themselves"
    client.delete(*keys)


def test_what_redis_does_not_take_is_forgotten_and_nobody_waits_or_fails(name: str) -> None:
    counts = MinuteCounts(connect(f"redis://127.0.0.1:{free_port()}/0"), name, 3)
    counts.add({"enrolled": 1})
    counts.close()
    assert not counts._added, "nothing piles up"
