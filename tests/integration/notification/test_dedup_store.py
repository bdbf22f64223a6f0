"""Of all consumers that have a notice's message, one sends it: the claims, raced and let run out."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from notification.adapters.dedup_store import LEASE_S, DedupStore
from notification.domain.claim import Claim, NoticeKey
from notification.stores import Stores


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_900_000_000.0

    def __call__(self) -> float:
        return self.now_s


def a_store(stores: Stores, clock: Callable[[], float] | None = None) -> DedupStore:
    if clock is None:
        return DedupStore(stores.database, stores.tables, "webhook", 3600)
    return DedupStore(stores.database, stores.tables, "webhook", 3600, clock)


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


def test_the_claim_of_the_dead_runs_out_and_that_of_the_slow_is_renewed(stores: Stores) -> None:
    clock, notice = Clock(), a_notice()
    dead, next_one = a_store(stores, clock), a_store(stores, clock)
    assert claim(dead, notice) is Claim.OURS
    clock.now_s += LEASE_S - 0.1
    assert claim(next_one, notice) is Claim.IN_FLIGHT
    clock.now_s += 0.2
    assert claim(next_one, notice) is Claim.OURS
    slow, other = a_store(stores, clock), a_notice()
    assert claim(slow, other) is Claim.OURS
    clock.now_s += LEASE_S - 0.1
    slow._held = {key: at - LEASE_S for key, at in slow._held.items()}
    slow._renew()
    clock.now_s += LEASE_S - 0.1
    assert claim(next_one, other) is Claim.IN_FLIGHT


def test_a_claim_whose_reply_was_lost_is_taken_when_asked_for_again(stores: Stores) -> None:
    one, notice = a_store(stores), a_notice()
    assert claim(one, notice) is Claim.OURS
    one._held.clear()  # as when the transaction was committed and the reply to it never came
    assert claim(one, notice) is Claim.OURS
