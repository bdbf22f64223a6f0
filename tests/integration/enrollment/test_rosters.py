"""Rosters with names and addresses, for instructors and registrars; and the classes an instructor teaches."""

from typing import Any

import pytest

from enrollment.domain.class_section import ClassStatus
from tests.support.caller import EMAIL, Caller
from tests.support.waiting import until
from tests.support.world import World

LOVELACE, HOPPER = 5, 6  # the development data's; students 1 to 4 are jack, liam, david and abhinav


@pytest.fixture(scope="module")
def class_id(world: World, calls: Caller) -> int:
    class_id = world.add_class(capacity=2, places=5)
    for student in (2, 1, 3, 4):
        assert calls.enroll(student, class_id)[0] == 200
    return class_id


def roster(calls: Caller, class_id: int, query: str = "", instructor: int | None = LOVELACE) -> Any:
    path = f"/roster/{instructor}/{class_id}/lovelace/{EMAIL}" if instructor else f"/roster/{class_id}"
    reply = calls.get(f"{path}?{query}")
    assert reply.status_code == 200, reply.text
    return reply.json()


@pytest.mark.parametrize("instructor", [LOVELACE, None], ids=["the instructor", "a registrar"])
def test_who_is_enrolled_and_waits_is_told_by_name(calls: Caller, class_id: int, instructor: int | None) -> None:
    enrolled = roster(calls, class_id, "", instructor)
    assert [(one["username"], one["email"]) for one in enrolled["students"]] == [
        ("liam", "liam@example.com"),
        ("jack", "jack@example.com"),
    ]
    assert enrolled["names_known"]
    assert enrolled["next_after"] is None
    assert enrolled["class_details"]["CurrentWaitlist"] == 2
    waiting = roster(calls, class_id, "state=waiting", instructor)["students"]
    assert [(one["position"], one["username"], one["since"] is not None) for one in waiting] == [
        (1, "david", True),
        (2, "abhinav", True),
    ]
    assert roster(calls, class_id, "state=dropped", instructor)["students"] == [], "nobody is no error"


def test_who_pauses_is_offered_a_seat_or_swaps_is_shown_as_such(world: World, calls: Caller) -> None:
    class_id, other = world.add_class(capacity=1, places=5), world.add_class(capacity=1, places=5)
    assert calls.set_policy(class_id, "offer", 600)[0] == 200
    assert calls.enroll(4, other)[0] == 200
    for student in (1, 2, 3):
        assert calls.enroll(student, class_id)[0] == 200
    assert calls.swap(4, other, class_id)[0] == 200
    assert calls.pause(2, class_id)[0] == 200
    assert calls.drop(1, class_id)[0] == 200
    told = roster(calls, class_id, "state=waiting")
    turns = [(one["paused"], one["offered_until"] is not None, one["swap_from"]) for one in told["students"]]
    assert turns == [(True, False, None), (False, True, None), (False, False, other)]
    assert (told["class_details"]["in_turn"], told["class_details"]["open_offers"]) == (1, 1)
    line = calls.get(f"/instructorwaitlist/{LOVELACE}/{class_id}/lovelace/{EMAIL}").json()["Waitlist"]
    assert [(one["paused"], one["offered_until"] is not None, one["swap_from"]) for one in line] == turns


def test_a_history_names_its_students(calls: Caller, class_id: int) -> None:
    for path in (f"/instructorhistory/{LOVELACE}/{class_id}/lovelace/{EMAIL}", f"/history/{class_id}"):
        assert calls.get(path).json()["names"] == {"1": "jack", "2": "liam", "3": "david", "4": "abhinav"}


def test_its_pages_follow_each_other(calls: Caller, class_id: int) -> None:
    for state in ("enrolled", "waiting"):
        first = roster(calls, class_id, f"state={state}&limit=1")
        second = roster(calls, class_id, f"state={state}&limit=1&after={first['next_after']}")
        whole = roster(calls, class_id, f"state={state}")
        assert first["students"] + second["students"] == whole["students"]
        assert second["next_after"] is None


def test_an_unknown_class_and_anothers_are_told_apart_from_an_empty_one(calls: Caller, class_id: int) -> None:
    assert calls.get(f"/roster/{HOPPER}/{class_id}/hopper/{EMAIL}").status_code == 403
    assert calls.get(f"/roster/{LOVELACE}/999/lovelace/{EMAIL}").status_code == 404
    assert calls.get("/roster/999").status_code == 404
    for query in ("state=other", "limit=0", "limit=101", "after=1"):
        assert calls.get(f"/roster/{class_id}?{query}").status_code == 422


def test_without_the_users_service_it_has_no_names(world: World, class_id: int) -> None:
    process = world.start_service(USERS_URL="http://127.0.0.1:9")
    caller = Caller(process)
    told = roster(caller, class_id)
    assert [(one["student_id"], one["username"]) for one in told["students"]] == [(2, None), (1, None)]
    assert not told["names_known"]
    caller.close()
    process.kill()


def test_an_instructor_finds_the_classes_taught_and_no_others(world: World, calls: Caller, class_id: int) -> None:
    closed = world.add_class(capacity=1, places=1, status=ClassStatus.INACTIVE)
    assert calls.get("/list").status_code == 200

    def taught(instructor: int, query: str = "") -> list[int]:
        reply = calls.get(f"/taught/{instructor}/lovelace/{EMAIL}{query}")
        assert reply.status_code == 200
        return [each["ClassID"] for each in reply.json()["Classes"]]

    world.deps.listing.committed(world.deps.rosters.require_section(closed))  # what an instance does that added it
    until(lambda: {class_id, closed} <= set(taught(LOVELACE)), "a class that was added is not listed")
    assert taught(HOPPER) == []
    reply = calls.get(f"/taught/{LOVELACE}/lovelace/{EMAIL}")
    unchanged = calls.get(f"/taught/{LOVELACE}/lovelace/{EMAIL}", **{"If-None-Match": reply.headers["ETag"]})
    assert unchanged.status_code == 304
    found = calls.get(f"/classes?waiting=2&q={'TEST'}").json()["Classes"]
    assert class_id in {each["ClassID"] for each in found}
    assert {each["CurrentWaitlist"] >= 2 for each in found} == {True}
