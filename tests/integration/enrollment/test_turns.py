"""Instances that want the same class take turns at it, by a hint in Redis: raced, killed with the turn, and emptied."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import httpx
import pytest

from enrollment.adapters.turn_queue import TurnQueue
from enrollment.adapters.waitlist_cache import Keys
from enrollment.service.ports import Place
from tests.support.caller import Caller
from tests.support.waiting import until
from tests.support.world import Process, World

STUDENTS = range(1, 241)


def standing(world: World, class_id: int) -> list[str]:
    found: list[str] = world.redis.lrange(Keys(class_id).of_turn[0], 0, -1)  # type: ignore[assignment]
    return found


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(24) as pool:
        yield pool


def test_the_first_has_the_turn_and_leaving_gives_it_to_the_next(world: World) -> None:
    queue, class_id = TurnQueue(world.redis), world.add_class(capacity=1, places=1)
    section = world.deps.rosters.require_section(class_id)
    stood = [queue.stand(class_id, token) for token in ("a", "b", "b", "c")]
    assert stood == [Place("a", 0), Place("a", 1), Place("a", 1), Place("a", 2)]
    assert standing(world, class_id) == ["a", "b", "c"]
    assert queue.leave(class_id, "b", section) == 2
    assert queue.stand(class_id, "c", stuck="b") == Place("a", 1), "only the first can be stuck"
    assert queue.stand(class_id, "c", stuck="a") == Place("c", 0, section)
    assert queue.leave(class_id, "a", None) == 1
    assert queue.stand(class_id, "a") == Place("c", 1), "who was taken out stands behind the others again"
    for key in Keys(class_id).of_turn:
        assert 0 < int(str(world.redis.pttl(key))) <= 5_000
    assert (queue.leave(class_id, "c", None), queue.leave(class_id, "a", None)) == (1, 0)


def test_who_leaves_or_is_taken_out_has_the_next_one_called(world: World, pool: ThreadPoolExecutor) -> None:
    queue, class_id = TurnQueue(world.redis), world.add_class(capacity=1, places=1)
    section = world.deps.rosters.require_section(class_id)
    for token in ("a", "b", "c", "d"):
        queue.stand(class_id, token)
    assert queue.await_call(class_id, "b", 0.01) is None
    calls = [pool.submit(queue.await_call, class_id, token, 0.9) for token in ("b", "c")]
    assert queue.leave(class_id, "d", None) == 3, "nobody is called by one who has not had the turn"
    assert queue.leave(class_id, "a", section) == 2
    assert calls[0].result() == Place("b", 0, section)
    assert queue.stand(class_id, "e", stuck="b") == Place("c", 1)
    assert calls[1].result() == Place("c", 0, section)
    assert queue.leave(class_id, "c", None) == 1
    assert queue.await_call(class_id, "e", 0.9) == Place("e", 0, section), "a call waits for who is late"
    assert queue.leave(class_id, "e", None) == 0
    keys = set(world.redis.scan_iter(f"turn*{{last-modified:{class_id}}}"))
    assert keys <= {*Keys(class_id).of_turn, Keys(class_id).turn_call("b")}, "b was taken out, and has not left yet"


def test_a_rush_in_turns_seats_each_once_and_leaves_no_queue(
    world: World, three: Caller, pool: ThreadPoolExecutor
) -> None:
    class_id = world.add_class(capacity=100, places=100)
    statuses = Counter(pool.map(lambda student: three.enroll(student, class_id)[0], STUDENTS))
    assert statuses == {200: 200, 409: 40}
    until(lambda: standing(world, class_id) == [], "somebody still stands there")
    world.check(class_id)


@pytest.mark.parametrize("doomed", ["turn.come:2"], indirect=True)
def test_who_dies_with_the_turn_keeps_nobody(
    world: World, three: Caller, doomed: tuple[Process, Caller], pool: ThreadPoolExecutor
) -> None:
    class_id = world.add_class(capacity=300, places=5)
    process, victim = doomed

    def enroll(student: int) -> int:
        if student % 4 == 0:
            with suppress(httpx.TransportError):
                return victim.enroll(student, class_id)[0]
        return three.enroll(student, class_id)[0]

    replies = pool.map(enroll, STUDENTS)
    assert set(replies) <= {200, 409}, "409: one whose reply died with the process is seated already"
    process.died()
    assert set(world.seated(class_id)) == set(STUDENTS)
    assert standing(world, class_id) == []
    world.check(class_id)


def test_an_emptied_redis_takes_turns_away_and_nothing_else(
    world: World, three: Caller, pool: ThreadPoolExecutor
) -> None:
    class_id = world.add_class(capacity=300, places=5)

    def enroll(student: int) -> int:
        if student % 20 == 0:
            world.redis.delete(Keys(class_id).of_turn[0])
        return three.enroll(student, class_id)[0]

    assert set(pool.map(enroll, STUDENTS)) == {200}
    world.check(class_id)
