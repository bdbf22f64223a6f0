"""Removing a class: nothing of it is left, whoever does it and however many are in it."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from enrollment.adapters.waitlist_cache import Keys
from enrollment.domain.errors import ClassUnknown
from enrollment.domain.record import State
from enrollment.service.removals import Removals
from kit.errors import Unavailable
from tests.support.caller import Caller
from tests.support.waiting import until
from tests.support.world import World


def removals(world: World, line: Any = None, **options: Any) -> Removals:
    deps = world.deps
    return Removals(deps.classes, deps.rosters, deps.enrollments, line or deps.waitlists, **options)


def class_of(world: World, students: int, seats: int) -> int:
    class_id = world.add_class(capacity=seats, places=max(1, students - seats))
    with ThreadPoolExecutor(24) as pool:
        list(
            pool.map(
                lambda student: asyncio.run(world.deps.enrollments.enroll(student, class_id)), range(1, students + 1)
            )
        )
    return class_id


def is_gone(world: World, class_id: int) -> bool:
    try:
        world.deps.rosters.require_section(class_id)
    except ClassUnknown:
        return True
    return False


def dropped(world: World, class_id: int) -> int:
    return len(list(world.deps.rosters.students(class_id, State.DROPPED)))


def test_who_asks_is_not_told_404_because_somebody_else_was_faster(world: World) -> None:
    class_id = class_of(world, students=4, seats=2)
    world.deps.enrollments.begin_removal(class_id)
    world.deps.removals.finish(class_id)
    assert is_gone(world, class_id)
    removals(world).finish(class_id)


def test_a_class_that_the_reconciler_removes_at_the_same_time_is_removed_for_who_asked(
    world: World, calls: Caller
) -> None:
    reconciler = world.start_module("enrollment.workers.reconciler", RECONCILE_INTERVAL_S="0.01")
    try:
        for _ in range(3):
            class_id = class_of(world, students=300, seats=150)
            status, body = calls.remove(class_id)
            assert (status in (200, 202), body["ClassID"]) == (True, class_id)
            until(partial(is_gone, world, class_id), "the class was not removed", timeout_s=30)
            assert dropped(world, class_id) == 300
            assert calls.remove(class_id)[0] == 404
    finally:
        reconciler.kill()


def test_nothing_of_a_removed_class_is_left_in_redis(world: World, calls: Caller) -> None:
    class_id = class_of(world, students=4, seats=2)
    first_in_line = world.line(class_id)[0]
    assert calls.position(first_in_line, class_id).status_code == 200
    assert world.redis.exists(*Keys(class_id).all) > 0
    assert calls.remove(class_id)[0] == 200
    assert list(world.redis.scan_iter(f"*last-modified:{class_id}*")) == []


def test_a_removal_that_takes_long_goes_on_after_the_reply(world: World, calls: Caller) -> None:
    class_id = class_of(world, students=200, seats=100)
    began = time.monotonic()
    assert removals(world, reply_within_s=0).remove(class_id) is False
    assert time.monotonic() - began < 3
    assert calls.enroll(999, class_id)[0] == 404
    until(lambda: is_gone(world, class_id), "the removal did not go on", timeout_s=30)
    assert dropped(world, class_id) == 200


class NoRedis:
    def forget(self, _: int) -> None:
        raise Unavailable("Redis does not answer")


def test_without_redis_the_class_is_gone_for_everybody_and_the_rest_is_done_later(world: World, calls: Caller) -> None:
    class_id = class_of(world, students=1, seats=2)
    assert removals(world, NoRedis()).remove(class_id) is False
    assert calls.enroll(9, class_id)[0] == 404
    assert not is_gone(world, class_id)
    world.deps.removals.finish(class_id)
    assert is_gone(world, class_id)


def test_a_class_that_was_never_there_is_a_404(world: World) -> None:
    with pytest.raises(ClassUnknown):
        removals(world).remove(2**53 - 1)
