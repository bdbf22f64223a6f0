"""Many threads, few round trips, and everybody gets what he asked for."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import redis

from kit.stores.redis_client import connect
from notification.adapters.auto_pipelining import AutoPipeliningRedis

pytestmark = pytest.mark.single  # it is about the connection to one server

THREADS = 32


@pytest.fixture
def name() -> str:
    return f"test-{uuid.uuid4().hex}"


@pytest.fixture
def shared(redis_url: str, name: str) -> Iterator[redis.Redis]:
    client = connect(f"{redis_url}?client_name={name}", AutoPipeliningRedis)
    yield client
    for key in client.scan_iter(f"{name}:*"):
        client.delete(key)
    client.close()


def test_each_thread_gets_its_own_replies_over_one_connection(shared: redis.Redis, name: str) -> None:
    begin = Barrier(THREADS)

    def work(number: int) -> None:
        begin.wait()
        for count in range(1, 101):
            assert shared.incr(f"{name}:{number}") == count
            assert shared.get(f"{name}:{number}") == str(count)

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(work, range(THREADS)))
    assert [one["name"] for one in shared.client_list()].count(name) == 1


def test_an_error_is_the_callers_alone_whose_command_it_was(shared: redis.Redis, name: str) -> None:
    shared.rpush(f"{name}:list", "no number")
    begin = Barrier(THREADS)

    def work(number: int) -> None:
        begin.wait()
        for count in range(1, 51):
            if number % 2:
                with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
                    shared.incr(f"{name}:list")
            else:
                assert shared.incr(f"{name}:{number}") == count

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(work, range(THREADS)))


def test_a_script_that_redis_forgot_is_brought_again(shared: redis.Redis, name: str) -> None:
    script = shared.register_script(f"return redis.call('INCRBY', KEYS[1], ARGV[1]) -- {name}")
    with ThreadPoolExecutor(THREADS) as threads:
        found = list(threads.map(lambda _: script([f"{name}:sum"], [2]), range(THREADS)))
    assert sorted(found) == list(range(2, 2 * THREADS + 1, 2))


def test_without_redis_every_caller_learns_of_it() -> None:
    client = redis.Redis.from_url("redis://127.0.0.1:1/0")  # nobody listens there
    nobody = AutoPipeliningRedis(connection_pool=client.connection_pool)

    def ask(_: int) -> str:
        with pytest.raises(redis.ConnectionError) as error:
            nobody.get("anything")
        return type(error.value).__name__

    with ThreadPoolExecutor(THREADS) as threads:
        assert set(threads.map(ask, range(THREADS))) == {"ConnectionError"}
