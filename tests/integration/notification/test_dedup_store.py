"""Of all consumers that have a notice's message, one sends it: the claims, raced and let run out."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from notification.adapters.dedup_store import LEASE_S, DedupStore
from notification.domain.claim import Claim
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


def an_id() -> str:
    return str(uuid.uuid4())


def test_of_many_consumers_with_the_same_messages_one_sends_each(stores: Stores) -> None:
    consumers = [a_store(stores) for _ in range(4)]
    events = [an_id() for _ in range(60)]
    with ThreadPoolExecutor(40) as threads:
        claims = list(
            threads.map(lambda pair: pair[0].claim(pair[1], None), [(c, e) for e in events for c in consumers])
        )
    for place in range(0, len(claims), len(consumers)):
        assert sorted(one.value for one in claims[place : place + 4]) == ["in flight"] * 3 + ["ours"]


def test_what_was_sent_is_known_to_all_and_a_redelivery_is_sent_once_more(stores: Stores) -> None:
    one, other, event = a_store(stores), a_store(stores), an_id()
    assert one.claim(event, None) is Claim.OURS
    assert one.claim(event, None) is Claim.IN_FLIGHT
    one.mark_sent(event, None)
    one.mark_sent(event, None)
    assert other.claim(event, None) is Claim.SENT
    assert other.claim(event, "again") is Claim.OURS
    other.mark_sent(event, "again")
    assert one.claim(event, "again") is Claim.SENT


def test_what_a_redelivery_delivered_its_waiting_copy_does_not_deliver(stores: Stores) -> None:
    one, event = a_store(stores), an_id()
    assert one.claim(event, "again") is Claim.OURS
    one.mark_sent(event, "again")
    assert one.claim(event, None) is Claim.SENT


def test_a_released_claim_can_be_taken_at_once_and_only_the_owner_releases(stores: Stores) -> None:
    one, other, event = a_store(stores), a_store(stores), an_id()
    assert one.claim(event, None) is Claim.OURS
    other.release(event, None)
    assert other.claim(event, None) is Claim.IN_FLIGHT
    one.release(event, None)
    assert other.claim(event, None) is Claim.OURS


def test_the_claim_of_the_dead_runs_out_and_that_of_the_slow_is_renewed(stores: Stores) -> None:
    clock, event = Clock(), an_id()
    dead, next_one = a_store(stores, clock), a_store(stores, clock)
    assert dead.claim(event, None) is Claim.OURS
    clock.now_s += LEASE_S - 0.1
    assert next_one.claim(event, None) is Claim.IN_FLIGHT
    clock.now_s += 0.2
    assert next_one.claim(event, None) is Claim.OURS
    slow, other = a_store(stores, clock), an_id()
    assert slow.claim(other, None) is Claim.OURS
    clock.now_s += LEASE_S - 0.1
    slow._held = {key: at - LEASE_S for key, at in slow._held.items()}
    slow._renew()
    clock.now_s += LEASE_S - 0.1
    assert next_one.claim(other, None) is Claim.IN_FLIGHT


def test_a_claim_whose_reply_was_lost_is_taken_when_asked_for_again(stores: Stores) -> None:
    one, event = a_store(stores), an_id()
    assert one.claim(event, None) is Claim.OURS
    one._held.clear()  # as when the transaction was committed and the reply to it never came
    assert one.claim(event, None) is Claim.OURS
