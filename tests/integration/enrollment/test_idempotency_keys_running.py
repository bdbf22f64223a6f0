"""`Idempotency-Key`: a request that still runs is known at other instances, and a process that dies blocks nobody."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from tests.integration.enrollment.conftest import PATIENT
from tests.support.caller import EMAIL, Caller
from tests.support.keyed_request import Request, is_replayed, new_key, said
from tests.support.tcp_proxy import TcpProxy
from tests.support.waiting import until
from tests.support.world import Process, World

CALLER = {"X-User-Id": "77"}


@pytest.fixture(scope="module")
def database() -> Iterator[TcpProxy]:
    with TcpProxy(os.environ["DYNAMODB_ENDPOINT"]) as proxied:
        yield proxied


@pytest.fixture(scope="module")
def slow(world: World, database: TcpProxy) -> Process:
    """An instance whose database can be made slow."""
    return world.start_service(**PATIENT, DYNAMODB_ENDPOINT=database.url)


@pytest.fixture
def class_id(world: World, calls: Caller) -> int:
    """One seat, taken by 1; 2 waits."""
    class_id = world.add_class(capacity=1, places=5)
    for student in (1, 2):
        assert calls.enroll(student, class_id)[0] == 200
    return class_id


def requests(class_id: int) -> list[Request]:
    return [
        Request("DELETE", f"/enrollmentdrop/1/{class_id}/name/{EMAIL}"),
        Request("POST", f"/enroll/3/{class_id}/name/{EMAIL}"),
        Request("PUT", f"/capacity/{class_id}/2/5"),
    ]


def claims(world: World) -> list[str]:
    return [str(key) for key in world.redis.scan_iter(f"{world.settings.table_prefix}idempotency-claim:*")]


@contextmanager
def held_up(
    world: World, slow: Process, database: TcpProxy, request: Request, key: str
) -> Iterator["Future[httpx.Response]"]:
    """The request runs at the slow instance, and does not end in here."""
    with ThreadPoolExecutor(1) as pool:
        database.freeze()
        try:
            caller = Caller(slow)
            running = pool.submit(request.send, caller, key, **CALLER)
            until(lambda: claims(world), "it is not claimed")
            yield running
        finally:
            database.thaw()
    caller.close()


@pytest.mark.parametrize("deed", [0, 1, 2])
def test_what_still_runs_elsewhere_is_told_to_wait_and_then_gets_the_first_reply(
    world: World, elsewhere: Caller, slow: Process, database: TcpProxy, class_id: int, deed: int
) -> None:
    request, key = requests(class_id)[deed], new_key()
    with held_up(world, slow, database, request, key) as running:
        early = request.send(elsewhere, key, **CALLER)
        other = Request("PUT", f"/state/{class_id}/inactive").send(elsewhere, key, **CALLER)
    assert (early.status_code, early.headers["Retry-After"]) == (409, "1"), early.text
    assert "not been answered" in early.text
    assert other.status_code == 422, other.text
    first = running.result(20)
    assert first.status_code == 200, first.text
    again = request.send(elsewhere, key, **CALLER)
    assert (said(again), is_replayed(again)) == (said(first), True)
    assert not claims(world)
    world.check(class_id)


def test_the_code_of_a_refusal_says_that_it_still_runs(
    world: World, elsewhere: Caller, slow: Process, database: TcpProxy, class_id: int
) -> None:
    request, key = requests(class_id)[0], new_key()
    with held_up(world, slow, database, request, key):
        early = request.send(elsewhere, key, **CALLER, Accept="application/problem+json")
    assert early.json()["code"] == "still_running"


@pytest.mark.parametrize("is_killed", [True, False])
def test_what_a_dead_or_frozen_process_was_doing_is_done_elsewhere(
    world: World, elsewhere: Caller, class_id: int, *, is_killed: bool
) -> None:
    request, key = requests(class_id)[0], new_key()
    with TcpProxy(os.environ["DYNAMODB_ENDPOINT"]) as database:
        process = world.start_service(**PATIENT, DYNAMODB_ENDPOINT=database.url)
        with held_up(world, process, database, request, key) as running:
            if is_killed:
                process.kill()
            else:
                process.popen.send_signal(signal.SIGSTOP)
            again = until(lambda: (reply := request.send(elsewhere, key, **CALLER)).status_code != 409 and reply)
            if not is_killed:
                process.popen.send_signal(signal.SIGCONT)
        if not is_killed:
            assert said(running.result(20)) == said(again)
    assert again.status_code == 200, again.text
    assert world.seated(class_id) == [2]
    world.check(class_id)


@pytest.mark.parametrize("away", ["refused", "silent"])
def test_without_redis_it_happens_once_all_the_same(world: World, calls: Caller, away: str) -> None:
    class_id, key = world.add_class(capacity=1, places=0), new_key()
    request = Request("POST", f"/enroll/7/{class_id}/name/{EMAIL}")
    with TcpProxy(world.settings.redis_url) as store:
        caller = Caller(world.start_service(**PATIENT, REDIS_URL=store.url))
        store.close() if away == "refused" else store.freeze()
        first, again = request.send(caller, key), request.send(caller, key)
        caller.close()
    assert first.status_code == 200, first.text
    assert (said(again), is_replayed(again)) == (said(first), True)
    assert world.seated(class_id) == [7]
