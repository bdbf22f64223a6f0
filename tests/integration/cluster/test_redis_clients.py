"""The clients on a real Redis Cluster: three primaries with a replica each."""

import asyncio
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import redis
from redis.crc import key_slot

from kit.errors import Unavailable
from kit.stores.redis_client import connect, connect_async, translated
from notification.adapters.auto_pipelining import AutoPipeliningRedis
from tests.support.redis_cluster import RedisCluster
from tests.support.waiting import until

KINDS = pytest.mark.parametrize("kind", [redis.Redis, AutoPipeliningRedis])
KEYS = [f"{uuid.uuid4().hex}:{number}" for number in range(40)]  # of all nodes


@KINDS
def test_each_command_reaches_the_node_of_its_key(cluster: RedisCluster, kind: type[redis.Redis]) -> None:
    client = connect(cluster.url, kind)
    with closing(client):
        for number, key in enumerate(KEYS):
            client.set(key, number)
        with ThreadPoolExecutor(20) as threads:
            assert list(threads.map(client.get, KEYS)) == [str(number) for number in range(len(KEYS))]
        assert set(KEYS) <= set(client.scan_iter("*"))
        assert client.ping()


@KINDS
def test_a_pipeline_goes_to_all_nodes_it_concerns_and_its_replies_come_in_order(
    cluster: RedisCluster, kind: type[redis.Redis]
) -> None:
    with closing(connect(cluster.url, kind)) as client:
        script = client.register_script(f"return redis.call('SET', KEYS[1], ARGV[1]) -- {uuid.uuid4()}")
        pipeline = client.pipeline(transaction=False)
        for number, key in enumerate(KEYS):
            script([key], [number], client=pipeline)
            pipeline.get(key)
        assert pipeline.execute()[1::2] == [str(number) for number in range(len(KEYS))]


@KINDS
def test_a_script_is_brought_to_each_node_when_it_is_needed_there(
    cluster: RedisCluster, kind: type[redis.Redis]
) -> None:
    with closing(connect(cluster.url, kind)) as client:
        script = client.register_script(f"return {{KEYS[1], ARGV[1]}} -- {uuid.uuid4()}")
        assert [script([key], ["x"]) for key in KEYS] == [[key, "x"] for key in KEYS]


def test_a_start_up_node_that_is_away_does_not_matter(cluster: RedisCluster) -> None:
    url = cluster.url.replace("redis-cluster://", "redis-cluster://127.0.0.1:1,")
    with closing(connect(url)) as client:
        assert client.set(KEYS[0], "1")


def test_before_the_cluster_is_there_a_client_is_made_and_every_command_unavailable() -> None:
    with closing(connect("redis-cluster://127.0.0.1:1,127.0.0.1:2")) as client:
        for ask in (lambda: client.get("x"), client.ping, client.pipeline().get("x").execute):
            with pytest.raises(Unavailable), translated():
                ask()


def in_time(ask: Callable[[], object], within_s: float = 6) -> object:
    """What it returned, or that it raised Unavailable; never anything else, and never late."""
    began = time.monotonic()
    try:
        with translated():
            return ask()
    except Unavailable:
        return Unavailable
    finally:
        assert time.monotonic() - began < within_s


@pytest.mark.parametrize(("kind", "how"), [(redis.Redis, "kill"), (AutoPipeliningRedis, "freeze")])
def test_a_primary_that_goes_is_followed_by_its_replica_and_costs_no_other_keys(
    cluster: RedisCluster, kind: type[redis.Redis], how: str
) -> None:
    with closing(connect(cluster.url, kind)) as client:
        for key in KEYS:
            client.set(key, "before")
        primary, replica = cluster.pair_of(KEYS[0])
        elsewhere = next(key for key in KEYS if cluster.pair_of(key)[0] is not primary)
        getattr(primary, how)()
        assert in_time(lambda: client.set(KEYS[0], "after")) is Unavailable
        assert in_time(lambda: client.get(elsewhere), within_s=1.5) == "before"
        until(lambda: in_time(lambda: client.set(KEYS[0], "after")) is True, "no replica followed", timeout_s=20)
        assert replica.is_primary()
        cluster.heal()
        assert client.get(KEYS[0]) == "after"


