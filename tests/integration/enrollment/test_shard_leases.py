"""Relays share the shards of the outbox, and those of a dead one go to the others."""

from concurrent.futures import ThreadPoolExecutor
from itertools import chain

from enrollment.adapters.shard_leases import DEAD_AFTER_S, ShardLeases
from enrollment.adapters.tables import OUTBOX_SHARDS
from tests.support.world import World


class Watch:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_relays_at_the_same_time_come_to_equal_shares_and_take_over_those_of_a_dead_one(world: World) -> None:
    watch = Watch()
    one, two, three = (ShardLeases(world.deps.database, world.deps.tables, name, watch) for name in ("a", "b", "c"))
    assert len(one.renew()) == OUTBOX_SHARDS, "alone it has all"
    with ThreadPoolExecutor(3) as threads:
        for _ in range(8):
            shares = list(threads.map(ShardLeases.renew, (one, two, three)))
            watch.now += 1
    assert sorted(map(len, shares)) == [10, 11, 11]
    assert sorted(chain(*shares)) == list(range(OUTBOX_SHARDS)), "each has one owner"
    for _ in range(round(DEAD_AFTER_S) + 1):  # the third one calls no more
        watch.now += 1
        shares = [one.renew(), two.renew()]
    assert sorted(chain(*shares)) == list(range(OUTBOX_SHARDS))
    assert set(map(len, shares)) == {OUTBOX_SHARDS // 2}
    one.release()
    assert len(two.renew()) == OUTBOX_SHARDS, "what was let go of is taken at once"
    two.release()
