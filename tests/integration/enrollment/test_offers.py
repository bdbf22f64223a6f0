"""Offers and pauses through the service: raced over three instances, and killed at every step."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from enrollment.adapters.roster_store import RosterStore
from enrollment.adapters.subscriptions import Subscriptions
from enrollment.domain.class_section import Promotion
from kit.stores.database_clock import DatabaseClock
from tests.support.caller import Caller
from tests.support.waiting import until
from tests.support.world import Process, World

SECRET = {"OFFER_LINK_SECRET": "test-only"}


@pytest.fixture(scope="module", autouse=True)
def workers(world: World) -> list[Process]:
    return [
        world.start_module("enrollment.workers.outbox_relay", PUBLISH_TIMEOUT_S="0.2", RELAY_INTERVAL_S="0.2"),
        world.start_module("enrollment.workers.reconciler", RECONCILE_INTERVAL_S="0.5", **SECRET),
    ]


@pytest.fixture(scope="module")
def linking(world: World) -> Iterator[Caller]:
    caller = Caller(world.start_service(REPLY_WITHIN_S="20", **SECRET))
    yield caller
    caller.close()


def offering(world: World, calls: Caller, waiting: int = 3, window_s: int = 600) -> int:
    """One seat, taken by 1; 2, 3, … wait, and seats are offered; everybody is subscribed."""
    class_id = world.add_class(capacity=1, places=50)
    assert calls.set_policy(class_id, "offer", window_s)[0] == 200
    for student in range(1, 2 + waiting):
        assert calls.enroll(student, class_id)[0] == 200
    world.subscribe(class_id, range(1, 2 + waiting))
    world.notices()
    return class_id


def told(world: World) -> list[tuple[str, int]]:
    until(lambda: world.outbox_size() == 0, why="confirmed events stayed in the outbox")
    return [(notice["type"], notice["student_id"]) for notice in world.notices()]


def test_a_seat_is_offered_and_accepted(world: World, calls: Caller) -> None:
    class_id = offering(world, calls)
    assert calls.drop(1, class_id)[1]["new_student"] is None
    assert told(world) == [("enrollment.offered", 2)]
    position = calls.position(2, class_id).json()
    assert position["position"] == 1
    [offer] = calls.offers(2)[1]["offers"]
    assert (offer["class_id"], offer["offered_until"]) == (class_id, position["offered_until"])
    assert calls.offers(3) == (200, {"offers": []})
    assert calls.enroll(9, class_id) == (200, {"message": "Student added to waitlist"}), "the seat is held"
    assert calls.accept(3, class_id)[0] == 409
    assert calls.accept(2, class_id) == (200, {"message": "Seat accepted", "class_id": class_id, "enrolled": True})
    assert calls.accept(2, class_id)[0] == 409
    assert (world.seated(class_id), world.line(class_id)) == ([2], [3, 4, 9])
    assert told(world) == [("enrollment.promoted", 2)]
    world.check(class_id)


def test_a_declined_seat_is_offered_to_the_next(world: World, calls: Caller) -> None:
    class_id = offering(world, calls)
    calls.drop(1, class_id)
    assert calls.decline(2, class_id)[0] == 200
    assert calls.leave(3, class_id)[0] == 200, "leaving the line declines"
    assert (world.seated(class_id), world.line(class_id)) == ([], [4])
    assert Counter(told(world)) == Counter(
        [("enrollment.offered", s) for s in (2, 3, 4)] + [("enrollment.offer_ended", s) for s in (2, 3)]
    )
    world.check(class_id)


def test_seats_of_several_offers_that_end_together_are_offered_on_in_the_same_transaction(
    world: World, calls: Caller
) -> None:
    """Between two, a crash would leave seats free beside a line."""
    class_id = offering(world, calls, waiting=6, window_s=60)
    calls.resize(class_id, 4, 50)
    for student in (2, 3, 4):
        world.deps.database.update_item(
            TableName=world.deps.tables.enrollments,
            Key={"ClassID": {"N": str(class_id)}, "StudentID": {"N": str(student)}},
            UpdateExpression="SET OfferedUntil = :past",
            ExpressionAttributeValues={":past": {"N": "1000"}},
        )
    until(lambda: world.line(class_id) == [5, 6, 7], why="the offers did not end")
    entries = list(world.deps.rosters.history.entries(class_id))
    counted = [Counter(change["what"] for change in entry["changes"]) for entry in entries]
    assert [(each["expired"], each["offered"]) for each in counted if each["expired"] != each["offered"]] == [(0, 3)]


def test_a_seat_of_a_class_that_is_being_removed_is_offered_no_more_and_the_others_are(
    world: World, calls: Caller
) -> None:
    removed, other = offering(world, calls, waiting=1), offering(world, calls, waiting=1)
    for class_id in (removed, other):
        calls.drop(1, class_id)
    assert len(calls.offers(2)[1]["offers"]) == 2
    world.deps.enrollments.begin_removal(removed)
    assert [offer["class_id"] for offer in calls.offers(2)[1]["offers"]] == [other]
    world.deps.removals.remove(removed)


def test_an_offer_that_is_not_answered_ends_in_time_and_goes_to_the_next(world: World, calls: Caller) -> None:
    class_id = offering(world, calls)
    set_window(world, class_id, 1)
    calls.drop(1, class_id)
    record = world.deps.rosters.record(class_id, 2)
    assert record is not None
    until(lambda: 2 not in world.line(class_id), why="the offer did not end", timeout_s=20)
    assert time.time() >= record.offered_until_s
    until(lambda: world.line(class_id) == [] and world.seated(class_id) == [], timeout_s=30)
    assert calls.enroll(9, class_id)[1]["message"] == "Enrollment added successfully"
    texts = [text for text, _ in calls.story(2, class_id)]
    assert texts[-1] == "You did not answer the offer in time, and left the line"
    world.check(class_id)


def test_offers_go_by_the_databases_clock_where_the_hosts_is_wrong(world: World, calls: Caller) -> None:
    class_id = offering(world, calls)
    calls.drop(1, class_id)
    ahead = DatabaseClock(wall=lambda: time.time() + 3600)
    ahead.follow(world.deps.database)
    deps = world.deps
    subscriptions = Subscriptions(deps.database, deps.tables.subscriptions, world.redis)
    store = RosterStore(deps.database, deps.tables, deps.outbox, subscriptions, ahead.now_s)
    assert abs(store.load(class_id, [2], 1, 1).now_s - time.time()) <= 2
    run_out = [offer[:2] for offer in store.offers_ending(int(store.now_s()))]
    assert (class_id, 2) not in run_out
    assert (class_id, 2) in {offer[:2] for offer in store.offers_ending(int(time.time() + 3600))}, (
        "by its own clock it would end them"
    )


def set_window(world: World, class_id: int, seconds: int) -> None:
    """Shorter than the service takes."""
    world.deps.enrollments.set_policy(class_id, Promotion.OFFER, seconds)


def test_accepting_declining_and_leaving_at_once_never_sell_a_seat_twice(world: World, three: Caller) -> None:
    class_id = offering(world, three, waiting=30)
    three.resize(class_id, 6, 50)
    with ThreadPoolExecutor(24) as pool:
        for _ in range(3):
            deeds = [
                pool.submit(deed, student, class_id)
                for student in range(2, 32)
                for deed in (three.accept, three.decline, three.pause)
            ]
            deeds += [pool.submit(three.enroll, 100 + student, class_id) for student in range(6)]
            assert {deed.result()[0] for deed in deeds} <= {200, 404, 409, 503}
    world.check(class_id)
    section = world.deps.rosters.require_section(class_id)
    assert section.current_enrollment + section.open_offers <= section.max_capacity


@pytest.mark.parametrize(
    "doomed", ["commit.loaded", "commit.marked", "commit.committed", "commit.shown"], indirect=True
)
def test_killed_while_accepting_the_seat_is_taken_once_or_still_held(
    world: World, calls: Caller, doomed: tuple[Process, Caller]
) -> None:
    class_id = offering(world, calls)
    calls.drop(1, class_id)
    with pytest.raises(httpx.TransportError):
        doomed[1].accept(2, class_id)
    assert doomed[0].died() == -9
    assert calls.accept(2, class_id)[0] in (200, 409)
    assert world.seated(class_id) == [2]
    until(lambda: world.shown_line(class_id) == [3, 4])
    world.check(class_id)


def test_a_link_shows_the_offer_and_only_posting_answers_it_once(world: World, linking: Caller) -> None:
    class_id = offering(world, linking)
    linking.drop(1, class_id)
    until(lambda: world.outbox_size() == 0)
    [notice] = [one for one in world.notices() if one["type"] == "enrollment.offered"]
    path = "/offer/" + notice["link"].rpartition("/")[2]
    page = linking.get(path)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert f'action="{path}/accept"' in page.text
    assert '<html lang="en">' in page.text
    german = linking.get(path, **{"Accept-Language": "de-AT, en;q=0.5"})
    assert (german.headers["content-language"], "Den Platz annehmen" in german.text) == ("de", True)
    assert world.seated(class_id) == [], "looking at it changes nothing"
    assert linking.post(path.replace(f"/{class_id}.2.", f"/{class_id}.3.") + "/accept").status_code == 404
    assert linking.post(path + "/accept").status_code == 200
    assert linking.post(path + "/decline").status_code == 409
    assert linking.get(path).status_code == 409
    assert world.seated(class_id) == [2]
    world.check(class_id)


def test_a_pause_keeps_the_place_and_shows_as_such(world: World, calls: Caller) -> None:
    class_id = world.add_class(capacity=1, places=5)
    for student in (1, 2, 3):
        calls.enroll(student, class_id)
    before = calls.position(2, class_id).headers["ETag"]
    for _ in range(2):
        assert calls.pause(2, class_id) == (200, {"class_id": class_id, "paused": True})
    reply = calls.position(2, class_id, if_none_match=before)
    assert (reply.status_code, reply.json()["position"], reply.json()["paused"]) == (200, 1, True)
    assert "paused" not in calls.position(3, class_id).json()
    assert {line["ClassID"]: line["paused"] for line in calls.waitlists(2)[1]["Waitlists"]}[class_id] is True
    assert calls.drop(1, class_id)[1]["new_student"] == "ENROLLED"
    assert (world.seated(class_id), world.line(class_id)) == ([3], [2])
    calls.drop(3, class_id)
    assert calls.resume(2, class_id) == (200, {"class_id": class_id, "paused": False})
    assert (world.seated(class_id), world.line(class_id)) == ([2], [])
    assert calls.pause(2, class_id)[0] == 409
    assert calls.pause(9, class_id)[0] == 404
    world.check(class_id)


def test_a_lost_redis_shows_pauses_and_offers_again(world: World, calls: Caller) -> None:
    class_id = offering(world, calls)
    calls.pause(3, class_id)
    calls.drop(1, class_id)
    world.deps.waitlists.forget(class_id)
    assert "offered_until" in calls.position(2, class_id).json()
    assert calls.position(3, class_id).json()["paused"] is True
    world.check(class_id)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"promotion": "lottery"},
        {"promotion": "offer", "offer_window_s": 59},
        {"promotion": "offer", "offer_window_s": 604_801},
        {"promotion": "offer", "more": 1},
    ],
)
def test_a_policy_that_is_none_is_refused(world: World, calls: Caller, body: dict[str, object]) -> None:
    class_id = world.add_class(capacity=1, places=1)
    assert calls.put(f"/policy/{class_id}", body).status_code == 422
    assert world.deps.rosters.require_section(class_id).history.number == 1
