"""What version 1.1 kept in Redis moves to DynamoDB at the first start, whoever starts and whoever dies."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import redis

from kit.errors import Unavailable
from kit.stores import dynamo, dynamo_tables
from notification.adapters.dedup_store import DedupStore
from notification.adapters.endpoints import field
from notification.adapters.upgrade import Upgrade
from notification.domain.claim import Claim, NoticeKey
from notification.domain.subscription import Subscription
from notification.settings import CallbackSettings
from notification.stores import Stores, open_stores
from tests.support.own_redis import own_redis_url

pytestmark = pytest.mark.single  # it moves all that 1.1 kept in a database, and 1.1 knew no cluster

STUDENTS = range(1, 251)
LEASE_S = 2.0
PROXY = "https%3A%2F%2Fsmee.io%2Fabc"
SECRETS = [{"secret": "whsec_bmV3", "until": None}, {"secret": "whsec_b2xk", "until": 4_000_000_000}]


@pytest.fixture
def old_redis() -> Iterator[redis.Redis]:
    """A Redis database as 1.1 left it."""
    with redis.Redis.from_url(own_redis_url(), decode_responses=True) as client:
        client.flushdb()
        for student_id in STUDENTS:
            held = {"2": {"email": f"s{student_id}@example.com", "proxy": PROXY}, "8": {"email": None, "proxy": PROXY}}
            client.set(f"subscription:{student_id}", json.dumps(held))
            client.set(f"webhook-secret:{student_id}", json.dumps(SECRETS))
            client.hset(f"receivers:{{{student_id}}}", mapping={field(PROXY): "paused 17", field("b"): "17 18"})
            client.set(f"sent:webhook:event-{student_id}", "2026-02-03T04:05:06+00:00", ex=3600)
        client.set("subscription:no-number", "{}")
        client.set("webhook-secret:7000", "no JSON")
        yield client
        client.flushdb()


@pytest.fixture
def prefix() -> Iterator[str]:
    one = f"test-{uuid.uuid4().hex[:12]}-"
    yield one
    stores = opened(one)
    for definition in stores.tables.definitions:
        stores.database.delete_table(TableName=definition["TableName"])
    stores.database.close()


def opened(prefix: str) -> Stores:
    """With a lease that the next one need not wait for so long."""
    stores = open_stores(CallbackSettings(environment="development", redis_url=own_redis_url(), table_prefix=prefix))
    return replace(stores, upgrade=Upgrade(stores.database, stores.tables, stores.client, lease_s=LEASE_S))


def check(stores: Stores) -> None:
    """Everything is there, and as it was."""
    stores.upgrade.require_moved()
    sent = DedupStore(stores.database, stores.tables, "webhook", 60)
    for student_id in (1, 99, 100, 250):
        held = stores.subscriptions.of(student_id).by_class
        assert held == {2: Subscription(f"s{student_id}@example.com", PROXY), 8: Subscription(None, PROXY)}
        assert stores.secrets.of(student_id).all == ("whsec_bmV3", "whsec_b2xk")
        assert stores.endpoints.paused(student_id, PROXY)
        assert not stores.endpoints.paused(student_id, "b")
        assert sent.claim([NoticeKey(f"event-{student_id}")]) == [Claim.SENT]
    [item] = dynamo.batch_get(stores.database, {stores.tables.sent: [{"Key": {"S": "webhook:event-1"}}]})[
        stores.tables.sent
    ]
    assert 3000 < int(item["ExpiresAt"]["N"]) - time.time() <= 3600


def test_everything_moves_once_and_what_happens_afterwards_stays(old_redis: redis.Redis, prefix: str) -> None:
    stores = opened(prefix)
    with pytest.raises(Unavailable):
        stores.upgrade.require_moved()
    stores.prepare(lambda: False)
    check(stores)
    stores.subscriptions.remove(1, 2)
    old_redis.set("subscription:1", '{"2": {"email": "old@example.com", "proxy": null}}')
    opened(prefix).prepare(lambda: False)
    assert stores.subscriptions.of(1).class_ids == [8]


def test_of_many_who_start_at_once_one_moves_and_nobody_goes_on_before_it_is_done(
    old_redis: redis.Redis, prefix: str
) -> None:
    def start(_: int) -> None:
        stores = opened(prefix)
        stores.prepare(lambda: False)
        check(stores)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(start, range(4)))


@pytest.mark.parametrize("point", ["upgrade.chunk:1", "upgrade.chunk:4", "upgrade.written"])
def test_who_dies_in_the_middle_is_followed_by_the_next(point: str, old_redis: redis.Redis, prefix: str) -> None:
    stores = opened(prefix)
    program = (
        "import sys; from kit import faults; from tests.integration.notification.test_upgrade import opened;"
        f" faults.arm({point!r}); opened(sys.argv[1]).prepare(lambda: False)"
    )
    victim = subprocess.run([sys.executable, "-c", program, prefix], check=False, env={**os.environ, "PYTHONPATH": "."})
    assert victim.returncode == -signal.SIGKILL
    with pytest.raises(Unavailable):
        stores.upgrade.require_moved()
    stores.prepare(lambda: False)  # once the lease of the dead has run out
    check(stores)


def test_a_mover_that_was_overtaken_writes_nothing(old_redis: redis.Redis, prefix: str) -> None:
    late, next_one = opened(prefix), opened(prefix)
    for definition in late.tables.definitions:
        dynamo_tables.ensure_table(late.database, definition)
    reached, go_on = threading.Event(), threading.Event()
    write = late.upgrade._write

    def held(writes: list[dict[str, object]]) -> bool:
        reached.set()
        assert go_on.wait(60)
        return write(writes)

    late.upgrade._write = held  # type: ignore[method-assign]
    with ThreadPoolExecutor(1) as threads:
        moving = threads.submit(late.upgrade.run)
        assert reached.wait(20)
        next_one.prepare(lambda: False)
        next_one.subscriptions.remove(1, 2)
        go_on.set()
        moving.result(20)  # it has moved, by somebody else's hand
    assert next_one.subscriptions.of(1).class_ids == [8]
