"""Pauses between tries."""

from itertools import islice

from kit.concurrency import backoff


def test_pauses_grow_to_their_bound_and_are_never_nothing() -> None:
    found = list(islice(backoff.pauses(first_s=1, longest_s=4), 5))
    for pause_s, bound_s in zip(found, (1, 2, 4, 4, 4), strict=True):
        assert bound_s / 2 <= pause_s <= bound_s


def test_while_the_other_side_may_be_starting_they_stay_short() -> None:
    now_s = 100.0
    waits = backoff.starting_pauses(longest_s=5, clock=lambda: now_s)
    assert max(islice(waits, 20)) <= 0.4
    now_s += backoff.STARTS_WITHIN_S
    assert max(islice(waits, 20)) > 2
