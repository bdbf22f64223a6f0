"""When the reconciler looks at all classes: on a real Redis."""

import pytest

from enrollment.adapters.heartbeats import Heartbeats, resynced_key
from tests.support.world import World


@pytest.fixture
def looking(world: World) -> Heartbeats:
    """Nothing is missed, and all classes were looked at."""
    heartbeats = world.deps.heartbeats
    heartbeats.is_resync_due()
    assert not heartbeats.is_resync_due()
    return heartbeats


def another(world: World) -> Heartbeats:
    return Heartbeats(world.redis, world.settings.table_prefix)


def test_a_process_that_lives_is_not_missed_and_one_that_does_not_is_missed_once(
    world: World, looking: Heartbeats
) -> None:
    died = another(world)
    died.beat(lasts_s=60)
    assert looking.is_resync_due(), "a heartbeat from the future: the clock was put back"
    another(world).beat(lasts_s=5)
    died.beat(lasts_s=5)
    assert not looking.is_resync_due()
    died.beat(lasts_s=0)
    assert looking.is_resync_due()
    assert not looking.is_resync_due()


def test_an_emptied_or_replaced_redis_is_noticed(world: World, looking: Heartbeats) -> None:
    world.redis.delete(resynced_key(world.settings.table_prefix))
    assert looking.is_resync_due()
    world.redis.set(resynced_key(world.settings.table_prefix), "another server")
    assert looking.is_resync_due()
    assert not looking.is_resync_due()


def test_what_changed_is_known_by_its_number_and_doubts_count_as_changes(world: World) -> None:
    feed = world.deps.feed
    class_id = world.add_class(1, 1)
    before = feed.sequence()
    feed.publish([world.deps.rosters.require_section(class_id)])
    after = feed.sequence()
    assert feed.changed_ids(before) == (after, {class_id})
    assert feed.changed_ids(after) == (after, set())
    feed.touch([class_id])
    assert feed.changed_ids(after) == (after + 1, {class_id})
    assert feed.changed_ids(after + 2) is None, "Redis has lost some"
