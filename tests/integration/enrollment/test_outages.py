"""Each server is killed, frozen or emptied under load. Afterwards nothing is lost and nothing was sold twice."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from enrollment.adapters.turn_queue import TurnQueue
from enrollment.service.ports import Place
from tests.support.caller import Caller
from tests.support.churn import check_promises, some_time, under_load
from tests.support.http import TLS
from tests.support.metrics import exported
from tests.support.servers import ROOT, Servers, own_servers
from tests.support.waiting import until
from tests.support.world import World, fresh_world


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with own_servers(tmp_path_factory.mktemp("servers")) as servers:
        yield servers


@pytest.fixture(scope="module")
def world(servers: Servers) -> Iterator[World]:
    with servers.in_environment(), fresh_world() as world:
        world.start_module("enrollment.workers.outbox_relay", RELAY_INTERVAL_S="0.2")
        world.start_module("enrollment.workers.reconciler", RECONCILE_INTERVAL_S="1")
        yield world


@pytest.fixture(scope="module")
def calls(world: World) -> Iterator[Caller]:
    caller = Caller(world.start_service(), world.start_service())
    yield caller
    caller.close()


def works_again(calls: Caller, class_id: int) -> bool:
    return calls.enroll(999, class_id)[0] in (200, 409)


@pytest.mark.parametrize("victim", ["dynamodb", "redis", "rabbitmq"])
def test_a_server_killed_under_load_costs_no_promise(
    world: World, calls: Caller, servers: Servers, victim: str
) -> None:
    class_id = world.add_class(capacity=8, places=15)
    world.subscribe(class_id, range(1, 41))
    server = getattr(servers, victim)
    with under_load(calls, class_id) as churn:
        some_time(churn)
        server.kill()
        some_time(churn, 20)
        server.start()
        until(lambda: works_again(calls, class_id), "the service did not recover", timeout_s=30)
        some_time(churn)
    assert set(churn.statuses) <= {200, 404, 409, 503}
    check_promises(world, class_id, churn)
    until(lambda: world.outbox_size() == 0, "notices stayed in the outbox", timeout_s=30)


def test_an_emptied_redis_under_load_costs_no_promise_and_no_notice(world: World, calls: Caller) -> None:
    class_id = world.add_class(capacity=8, places=15)
    with under_load(calls, class_id) as churn:
        for _ in range(5):
            some_time(churn, 60)
            world.redis.flushall()
    assert set(churn.statuses) <= {200, 404, 409}
    check_promises(world, class_id, churn)


@contextmanager
def broker_out(servers: Servers, how: str) -> Iterator[None]:
    out: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
        "killed": (servers.rabbitmq.kill, servers.rabbitmq.start),
        "frozen": (servers.rabbitmq.freeze, servers.rabbitmq.thaw),
    }
    go, come_back = out[how]
    go()
    try:
        yield
    finally:
        come_back()


@pytest.mark.parametrize("how", ["killed", "frozen"])
def test_drops_go_on_without_the_broker_and_every_notice_arrives_later(
    world: World, calls: Caller, servers: Servers, how: str
) -> None:
    class_id = world.add_class(capacity=1, places=15)
    for student in range(1, 10):
        calls.enroll(student, class_id)
    world.subscribe(class_id, range(1, 10))
    until(lambda: world.outbox_size() == 0)
    world.notices()
    with broker_out(servers, how):
        for student in range(1, 9):
            status, body = calls.drop(student, class_id)
            assert (status, body["new_student"]) == (200, "ENROLLED")
        assert world.outbox_size() == 8
    until(lambda: world.outbox_size() == 0, "the relay did not empty the outbox", timeout_s=60)
    notices = world.notices()
    assert {notice["student_id"] for notice in notices} == set(range(2, 10))
    assert len({notice["id"] for notice in notices}) == 8
    world.check(class_id)


def test_instances_that_take_turns_go_on_while_redis_is_frozen(world: World, calls: Caller, servers: Servers) -> None:
    """A turn is a hint: without Redis there is none, and the class's version decides as before."""
    class_id = world.add_class(capacity=300, places=5)
    with ThreadPoolExecutor(16) as pool:
        before = list(pool.map(lambda student: calls.enroll(student, class_id)[0], range(1, 101)))
        servers.redis.freeze()
        try:
            during = list(pool.map(lambda student: calls.enroll(student, class_id)[0], range(101, 161)))
        finally:
            servers.redis.thaw()
    assert set(before) == {200}
    assert set(during) <= {200, 503}
    assert during.count(200) > 30, "a busy machine may refuse some"
    told = {student for student, status in enumerate([*before, *during], start=1) if status == 200}
    assert told <= set(world.seated(class_id))
    world.check(class_id)


def test_the_rights_in_redis_that_security_md_names_are_enough(world: World) -> None:
    """Also for turns, which two instances take after one was refused."""
    text = (ROOT / "etc" / "security.md").read_text()
    [rights] = [line.split()[4:] for line in text.splitlines() if line.startswith("    user enrollment on ")]
    world.redis.execute_command("ACL", "SETUSER", "enrollment", "on", ">secret", *rights)
    url = world.settings.redis_url.replace("//", "//enrollment:secret@")
    services = [world.start_service(REDIS_URL=url, REPLY_WITHIN_S="20") for _ in range(2)]
    class_id = world.add_class(capacity=40, places=20)
    caller = Caller(*services)
    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(lambda student: caller.enroll(student, class_id)[0], range(1, 61))) == {200}
    assert caller.position(world.line(class_id)[0], class_id).json()["position"] == 1
    assert caller.drop(world.seated(class_id)[0], class_id)[0] == 200
    caller.close()
    for service in services:
        service.kill()
        world.processes.remove(service)
    world.check(class_id)


