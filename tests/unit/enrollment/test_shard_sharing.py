"""Relays come to equal shares of the outbox, whoever comes and goes, and take nothing from one that lives."""

import random

import pytest

from enrollment.domain.shard_sharing import next_move

SHARDS = 32


def settle(owners: dict[int, str], relays: list[str], dice: random.Random) -> None:
    for _ in range(4):
        for me in dice.sample(relays, len(relays)):
            move = next_move(owners, [relay for relay in relays if relay != me], me, SHARDS)
            for shard, owner in move.take.items():
                assert owners.get(shard) == owner
                assert owner not in relays, "taken from one that lives"
                owners[shard] = me
            for shard in move.release:
                assert owners.pop(shard) == me


@pytest.mark.parametrize("seed", range(20))
def test_every_shard_has_an_owner_and_no_relay_more_than_its_share(seed: int) -> None:
    dice, owners = random.Random(seed), dict[int, str]()
    for round_ in range(6):
        relays = [f"relay {round_ // 2}.{number}" for number in range(dice.randint(1, 12))]
        settle(owners, relays, dice)
        assert owners.keys() == set(range(SHARDS))
        assert set(owners.values()) <= set(relays)
        assert max(list(owners.values()).count(relay) for relay in relays) <= -(-SHARDS // len(relays))


def test_a_relay_alone_takes_everything_at_once() -> None:
    assert next_move({}, [], "me", SHARDS).take == dict.fromkeys(range(SHARDS))
    assert next_move({3: "gone"}, [], "me", SHARDS).take[3] == "gone"
