"""The next target."""

import random
from itertools import islice, pairwise

from verify.nemesis import BROKER_AWAY, schedule

TARGETS = ["redis.1", "users.1", "rabbitmq.1", "enrollment.1", "enrollment.2"]


def drawn(count: int, *, broker_away: bool = False, seed: int = 1) -> list[str]:
    return list(islice(schedule(TARGETS, random.Random(seed), broker_away=broker_away), count))


def test_everybody_is_hit_once_in_each_round() -> None:
    for start in range(0, 50, 5):
        assert sorted(drawn(50)[start : start + 5]) == sorted(TARGETS)


def test_nobody_is_hit_twice_running() -> None:
    assert all(one != another for seed in range(20) for one, another in pairwise(drawn(50, seed=seed)))


def test_the_broker_is_kept_away_after_the_first_and_then_every_other_round() -> None:
    targets = drawn(22, broker_away=True)
    assert [place for place, target in enumerate(targets) if target == f"kill {BROKER_AWAY}"] == [5, 16]


def test_the_same_seed_draws_the_same() -> None:
    assert drawn(30, seed=7) == drawn(30, seed=7) != drawn(30, seed=8)
