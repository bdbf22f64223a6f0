"""Of all consumers that have a notice's message, one sends it: the claims, raced and let run out."""

import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from notification.adapters.dedup_store import LEASE_S, DedupStore
from notification.domain.claim import Claim, NoticeKey
from notification.stores import Stores

HOUR_S = 3600


class Watch:
    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def a_store(stores: Stores, watch: Callable[[], float] = time.monotonic, apart_s: float = 0) -> DedupStore:
    """`apart_s`: how far ahead of the others its clock is."""
    return DedupStore(stores.database, stores.tables, "webhook", 3600, lambda: time.time() + apart_s, watch)


def a_notice() -> NoticeKey:
    return NoticeKey(str(uuid.uuid4()))


def again(notice: NoticeKey) -> NoticeKey:
    return notice._replace(replay_id="again")


def claim(store: DedupStore, notice: NoticeKey) -> Claim:
    [claim] = store.claim([notice])
    return claim


def test_of_many_consumers_with_the_same_messages_one_sends_each(stores: Stores) -> None:
    consumers = [a_store(stores) for _ in range(4)]
    notices = [a_notice() for _ in range(130)]
    with ThreadPoolExecutor(4) as threads:
        claims = list(threads.map(lambda store: store.claim(notices), consumers))
    for found in zip(*claims, strict=True):
        assert sorted(one.value for one in found) == ["in flight"] * 3 + ["ours"]


def test_consumers_whose_windows_overlap_share_them(stores: Stores) -> None:
    notices = [a_notice() for _ in range(60)]
    windows = [notices[:40], notices[20:], notices[::2], notices[::-3]]
    with ThreadPoolExecutor(4) as threads:
        claims = list(threads.map(lambda window: a_store(stores).claim(window), windows))
    ours = [
        notice
        for window, found in zip(windows, claims, strict=True)
        for notice, one in zip(window, found, strict=True)
        if one is Claim.OURS
    ]
    assert sorted(ours) == sorted(notices)


def test_copies_in_one_window_are_claimed_once(stores: Stores) -> None:
    one, notice = a_store(stores), a_notice()
    assert one.claim([notice, again(notice), notice]) == [Claim.OURS, Claim.OURS, Claim.IN_FLIGHT]


def test_what_was_sent_is_known_to_all_and_a_redelivery_is_sent_once_more(stores: Stores) -> None:
    one, other, notice = a_store(stores), a_store(stores), a_notice()
    assert claim(one, notice) is Claim.OURS
    assert claim(one, notice) is Claim.IN_FLIGHT
    one.mark_sent([notice])
    one.mark_sent([notice])
    assert claim(other, notice) is Claim.SENT
    assert claim(other, again(notice)) is Claim.OURS
    other.mark_sent([again(notice)])
    assert claim(one, again(notice)) is Claim.SENT


def test_what_a_redelivery_delivered_its_waiting_copy_does_not_deliver(stores: Stores) -> None:
    one, notice = a_store(stores), a_notice()
    assert claim(one, again(notice)) is Claim.OURS
    one.mark_sent([again(notice)])
    assert claim(one, notice) is Claim.SENT


def test_a_released_claim_can_be_taken_at_once_and_only_the_owner_releases(stores: Stores) -> None:
    one, other, notice = a_store(stores), a_store(stores), a_notice()
    assert claim(one, notice) is Claim.OURS
    other.release([notice])
    assert claim(other, notice) is Claim.IN_FLIGHT
    one.release([notice])
    assert claim(other, notice) is Claim.OURS


def test_a_claim_of_the_dead_runs_out_and_one_of_the_slow_is_renewed(stores: Stores) -> None:
    watch, notice = Watch(), a_notice()
    dead, next_one = a_store(stores, watch), a_store(stores, watch)
    assert claim(dead, notice) is Claim.OURS
    assert claim(next_one, notice) is Claim.IN_FLIGHT
    watch.now_s += LEASE_S - 0.1
    assert claim(next_one, notice) is Claim.IN_FLIGHT
    watch.now_s += 0.2
    assert claim(next_one, notice) is Claim.OURS
    slow, other = a_store(stores, watch), a_notice()
    assert claim(slow, other) is Claim.OURS
    assert claim(next_one, other) is Claim.IN_FLIGHT
    watch.now_s += LEASE_S - 0.1
    slow._renew()
    watch.now_s += 0.2
    assert claim(next_one, other) is Claim.IN_FLIGHT
    watch.now_s += LEASE_S
    assert claim(next_one, other) is Claim.OURS


@pytest.mark.parametrize("apart_s", [-HOUR_S, HOUR_S])
def test_whose_clock_is_an_hour_away_neither_sends_what_another_sends_nor_makes_it_wait(
    stores: Stores, apart_s: float
) -> None:
    watch, notice = Watch(), a_notice()
    wrong, right = a_store(stores, watch, apart_s), a_store(stores, watch)
    assert claim(right, notice) is Claim.OURS
    assert claim(wrong, notice) is Claim.IN_FLIGHT
    died = a_notice()
    assert claim(wrong, died) is Claim.OURS
    assert claim(right, died) is Claim.IN_FLIGHT
    watch.now_s += LEASE_S + 0.1
    assert claim(right, died) is Claim.OURS


def test_of_many_who_see_a_dead_claim_run_out_one_takes_it(stores: Stores) -> None:
    watch, notices = Watch(), [a_notice() for _ in range(30)]
    others = [a_store(stores, watch) for _ in range(4)]
    a_store(stores, watch).claim(notices)
    for other in others:
        assert set(other.claim(notices)) == {Claim.IN_FLIGHT}
    watch.now_s += LEASE_S + 0.1
    with ThreadPoolExecutor(4) as threads:
        claims = list(threads.map(lambda store: store.claim(notices), others))
    for found in zip(*claims, strict=True):
        assert sorted(one.value for one in found) == ["in flight"] * 3 + ["ours"]


def test_a_claim_whose_reply_was_lost_is_taken_when_asked_for_again(stores: Stores) -> None:
    one, notice = a_store(stores), a_notice()
    assert claim(one, notice) is Claim.OURS
    one._held.clear()  # as when the transaction was committed and the reply to it never came
    assert claim(one, notice) is Claim.OURS
