"""A process is killed at each named point of each deed; the others, the relay and the reconciler go on without it."""

from contextlib import closing, suppress

import httpx
import pytest

from enrollment.domain.moments import now_as_text
from enrollment.domain.roster import Roster
from tests.support.caller import Caller
from tests.support.waiting import until
from tests.support.world import Process, World

BEFORE_COMMIT = ["commit.loaded", "commit.marked"]
AFTER_COMMIT = ["commit.committed", "commit.shown"]
DEEDS = ["enroll", "join", "drop", "leave"]


@pytest.fixture(scope="module", autouse=True)
def helpers(world: World) -> list[Process]:
    return [
        world.start_module("enrollment.workers.outbox_relay", PUBLISH_TIMEOUT_S="0.2", RELAY_INTERVAL_S="0.2"),
        world.start_module("enrollment.workers.reconciler", RECONCILE_INTERVAL_S="1"),
    ]


@pytest.fixture
def class_id(world: World, calls: Caller) -> int:
    """One seat, taken by 1; 2 and 3 wait; everybody is subscribed; nothing is in the queues."""
    class_id = world.add_class(capacity=1, places=5)
    for student in (1, 2, 3):
        assert calls.enroll(student, class_id)[0] == 200
    world.subscribe(class_id, range(1, 10))
    world.notices()
    return class_id


def do(caller: Caller, deed: str, class_id: int, empty_class: int) -> tuple[int, object]:
    match deed:
        case "enroll":
            return caller.enroll(9, empty_class)
        case "join":
            return caller.enroll(4, class_id)
        case "drop":
            return caller.drop(1, class_id)
        case "leave":
            return caller.leave(2, class_id)
        case "take out":
            return caller.take_out(1, class_id)
        case "revise":
            return caller.revise(class_id, max_capacity=2, class_name="Another")
    raise AssertionError(deed)


# deed → (seated, line) of the class, seated of the empty class, notified students
DONE = {
    "enroll": ([1], [2, 3], [9], []),
    "join": ([1], [2, 3, 4], [], []),
    "drop": ([2], [3], [], [2]),
    "leave": ([1], [3], [], []),
    "take out": ([2], [3], [], [2]),
    "revise": ([1, 2], [3], [], [2]),
}
NOT_DONE = ([1], [2, 3], [], [])


def expect(
    world: World,
    calls: Caller,
    class_id: int,
    empty_class: int,
    outcome: tuple[list[int], list[int], list[int], list[int]],
) -> None:
    seated, line, elsewhere, told = outcome
    assert (world.seated(class_id), world.line(class_id), world.seated(empty_class)) == (seated, line, elsewhere)
    until(lambda: world.shown_line(class_id) == line, why="Redis did not show the line")
    for position, student in enumerate(line, start=1):
        assert calls.position(student, class_id).json().items() >= {"position": position, "length": len(line)}.items()
    for student in seated:
        assert calls.position(student, class_id).status_code == 404
    until(lambda: world.outbox_size() == 0, why="the relay did not empty the outbox")
    notices = world.notices()
    assert {notice["student_id"] for notice in notices} == set(told)
    assert len({notice["id"] for notice in notices}) == len(told), "one promotion has one event id"
    world.check(class_id)
    world.check(empty_class)


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("doomed", BEFORE_COMMIT, indirect=True)
def test_killed_before_the_commit_nothing_has_happened_and_asking_again_works(
    world: World, calls: Caller, doomed: tuple[Process, Caller], class_id: int, deed: str
) -> None:
    process, caller = doomed
    empty_class = world.add_class(capacity=1, places=1)
    with pytest.raises(httpx.TransportError):
        do(caller, deed, class_id, empty_class)
    assert process.died() == -9
    expect(world, calls, class_id, empty_class, NOT_DONE)
    assert do(calls, deed, class_id, empty_class)[0] == 200
    expect(world, calls, class_id, empty_class, DONE[deed])


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("doomed", AFTER_COMMIT, indirect=True)
def test_killed_after_the_commit_everything_has_happened_and_everybody_is_told(
    world: World, calls: Caller, doomed: tuple[Process, Caller], class_id: int, deed: str
) -> None:
    process, caller = doomed
    empty_class = world.add_class(capacity=1, places=1)
    before = calls.position(3, class_id).headers
    with pytest.raises(httpx.TransportError):
        do(caller, deed, class_id, empty_class)
    assert process.died() == -9
    if deed != "enroll":  # the line has changed: at no moment may an older copy be called current
        for header, value in (("If-None-Match", before["ETag"]), ("If-Modified-Since", before["Last-Modified"])):
            assert calls.position(3, class_id, **{header: value}).status_code != 304
    expect(world, calls, class_id, empty_class, DONE[deed])


@pytest.mark.parametrize("deed", ["take out", "revise"])
@pytest.mark.parametrize("doomed", ["commit.committed"], indirect=True)
def test_killed_after_a_registrars_commit_everybody_is_told(
    world: World, calls: Caller, doomed: tuple[Process, Caller], class_id: int, deed: str
) -> None:
    process, caller = doomed
    empty_class = world.add_class(capacity=1, places=1)
    with pytest.raises(httpx.TransportError):
        do(caller, deed, class_id, empty_class)
    assert process.died() == -9
    expect(world, calls, class_id, empty_class, DONE[deed])


