"""`Prefer: wait=…` on a position: the reply is held back until the line moves, at whatever instance."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

import httpx
import pytest

from tests.support.caller import Caller
from tests.support.http import TLS
from tests.support.metrics import exported
from tests.support.waiting import until
from tests.support.world import Process, World

LONG = "wait=25"
AT_ONCE_S = 10  # far less than the wait, and enough for a busy machine


@pytest.fixture(scope="module")
def here(world: World) -> Process:
    """Where students wait; what they wait for is committed at `calls`, another instance."""
    return world.start_service(WORKER_THREADS="2")


@pytest.fixture
def waits(here: Process) -> Iterator[Caller]:
    with closing(Caller(here)) as caller:
        yield caller


@pytest.fixture
def class_id(world: World, calls: Caller) -> int:
    """One seat, taken by 1; 2, 3 and 4 wait."""
    class_id = world.add_class(capacity=1, places=900)
    for student in (1, 2, 3, 4):
        assert calls.enroll(student, class_id)[0] == 200
    return class_id


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(100) as pool:
        yield pool


def waiting_requests(process: Process) -> float:
    return exported(process.url)["position_requests_waiting"][()]


def wait_for_news(
    pool: ThreadPoolExecutor, waits: Caller, here: Process, student: int, class_id: int, method: str = "GET"
) -> "Future[httpx.Response]":
    """A request that waits already."""
    etag = waits.position(student, class_id).headers["ETag"]
    before = waiting_requests(here)
    reply = pool.submit(waits.position, student, class_id, method, if_none_match=etag, prefer=LONG)
    until(lambda: waiting_requests(here) == before + 1, "the request did not wait")
    return reply


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_reply_comes_when_the_line_moves_at_another_instance(
    calls: Caller, waits: Caller, here: Process, class_id: int, pool: ThreadPoolExecutor, method: str
) -> None:
    held = wait_for_news(pool, waits, here, 3, class_id, method)
    calls.leave(2, class_id)
    reply = held.result(AT_ONCE_S)
    assert reply.status_code == 200
    assert reply.headers["Preference-Applied"] == LONG
    if method == "GET":
        assert reply.json().items() >= {"position": 1, "length": 2}.items()
    assert waits.position(3, class_id, if_none_match=reply.headers["ETag"]).status_code == 304
    assert waiting_requests(here) == 0


def test_a_line_that_does_not_move_is_a_304_at_the_end(waits: Caller, class_id: int) -> None:
    etag = waits.position(3, class_id).headers["ETag"]
    began = time.monotonic()
    reply = waits.position(3, class_id, if_none_match=etag, prefer="wait=1")
    assert time.monotonic() - began >= 1
    assert (reply.status_code, reply.content, reply.headers["ETag"]) == (304, b"", etag)
    assert reply.headers["Preference-Applied"] == "wait=1"


def test_nobody_waits_without_a_copy_that_is_current(waits: Caller, calls: Caller, class_id: int) -> None:
    old = waits.position(3, class_id).headers["ETag"]
    calls.leave(4, class_id)
    for headers in ({}, {"if_none_match": old}, {"if_none_match": '"other"'}):
        began = time.monotonic()
        reply = waits.position(3, class_id, prefer=LONG, **headers)
        assert reply.status_code == 200
        assert time.monotonic() - began < AT_ONCE_S


def test_who_is_no_longer_in_line_hears_a_404(
    world: World, calls: Caller, waits: Caller, here: Process, class_id: int, pool: ThreadPoolExecutor
) -> None:
    promoted = wait_for_news(pool, waits, here, 2, class_id)
    calls.drop(1, class_id)
    assert promoted.result(AT_ONCE_S).status_code == 404
    removed = wait_for_news(pool, waits, here, 3, class_id)
    calls.remove(class_id)
    assert removed.result(AT_ONCE_S).status_code == 404
    assert waits.position(3, class_id, if_none_match="*", prefer=LONG).status_code == 404


def test_who_waits_is_answered_when_the_process_is_told_to_end(
    world: World, class_id: int, pool: ThreadPoolExecutor
) -> None:
    ending = world.start_service()
    with closing(Caller(ending)) as waits:
        held = [wait_for_news(pool, waits, ending, student, class_id) for student in (2, 3, 4)]
        stopped = pool.submit(ending.stop)
        assert {reply.result(AT_ONCE_S).status_code for reply in held} == {304}
    stopped.result(20)


def test_how_many_wait_and_how_long_is_bounded_and_who_hangs_up_makes_room(world: World, class_id: int) -> None:
    small = world.start_service(POSITION_WAITS_MOST="1", POSITION_WAIT_LONGEST_S="20")
    with closing(Caller(small)) as waits, ThreadPoolExecutor(1) as pool:
        etag = waits.position(3, class_id).headers["ETag"]
        with httpx.Client(base_url=small.url, trust_env=False, verify=TLS, timeout=1) as impatient:
            path, headers = f"/waitlist/3/{class_id}/name/someone@example.com", {"If-None-Match": etag, "Prefer": LONG}
            hung_up = pool.submit(impatient.get, path, headers=headers)
            until(lambda: waiting_requests(small) == 1)
            crowded_out = waits.position(3, class_id, if_none_match=etag, prefer=LONG)
            assert crowded_out.status_code == 304
            assert "Preference-Applied" not in crowded_out.headers
            assert isinstance(hung_up.exception(), httpx.ReadTimeout)
        until(lambda: waiting_requests(small) == 0, "who has hung up still waits")
        assert (
            waits.position(3, class_id, if_none_match='"old"', prefer=LONG).headers["Preference-Applied"] == "wait=20"
        )


def test_one_student_does_not_take_all_places(
    waits: Caller, here: Process, class_id: int, pool: ThreadPoolExecutor
) -> None:
    etag = waits.position(4, class_id).headers["ETag"]
    held = [pool.submit(waits.position, 4, class_id, if_none_match=etag, prefer="wait=3") for _ in range(30)]
    replies = [reply.result(20) for reply in held]
    assert {reply.status_code for reply in replies} == {304}
    assert 1 <= sum("Preference-Applied" not in reply.headers for reply in replies) <= 29
    assert waiting_requests(here) == 0


def test_a_redis_that_was_emptied_while_they_wait_is_filled_again_and_loses_no_news(
    world: World, calls: Caller, waits: Caller, here: Process, class_id: int, pool: ThreadPoolExecutor
) -> None:
    held = wait_for_news(pool, waits, here, 3, class_id)
    for key in world.redis.scan_iter(f"*last-modified:{class_id}*"):
        world.redis.delete(key)
    until(lambda: world.shown_line(class_id) == [2, 3, 4], "nobody asked DynamoDB")
    assert not held.done(), "the line has not moved"
    calls.leave(2, class_id)
    assert held.result(AT_ONCE_S).json()["position"] == 1


def test_a_change_whose_process_was_killed_before_it_was_shown_is_news_all_the_same(
    world: World, waits: Caller, here: Process, class_id: int, pool: ThreadPoolExecutor
) -> None:
    held = wait_for_news(pool, waits, here, 3, class_id)
    doomed = world.start_service(FAULT_POINT="commit.committed")
    with closing(Caller(doomed)) as caller, pytest.raises(httpx.TransportError):
        caller.leave(2, class_id)
    assert held.result(2 * AT_ONCE_S).json()["position"] == 1


def test_many_who_follow_a_line_all_arrive_at_its_last_state(
    world: World, calls: Caller, waits: Caller, here: Process, class_id: int, pool: ThreadPoolExecutor
) -> None:
    """Changes race with those who read, ask again and begin to wait; nobody misses the last one, and no thread is taken
    from other requests."""
    students = range(10, 70)
    for student in students:
        assert calls.enroll(student, class_id)[0] == 200

    def follow(student: int) -> tuple[int, int]:
        etag = '"none"'
        while True:
            reply = waits.position(student, class_id, if_none_match=etag, prefer=LONG)
            assert reply.status_code == 200, "the line had moved, and nobody was woken"
            etag, place = reply.headers["ETag"], reply.json()
            if place["length"] == len(students):
                return place["position"], place["length"]

    followers = [pool.submit(follow, student) for student in students]
    until(lambda: waiting_requests(here) == len(students), "not everybody waits")
    for _ in range(6):
        assert waits.enroll(5, class_id)[0] == 200
        assert calls.leave(5, class_id)[0] == 200
    for student in (2, 3, 4):
        assert calls.leave(student, class_id)[0] == 200
    assert [follower.result(30) for follower in followers] == [(n, 60) for n in range(1, 61)]
    world.check(class_id)
