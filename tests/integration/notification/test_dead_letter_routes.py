"""Dead letters over HTTP, as the page of those who run the system asks for them."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from etc.contracts.topology import Topology
from notification.adapters.queue_consumer import ATTEMPTS, DIED_AT, REASON
from tests.integration.notification.serving import Service, serving
from tests.support.post_office import PostOffice, an_event
from tests.support.waiting import until

PATH = "/dead-letters"


@pytest.fixture
def service(amqp_url: str, topology: Topology) -> Iterator[Service]:
    yield from serving(amqp_url=amqp_url, amqp_prefix=topology.prefix)


def set_aside(post_office: PostOffice, channel: str, count: int = 1) -> list[str]:
    headers = {REASON: "the receiver answered 404", ATTEMPTS: 9, DIED_AT: "2026-02-03T04:05:06+00:00"}
    events = [an_event(email="a@example.com", course_code="CPSC 449", class_name="") for _ in range(count)]
    for event in events:
        post_office.set_aside(channel, event, headers)
    until(lambda: post_office.depth(post_office.topology.dead_queue(channel)) == count)
    return [event["id"] for event in events]


def test_without_any_there_is_nothing_to_do(service: Service, post_office: PostOffice) -> None:
    assert service("GET", PATH) == (200, {"counts": {"email": 0, "webhook": 0}, "letters": []})
    assert service("POST", f"{PATH}/replay", {}) == (200, {"message": "0 sent again", "replayed": 0})
    assert service("POST", f"{PATH}/replay", {"id": str(uuid.uuid4())})[0] == 404


def test_they_are_shown_with_their_reason_as_often_as_one_looks(service: Service, post_office: PostOffice) -> None:
    [id_] = set_aside(post_office, "webhook")
    letter = {"id": id_, "channel": "webhook", "student_id": 4, "class_id": 2, "attempts": 9}
    letter |= {"course_code": "CPSC 449", "class_name": None}
    shown = letter | {"reason": "the receiver answered 404", "since": "2026-02-03T04:05:06Z"}
    for _ in range(2):
        assert service("GET", PATH) == (200, {"counts": {"email": 0, "webhook": 1}, "letters": [shown]})


def test_one_is_sent_again_and_then_all(service: Service, post_office: PostOffice) -> None:
    first, *others = set_aside(post_office, "email", 3)
    set_aside(post_office, "webhook")
    assert service("POST", f"{PATH}/replay", {"id": first})[1]["replayed"] == 1
    assert service("GET", PATH)[1]["counts"] == {"email": 2, "webhook": 1}
    assert service("POST", f"{PATH}/replay", {"channel": "email"})[1]["replayed"] == len(others)
    assert service("POST", f"{PATH}/replay", {})[1]["replayed"] == 1
    queue = post_office.topology.queue
    until(lambda: [post_office.depth(queue(one)) for one in ("email", "webhook")] == [3, 1])


def test_many_are_counted_and_the_oldest_shown(service: Service, post_office: PostOffice) -> None:
    ids = set_aside(post_office, "email", 60)
    listed = service("GET", PATH)[1]
    assert listed["counts"]["email"] == 60
    assert [letter["id"] for letter in listed["letters"]] == ids[:50]
    shown = service("GET", f"{PATH}?limit=60")[1]["letters"]
    assert {letter["id"] for letter in shown} == set(ids), "in whatever order the queue gives back what was looked at"
    assert service("GET", f"{PATH}?limit=0")[0] == 422


def test_several_who_click_at_once_send_each_once(service: Service, post_office: PostOffice) -> None:
    set_aside(post_office, "email", 20)
    with ThreadPoolExecutor(4) as clicks:
        replies = list(clicks.map(lambda _: service("POST", f"{PATH}/replay", {}), range(4)))
    assert {status for status, _ in replies} <= {200, 503}
    assert sum(reply.get("replayed", 0) for _, reply in replies) == 20
    until(lambda: post_office.depth(post_office.topology.queue("email")) == 20)


@pytest.mark.parametrize("body", [{"channel": "fax"}, {"id": ""}, {"ids": []}, [], "all"])
def test_what_means_nothing_is_refused_and_changes_nothing(
    service: Service, post_office: PostOffice, body: object
) -> None:
    set_aside(post_office, "email")
    assert service("POST", f"{PATH}/replay", body)[0] == 422
    assert service("GET", PATH)[1]["counts"]["email"] == 1


def test_a_broker_that_is_away_is_said(post_office: PostOffice) -> None:
    for away in serving(amqp_url="amqp://guest:guest@127.0.0.1:1/%2F"):
        status, reply = away("GET", PATH)
        assert (status, reply["detail"]) == (503, "RabbitMQ does not answer; ask again in a moment")
