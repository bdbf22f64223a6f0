"""What a fail-over of Redis costs: 503s for a while, and nothing else. With the enrollment service, on real nodes."""

import time
from collections.abc import Iterator
from contextlib import closing

import pytest
import redis

from enrollment.adapters.subscriptions import Subscriptions
from enrollment.adapters.waitlist_cache import Keys
from enrollment.workers.reconciler import Reconciler
from kit.errors import Unavailable
from notification.domain.subscription import Subscription
from notification.settings import CallbackSettings
from notification.stores import open_stores
from tests.support.caller import Caller
from tests.support.redis_cluster import RedisCluster, RedisNode
from tests.support.waiting import until
from tests.support.world import World, fresh_world

SUBSCRIBED = Subscription("somebody@example.com", None)


@pytest.fixture(scope="module")
def world(nodes: RedisCluster) -> Iterator[World]:
    with fresh_world(redis_url=nodes.url) as world:
        yield world


@pytest.fixture(scope="module")
def calls(world: World) -> Iterator[Caller]:
    with closing(Caller(world.start_service(REPLY_WITHIN_S="20"))) as caller:
        yield caller


@pytest.fixture
def class_id(cluster: RedisCluster, world: World, calls: Caller) -> int:
    """One seat, taken by 1; 2 and 3 wait."""
    class_id = world.add_class(capacity=1, places=9)
    for student in (1, 2, 3):
        assert calls.enroll(student, class_id)[0] == 200
    return class_id


class Refresher:
    """Student 3, who holds a copy of the time before student 2 left the line."""

    def __init__(self, calls: Caller, class_id: int) -> None:
        self._calls, self._class_id = calls, class_id
        headers = calls.position(3, class_id).headers
        self._copies = [{"if_none_match": headers["ETag"]}, {"if_modified_since": headers["Last-Modified"]}]

    def refresh(self) -> bool:
        """Whether both were answered, and by the line as it is now; they may be 503, but nothing else."""
        replies = [self._calls.position(3, self._class_id, **copy) for copy in self._copies]
        for reply in replies:
            assert reply.status_code in (200, 503), reply.status_code
            assert reply.status_code == 503 or (reply.json()["position"], reply.json()["length"]) == (1, 1)
        return all(reply.status_code == 200 for reply in replies)


def test_a_primary_killed_after_its_replica_was_cut_off_loses_nothing_and_no_304_is_stale(
    cluster: RedisCluster, world: World, calls: Caller, class_id: int
) -> None:
    settings = CallbackSettings(
        environment="development", redis_url=cluster.url, table_prefix=world.settings.table_prefix
    )
    stores = open_stores(settings)
    stores.prepare(lambda: False)
    refresher = Refresher(calls, class_id)
    primary, replica = cluster.cut_off(Keys(class_id).stamp_text)
    students = range(1000, 1100)
    for student in students:
        stores.subscriptions.put(student, class_id, SUBSCRIBED)
    assert calls.leave(2, class_id)[0] == 200
    primary.kill()
    end = time.monotonic() + 1
    while refresher.refresh() is False or time.monotonic() < end:
        assert time.monotonic() < end + 30
    assert replica.is_primary()
    assert all(stores.subscriptions.of(student).by_class == {class_id: SUBSCRIBED} for student in students)
    told = Subscriptions(world.deps.database, world.deps.tables.subscriptions, world.redis)
    assert set(told.to_class(class_id, list(students))) == set(students)
    until(lambda: calls.enroll(4, class_id)[0] == 200)
    world.check(class_id)


def test_a_mark_is_on_a_replica_or_the_change_does_not_begin(
    cluster: RedisCluster, world: World, class_id: int
) -> None:
    pending = Keys(class_id).pending
    _, replica = cluster.pair_of(pending)
    for number in range(50):
        world.deps.waitlists.mark_pending(class_id, f"token {number}", 5)
        assert f"token {number}" in _on_replica(replica, pending)
        world.deps.waitlists.abort(class_id, f"token {number}")
    for _ in range(5):  # after two seconds the replica does not count any more: on a busy machine they may be over
        replica.freeze()
        try:
            world.deps.waitlists.mark_pending(class_id, "alone", 5)
        except Unavailable:
            break
        finally:
            replica.thaw()
            cluster.heal()
    else:
        raise AssertionError("a change began whose mark was on no replica")
    assert world.redis.hgetall(pending).keys() <= {"alone"}


def test_a_replica_that_stands_still_holds_up_changes_for_a_moment_only(
    cluster: RedisCluster, world: World, calls: Caller, class_id: int
) -> None:
    _, replica = cluster.pair_of(Keys(class_id).pending)
    replica.freeze()
    until(lambda: _is(calls.leave(2, class_id)[0], 200, 503), timeout_s=15)
    assert world.line(class_id) == [3]
    world.check(class_id)


def test_the_reconciler_repairs_the_classes_of_the_other_nodes_while_one_is_away(
    cluster: RedisCluster, world: World, calls: Caller, class_id: int
) -> None:
    reconciler = Reconciler(world.deps)
    away = cluster.pair_of(Keys(class_id).stamp_text)
    elsewhere = _class_of_another_node(cluster, world, away[0])
    for student in (1, 2, 3):
        assert calls.enroll(student, elsewhere)[0] == 200
    for each in (class_id, elsewhere):
        world.redis.delete(*Keys(each).all)
    for node in away:
        node.kill()
    assert f"class {elsewhere}: waitlist rebuilt in Redis" in reconciler.look_at_all()
    assert world.shown_line(elsewhere) == [2, 3]
    cluster.heal()
    until(lambda: f"class {class_id}: waitlist rebuilt in Redis" in reconciler.look_at_all())
    for each in (class_id, elsewhere):
        world.check(each)


def _class_of_another_node(cluster: RedisCluster, world: World, node: RedisNode) -> int:
    """One seat and places in line."""
    while True:
        class_id = world.add_class(capacity=1, places=9)
        if cluster.pair_of(Keys(class_id).stamp_text)[0] is not node:
            return class_id


def _is(status: int, wanted: int, *allowed: int) -> bool:
    assert status in (wanted, *allowed)
    return status == wanted


def _on_replica(node: RedisNode, key: str) -> dict[str, str]:
    with redis.Redis(port=node.port, decode_responses=True, single_connection_client=True) as client:
        client.execute_command("READONLY")  # type: ignore[no-untyped-call]
        return dict(client.hgetall(key))  # type: ignore[arg-type]
