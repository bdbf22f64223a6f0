"""The next target."""

import random
from itertools import islice, pairwise

from verify.nemesis import is_wanted
from verify.schedule import BROKER_AWAY, naps, schedule

from enrollment.domain.waitlist import MARK_IS_YOUNG_S

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


def test_what_stands_still_in_parts_does_so_for_as_long_and_longer_than_a_mark_is_young() -> None:
    drawn_naps = [naps(seconds, random.Random(seed)) for seconds in (4.0, 9.5, 14.0) for seed in range(20)]
    assert {round(sum(still_s for still_s, _ in each), 3) for each in drawn_naps} == {4.0, 9.5, 14.0}
    assert all(still_s > MARK_IS_YOUNG_S for each in drawn_naps for still_s, _ in each)
    assert {len(each) for each in drawn_naps} == {1, 3, 4}


def test_faults_are_of_the_targets_that_are_named_or_of_all() -> None:
    names = ["stop enrollment.1", "kill enrollment.2", "stop redis.1", "partition redis", "slow redis"]

    def wanted(*only: str) -> list[str]:
        return [name for name in names if is_wanted(name, only)]

    assert wanted() == names
    assert wanted("enrollment") == names[:2]
    assert wanted("stop:enrollment", "slow:redis") == ["stop enrollment.1", "slow redis"]
    assert wanted("silent:redis") == ["partition redis"]
    assert wanted("lossy:redis") == ["slow redis"]