@pytest.mark.parametrize("doomed", ["event.published", "event.deleted"], indirect=True)
def test_killed_around_the_confirm_the_notice_arrives_with_one_event_id(
    world: World, calls: Caller, doomed: tuple[Process, Caller], class_id: int
) -> None:
    process, caller = doomed
    with suppress(httpx.TransportError):  # whether the reply still gets out is a matter of luck
        caller.drop(1, class_id)
    assert process.died() == -9
    expect(world, calls, class_id, world.add_class(1, 1), DONE["drop"])


@pytest.mark.parametrize("doomed", ["removal.begun", "removal.chunk"], indirect=True)
def test_a_removal_cut_short_is_done_to_the_end(
    world: World, calls: Caller, doomed: tuple[Process, Caller], class_id: int
) -> None:
    process, caller = doomed
    with pytest.raises(httpx.TransportError):
        caller.remove(class_id)
    assert process.died() == -9
    assert calls.enroll(7, class_id)[0] == 404, "a class in removal takes nobody"
    until(lambda: calls.remove(class_id)[0] == 404, why="the reconciler did not finish the removal")
    assert (world.seated(class_id), world.line(class_id)) == ([], [])


@pytest.mark.parametrize("point", ["relay.published", "relay.deleted"])
def test_a_relay_killed_at_its_work_loses_and_invents_nothing(
    world: World, calls: Caller, class_id: int, helpers: list[Process], point: str
) -> None:
    for helper in helpers:
        if "enrollment.workers.outbox_relay" in helper.popen.args and helper.popen.poll() is None:  # type: ignore[operator]
            assert helper.stop() == 0
    service = world.start_service(AMQP_URL="amqp://guest:guest@127.0.0.1:1/%2F")  # this one never reaches the broker
    with closing(Caller(service)) as caller:
        assert caller.drop(1, class_id)[0] == 200
    assert world.outbox_size() == 1
    doomed = world.start_module("enrollment.workers.outbox_relay", FAULT_POINT=point, PUBLISH_TIMEOUT_S="0.2")
    assert doomed.died() == -9
    helpers.append(
        world.start_module("enrollment.workers.outbox_relay", PUBLISH_TIMEOUT_S="0.2", RELAY_INTERVAL_S="0.2")
    )
    expect(world, calls, class_id, world.add_class(1, 1), DONE["drop"])


def test_room_left_beside_a_line_is_given_to_its_head_by_the_reconciler(
    world: World, calls: Caller, class_id: int
) -> None:
    section = world.deps.rosters.require_section(class_id)
    roster = Roster(section, {}, [], now_s=0)
    roster.resize(2, section.waitlist_maximum)
    world.deps.rosters.save([(roster, roster.write_history(now_as_text()))], [])
    world.deps.heartbeats.beat(lasts_s=0)  # and the process died before it promoted
    until(lambda: world.seated(class_id) == [1, 2], why="the reconciler did not promote")
    expect(world, calls, class_id, world.add_class(1, 1), ([1, 2], [3], [], [2]))


@pytest.mark.parametrize("deed", ["join", "drop", "leave"])
def test_an_emptied_redis_is_restored_by_whoever_asks_first(
    world: World, calls: Caller, class_id: int, deed: str
) -> None:
    before = calls.position(3, class_id).headers
    for key in world.redis.scan_iter("*last-modified:*"):
        world.redis.delete(key)
    assert do(calls, deed, class_id, 0)[0] == 200
    for header, value in (("If-None-Match", before["ETag"]), ("If-Modified-Since", before["Last-Modified"])):
        assert calls.position(3, class_id, **{header: value}).status_code == 200
    expect(world, calls, class_id, world.add_class(1, 1), DONE[deed])


def test_an_entity_tag_survives_an_emptied_redis_and_a_date_does_not(
    world: World, calls: Caller, class_id: int
) -> None:
    before = calls.position(3, class_id).headers
    for key in world.redis.scan_iter("*last-modified:*"):
        world.redis.delete(key)
    assert calls.position(3, class_id, if_modified_since=before["Last-Modified"]).status_code == 200
    assert calls.position(3, class_id, if_none_match=before["ETag"]).status_code == 304


@pytest.mark.parametrize("doomed", ["commit.committed"], indirect=True)
def test_new_seats_are_given_away_in_the_transaction_that_makes_them(
    world: World, doomed: tuple[Process, Caller], class_id: int
) -> None:
    """A process that died between the two transactions left seats free beside a line until the reconciler came."""
    process, caller = doomed
    with pytest.raises(httpx.TransportError):
        caller.resize(class_id, 2, 5)
    assert process.died() == -9
    assert (world.seated(class_id), world.line(class_id)) == ([1, 2], [3])
    until(lambda: world.outbox_size() == 0, why="the relay did not empty the outbox")
    assert [notice["student_id"] for notice in world.notices()] == [2]
