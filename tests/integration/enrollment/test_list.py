"""The list of classes of several instances: each follows what all commit, and one reads the database for all."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from enrollment.adapters.class_feed import ClassFeed
from enrollment.domain.class_section import ClassStatus
from enrollment.service.listing import READ_EVERY_S, read_all
from enrollment.service.ports import Cursor
from tests.support.caller import Caller
from tests.support.http import TLS
from tests.support.metrics import exported
from tests.support.waiting import until
from tests.support.world import Process, World, fresh_world


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with fresh_world() as world:
        for _ in range(120):  # more than one batch
            world.add_class(capacity=3, places=3)
        world.add_class(capacity=3, places=3, status=ClassStatus.INACTIVE)
        yield world


@pytest.fixture(scope="module")
def instances(world: World) -> list[Process]:
    return [world.start_service(LIST_MAX_AGE_S="0.2") for _ in range(3)]


def ask(process: Process, query: str = "", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.get(f"{process.url}/list{query}", headers=named, trust_env=False, verify=TLS, timeout=10)


def listed(process: Process, query: str = "") -> dict[int, Any]:
    reply = ask(process, query)
    assert reply.status_code == 200, reply.text
    return {each["ClassID"]: each for each in reply.json()["Classes"]}


def read_units(instances: list[Process]) -> float:
    return sum(exported(process.url)["class_list_read_units_total"][()] for process in instances)


def feed_of(world: World) -> ClassFeed:
    return ClassFeed(world.redis, world.settings.table_prefix)


def test_each_lists_what_it_commits_at_once_and_what_others_commit_soon(world: World, instances: list[Process]) -> None:
    for process in instances:
        assert len(listed(process)) >= 120
    class_id = next(iter(listed(instances[0])))
    for number, process in enumerate(instances, start=1):
        calls = Caller(process)
        assert calls.enroll(number, class_id)[0] == 200
        assert listed(process)[class_id]["CurrentEnrollment"] == number
        for other in instances:
            until(
                lambda other=other, number=number: listed(other)[class_id]["CurrentEnrollment"] == number,
                "another instance did not follow",
                timeout_s=3,
            )
        calls.close()


def test_the_cost_in_the_database_does_not_grow_with_instances_and_requests(
    world: World, instances: list[Process]
) -> None:
    assert all(len(listed(process)) >= 120 for process in instances)
    before = read_units(instances)
    assert before > 0, "one of them has read for all"
    late = world.start_service(LIST_MAX_AGE_S="0.001")
    for process in (*instances, late) * 20:
        assert len(listed(process)) >= 120
    assert read_units([*instances, late]) - before <= 0.5 * 125 + 2, "at most one reading became due meanwhile"
    late.stop()


def test_what_a_killed_process_did_not_tell_the_others_is_found_by_the_next_whole_reading(
    world: World, instances: list[Process]
) -> None:
    listed(instances[0])
    added, removed = world.add_class(capacity=1, places=1), next(iter(listed(instances[0])))
    world.deps.enrollments.begin_removal(removed)
    world.deps.removals.finish(removed)
    read_all(feed_of(world), world.deps.classes)
    until(lambda: added in (found := listed(instances[0])) and removed not in found, "not found", timeout_s=3)


def test_a_redis_that_lost_everything_costs_nobody_the_list(world: World, instances: list[Process]) -> None:
    count = len(listed(instances[0]))
    for key in world.redis.scan_iter("*class-list*"):
        world.redis.delete(key)
    for process in (*instances, world.start_service()):
        assert len(listed(process)) == count
    until(lambda: feed_of(world).changes(Cursor()).read_age_s is not None, "nobody read all classes again")


def test_a_reading_of_the_future_counts_as_old_so_a_clock_that_was_put_back_stops_no_repair(world: World) -> None:
    feed = feed_of(world)
    read_all(feed, world.deps.classes)
    [head] = world.redis.scan_iter("classes-head:*")
    world.redis.hincrby(head, "read_at", 3600)
    age_s = feed.changes(Cursor()).read_age_s
    assert age_s is not None
    assert age_s > READ_EVERY_S
    read_all(feed, world.deps.classes)


def test_it_is_answered_however_short_its_age(world: World) -> None:
    process = world.start_service(LIST_MAX_AGE_S="0.001")
    for _ in range(5):
        assert len(listed(process)) >= 120


def test_an_unchanged_list_is_a_304_with_the_tag_of_any_instance(instances: list[Process]) -> None:
    first = ask(instances[0])
    for process in instances:
        until(lambda process=process: ask(process).headers["ETag"] == first.headers["ETag"], timeout_s=3)
        again = ask(process, if_none_match=first.headers["ETag"])
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["Vary"] == "Accept-Encoding"


def test_it_is_compressed_for_who_takes_that_and_the_same_for_all(instances: list[Process]) -> None:
    packed, plain = ask(instances[0], accept_encoding="gzip"), ask(instances[0], accept_encoding="identity")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < len(plain.content) / 5
    assert packed.content == plain.content
    assert "Content-Encoding" not in plain.headers


def test_its_pages_together_are_the_whole(instances: list[Process]) -> None:
    whole, found, query = listed(instances[0]), [], "?limit=50"
    while query:
        reply = ask(instances[0], query)
        found += [each["ClassID"] for each in reply.json()["Classes"]]
        query = reply.links["next"]["url"] if "next" in reply.links else ""
    assert found == sorted(whole)
    assert list(json.loads(reply.text)) == ["Classes"]


@pytest.mark.parametrize("query", ["?limit=0", "?limit=10001", "?after=-1", "?limit=x", f"?course={'x' * 101}"])
def test_a_page_that_makes_no_sense_is_a_422(instances: list[Process], query: str) -> None:
    assert ask(instances[0], query).status_code == 422


def test_a_search_finds_by_part_of_course_and_department(world: World, instances: list[Process]) -> None:
    class_id = next(iter(listed(instances[0])))
    assert list(listed(instances[0], f"?course=test%20%20{class_id}&department=TESTS")) == [class_id]
    assert listed(instances[0], "?course=test&department=history") == {}