def test_a_primary_that_wakes_up_after_it_was_replaced_is_not_believed(cluster: RedisCluster) -> None:
    """It does not know yet that it was replaced, and answers."""
    with closing(connect(cluster.url)) as sleeper, closing(connect(cluster.url)) as other:
        sleeper.set(KEYS[0], "before")
        primary, _ = cluster.pair_of(KEYS[0])
        primary.freeze()
        until(lambda: in_time(lambda: other.set(KEYS[0], "after")) is True, "no replica followed", timeout_s=20)
        primary.thaw()
        assert sleeper.get(KEYS[0]) == "after"


@pytest.mark.parametrize("reply", ["NOREPLICAS", "READONLY", "CLUSTERDOWN"])
def test_what_means_not_now_is_unavailable(cluster: RedisCluster, reply: str) -> None:
    primary, replica = cluster.pair_of(KEYS[0])
    node = connect(f"redis://{replica.address if reply == 'READONLY' else primary.address}/0")
    slot = next(row for row in primary.ask("CLUSTER SLOTS") if row[2][1] == primary.port)[0]
    with closing(node), closing(connect(cluster.url)) as client:
        client.ping()
        match reply:
            case "NOREPLICAS":
                primary.ask("CONFIG", "SET", "min-replicas-to-write", "2")
            case "CLUSTERDOWN":
                primary.ask("CLUSTER", "DELSLOTS", slot)
        try:
            with pytest.raises(Unavailable), translated():
                node.set(KEYS[0], "x") if reply != "CLUSTERDOWN" else node.set(_key_of(slot), "x")
            if reply != "READONLY":
                assert (
                    in_time(lambda: client.set(KEYS[0] if reply == "NOREPLICAS" else _key_of(slot), "x")) is Unavailable
                )
        finally:
            primary.ask("CONFIG", "SET", "min-replicas-to-write", "0")
            if reply == "CLUSTERDOWN":
                primary.ask("CLUSTER", "ADDSLOTS", slot)


def _key_of(slot: int) -> str:
    return next(key for key in map(str, range(10**6)) if key_slot(key.encode()) == slot)


def test_keys_of_a_slot_that_moves_are_found_before_under_way_and_after(cluster: RedisCluster) -> None:
    """What has arrived at its new node is asked for there (ASK); afterwards everything is there (MOVED)."""
    key, slot = KEYS[0], key_slot(KEYS[0].encode())
    here, _ = cluster.pair_of(key)
    there, _ = next(pair for each in KEYS if (pair := cluster.pair_of(each))[0] is not here)
    ids = {node: str(node.ask("CLUSTER", "MYID")) for node in cluster.nodes}
    with closing(connect(cluster.url)) as client:
        script = client.register_script("return redis.call('GET', KEYS[1])")
        client.set(key, "kept")
        for source, target in ((here, there), (there, here)):
            target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[source])
            source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[target])
            source.ask("MIGRATE", "127.0.0.1", target.port, key, 0, 2000)
            assert (client.get(key), script([key])) == ("kept", "kept")
            for node in (target, source):
                node.ask("CLUSTER", "SETSLOT", slot, "NODE", ids[target])
            assert (client.get(key), script([key])) == ("kept", "kept")


def test_the_event_loop_s_round_trips_go_to_the_nodes_of_their_keys(cluster: RedisCluster) -> None:
    async def ask() -> None:
        trips = connect_async(cluster.url)
        assert await trips.send([("SET", key, key) for key in KEYS]) == [True] * len(KEYS)
        assert await trips.send([("GET", key) for key in KEYS]) == KEYS
        assert len({trips.node_of(key) for key in KEYS}) == 3
        primary, _ = cluster.pair_of(KEYS[0])
        primary.kill()
        replies = await trips.send([("GET", key) for key in KEYS])
        assert {type(reply) for reply in replies} == {str, redis.ConnectionError}
        end = time.monotonic() + 20
        while (await trips.send([("GET", KEYS[0])]))[0] != KEYS[0]:
            assert time.monotonic() < end, "no replica followed"
            await asyncio.sleep(0.05)
        await trips.aclose()

    asyncio.run(ask())
