"""Offers end also when the process that ends them is killed in the middle: none is lost, and none ends twice."""

import asyncio
from collections import Counter

import pytest

from enrollment.domain.class_section import Promotion
from tests.support.waiting import until
from tests.support.world import World

CLASSES = 4


def offering(world: World) -> int:
    """Two seats, each offered for a second: to 3 and 4."""
    class_id = world.add_class(capacity=2, places=5)
    for student in (1, 2, 3, 4):
        asyncio.run(world.deps.enrollments.enroll(student, class_id))
    world.deps.enrollments.set_policy(class_id, Promotion.OFFER, 1)
    for student in (1, 2):
        asyncio.run(world.deps.enrollments.drop(student, class_id))
    assert world.deps.rosters.require_section(class_id).open_offers == 2
    return class_id


@pytest.mark.parametrize("point", ["commit.marked", "commit.committed"])
def test_killed_before_or_after_the_second_class_is_saved_all_offers_end_once(world: World, point: str) -> None:
    class_ids = [offering(world) for _ in range(CLASSES)]
    doomed = world.start_module("enrollment.workers.reconciler", FAULT_POINT=f"{point}:2")
    assert doomed.died() == -9
    successor = world.start_module("enrollment.workers.reconciler", RECONCILE_INTERVAL_S="0.5")
    for class_id in class_ids:
        require_ended_once(world, class_id)
    successor.kill()


def require_ended_once(world: World, class_id: int) -> None:
    until(lambda: world.line(class_id) == [], why="an offer did not end")
    entries = world.deps.rosters.history.entries(class_id)
    told = Counter(change["what"] for entry in entries for change in entry["changes"])
    assert (told["offered"], told["expired"]) == (2, 2)
    until(lambda: world.shown_line(class_id) == [])
    world.check(class_id)
