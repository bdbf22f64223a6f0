"""An instructor writes to who is in a class: each gets one mail, whatever dies meanwhile."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import httpx
import pytest

from tests.support.caller import EMAIL, Caller
from tests.support.http import TLS
from tests.support.waiting import until
from tests.support.world import Process, World

LOVELACE, HOPPER = 5, 6  # the development data's; students 1 to 4 are jack, liam, david and abhinav
BODY = {"to": "enrolled", "title": "Room change", "text": "We meet in CS 101.\nBring your laptops."}


@pytest.fixture(scope="module", autouse=True)
def relay(world: World) -> Process:
    return world.start_module("enrollment.workers.outbox_relay", PUBLISH_TIMEOUT_S="0.2", RELAY_INTERVAL_S="0.2")


@pytest.fixture
def class_id(world: World, calls: Caller) -> int:
    class_id = world.add_class(capacity=3, places=5)
    for student in (1, 2, 3, 4):
        assert calls.enroll(student, class_id)[0] == 200
    world.notices("email")
    world.notices("webhook")
    return class_id


def write(
    process: Process, class_id: int, body: object = BODY, key: str | None = None, instructor: int = LOVELACE
) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    path = f"{process.url}/message/{instructor}/{class_id}/lovelace/{EMAIL}"
    return httpx.post(path, json=body, headers=headers, timeout=20, trust_env=False, verify=TLS)


def gathered(world: World, count: int) -> list[dict[str, Any]]:
    """What came for the mails until there are so many, and then a moment longer."""
    events: list[dict[str, Any]] = []

    def enough() -> bool:
        events.extend(world.notices("email"))
        return len(events) >= count and world.outbox_size() == 0

    until(enough, "the messages did not come")
    return events + world.notices("email")


def test_each_who_is_in_the_list_gets_one_mail_at_the_address_of_the_account(
    world: World, service: Process, class_id: int
) -> None:
    reply = write(service, class_id)
    assert (reply.status_code, reply.json()) == (200, {"message": "Written to 3 students", "recipients": 3})
    events = gathered(world, 3)
    assert sorted((one["student_id"], one["email"]) for one in events) == [
        (1, "jack@example.com"),
        (2, "liam@example.com"),
        (3, "david@example.com"),
    ]
    for event in events:
        said = {name: event[name] for name in ("type", "class_id", "proxy_url", "title", "text", "sender", "reply_to")}
        content = {"title": BODY["title"], "text": BODY["text"], "sender": "lovelace", "reply_to": EMAIL}
        assert said == {"type": "class.message", "class_id": class_id, "proxy_url": None, **content}
    assert write(service, class_id, {**BODY, "to": "waiting"}).json()["recipients"] == 1
    assert [one["student_id"] for one in gathered(world, 1)] == [4]


def test_sent_again_with_its_key_it_has_happened_once(world: World, service: Process, class_id: int) -> None:
    key = str(uuid.uuid4())
    with ThreadPoolExecutor(4) as clicks:
        replies = list(clicks.map(lambda _: write(service, class_id, key=key), range(4)))
    assert {reply.status_code for reply in replies} <= {200, 409}
    again = write(service, class_id, key=key)
    assert (again.json()["recipients"], again.headers["Idempotency-Replayed"]) == (3, "true")
    assert len({event["id"] for event in gathered(world, 3)}) == 3
    assert write(service, class_id, {**BODY, "title": "Another"}, key=key).status_code == 422


def test_what_was_written_is_sent_though_the_service_dies_and_nobody_gets_two(
    world: World, service: Process, class_id: int
) -> None:
    key = str(uuid.uuid4())
    doomed = world.start_service(FAULT_POINT="message.batch")
    with suppress(httpx.TransportError):
        write(doomed, class_id, key=key)
    doomed.died()
    first = gathered(world, 3)
    assert write(service, class_id, key=key).json()["recipients"] == 3
    again = gathered(world, 3)
    # Consumers send an event id once.
    assert {event["id"] for event in first} == {event["id"] for event in again}
    assert len({event["id"] for event in first}) == 3


def test_without_the_addresses_nothing_is_sent(world: World, class_id: int) -> None:
    process = world.start_service(USERS_URL="http://127.0.0.1:9")
    reply = write(process, class_id)
    assert reply.status_code == 503
    assert int(reply.headers["Retry-After"]) >= 1
    assert world.notices("email") == []
    process.kill()


def test_who_may_not_or_has_nobody_to_write_to_is_told(world: World, service: Process, class_id: int) -> None:
    assert write(service, class_id, instructor=HOPPER).status_code == 403
    assert write(service, 999).status_code == 404
    assert write(service, class_id, {**BODY, "to": "dropped"}).status_code == 404
    for wrong in ({"to": "all"}, {"title": ""}, {"title": "a\r\nBcc: b"}, {"text": ""}, {"text": "\x00"}, {"more": 1}):
        assert write(service, class_id, BODY | wrong).status_code == 422, wrong
    assert world.notices("email") == []