def test_no_turn_waits_for_the_disk(world: World, calls: Caller, servers: Servers) -> None:
    """So they are gone with the process of Redis, and nobody misses them."""
    queue, class_id = TurnQueue(world.redis), world.add_class(capacity=1, places=1)
    for token in ("a", "b", "c"):
        queue.stand(class_id, token)
    queue.leave(class_id, "a", world.deps.rosters.require_section(class_id))
    queue.stand(class_id, "c", stuck="b")
    world.redis.set(f"last-modified:{class_id}", "on disk")
    servers.redis.kill()
    servers.redis.start()
    assert list(world.redis.scan_iter(f"*last-modified:{class_id}*")) == [f"last-modified:{class_id}"]
    assert queue.stand(class_id, "c") == Place("c", 0)
    queue.leave(class_id, "c", None)
    world.redis.delete(f"last-modified:{class_id}")
    until(lambda: calls.enroll(1, class_id)[0] in (200, 409), "the service did not recover")


def refused(reply: tuple[int, Any]) -> bool:
    return reply[0] == 503 and "detail" in reply[1]


def test_without_redis_free_seats_are_given_and_the_line_stands_still(
    world: World, calls: Caller, servers: Servers
) -> None:
    free, full = world.add_class(capacity=2, places=2), world.add_class(capacity=1, places=2)
    for student in (1, 2):
        calls.enroll(student, full)
    servers.redis.kill()
    try:
        assert calls.enroll(1, free)[0] == 200
        assert calls.drop(1, free)[0] == 200
        assert refused(calls.enroll(3, full))
        assert refused(calls.drop(1, full))
        assert refused(calls.leave(2, full))
        reply = calls.position(2, full)
        assert reply.status_code == 503
        assert int(reply.headers["Retry-After"]) > 0
        assert (world.seated(full), world.line(full)) == ([1], [2])
    finally:
        servers.redis.start()
    until(lambda: calls.drop(1, full)[0] in (200, 409), "the service did not recover", timeout_s=20)
    assert calls.position(2, full).status_code == 404
    assert (world.seated(full), world.line(full)) == ([2], [])
    world.check(full)


def test_without_the_database_everything_is_a_503_and_heals(world: World, calls: Caller, servers: Servers) -> None:
    class_id = world.add_class(capacity=1, places=2)
    for student in (1, 2):
        calls.enroll(student, class_id)
    assert calls.position(2, class_id).status_code == 200  # so it is in Redis, though that was away just before
    servers.dynamodb.kill()
    try:
        for _ in range(2):  # of both instances, and before somebody's change leaves a mark that nobody can explain now
            assert calls.position(2, class_id).status_code == 200, "Redis alone can answer this"
        for reply in (calls.enroll(3, class_id), calls.drop(1, class_id), calls.leave(2, class_id)):
            assert refused(reply)
    finally:
        servers.dynamodb.start()
    # 409: it was done, and its reply came too late.
    until(lambda: calls.drop(1, class_id)[0] in (200, 409), "the service did not recover", timeout_s=20)
    assert world.seated(class_id) == [2]
    world.check(class_id)


def test_a_frozen_database_is_a_503_within_its_time_out(world: World, calls: Caller, servers: Servers) -> None:
    class_id = world.add_class(capacity=1, places=2)
    servers.dynamodb.freeze()
    started = time.monotonic()
    try:
        assert refused(calls.enroll(3, class_id))
    finally:
        servers.dynamodb.thaw()
    assert time.monotonic() - started < 45
    both = (4, 5)  # they are asked in turn
    until(lambda: all(calls.enroll(each, class_id)[0] in (200, 409) for each in both), "no recovery", timeout_s=20)
    world.check(class_id)


def test_without_the_users_service_no_class_is_added(world: World, calls: Caller) -> None:
    service = world.start_service(USERS_URL="http://127.0.0.1:1")
    reply = httpx.post(f"{service.url}/add/1/CPSC 1/Name/CS/5/2/active/3", trust_env=False, verify=TLS)
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "2")


def test_who_waits_for_news_outlives_a_redis_that_is_killed(world: World, calls: Caller, servers: Servers) -> None:
    class_id = world.add_class(capacity=1, places=5)
    for student in (1, 2, 3):
        assert calls.enroll(student, class_id)[0] == 200
    known = calls.position(3, class_id).headers["ETag"]
    urls = [process.url for process in world.processes if process.url]
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(calls.position, 3, class_id, if_none_match=known, prefer="wait=25")
        until(lambda: any(exported(url)["position_requests_waiting"][()] for url in urls), "the request did not wait")
        servers.redis.kill()
        until(lambda: calls.position(2, class_id).status_code == 503, "Redis still answers")
        servers.redis.start()
        until(lambda: calls.leave(2, class_id)[0] == 200, "the service did not recover")
        assert held.result(20).json()["position"] == 1
