"""Bad input is a clear 4xx, and nothing changes."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.caller import Caller
from tests.support.http import TLS
from tests.support.world import Process, World


@pytest.fixture(scope="module")
def class_id(world: World, calls: Caller) -> int:
    class_id = world.add_class(capacity=1, places=2)
    for student in (1, 2):
        calls.enroll(student, class_id)
    return class_id


@pytest.fixture(scope="module")
def client(service: Process) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, trust_env=False, verify=TLS) as client:
        yield client


BAD_IDS = ["0", "-1", "abc", "1.5", "9" * 30, "1e3", "%00", "1%20", "+1", "1_0", "1.0", "01", "²"]
BAD_EMAILS = [
    "a!b@example.com",
    "nobody",
    "a@",
    "@b.example",
    "a b@example.com",
    "a@exa mple.com",
    "x" * 300 + "@example.com",
]
ROUTES = [
    ("POST", "/enroll/{id}/{cls}/jack/jack@example.com"),
    ("DELETE", "/enrollmentdrop/{id}/{cls}/jack/jack@example.com"),
    ("DELETE", "/waitlistdrop/{id}/{cls}/jack/jack@example.com"),
    ("GET", "/waitlist/{id}/{cls}/jack/jack@example.com"),
    ("GET", "/enrolled/{id}/{cls}/jack/jack@example.com"),
    ("DELETE", "/drop/{id}/{cls}/1/jack/jack@example.com"),
]


@pytest.mark.parametrize(("method", "route"), ROUTES)
@pytest.mark.parametrize("bad", BAD_IDS)
def test_an_id_that_is_none_is_a_422(
    world: World, client: httpx.Client, class_id: int, method: str, route: str, bad: str
) -> None:
    for ids in ({"id": bad, "cls": class_id}, {"id": 1, "cls": bad}):
        reply = client.request(method, route.format(**ids))
        assert reply.status_code == 422
        assert isinstance(reply.json()["detail"], str)
    assert (world.seated(class_id), world.line(class_id)) == ([1], [2])


@pytest.mark.parametrize("email", BAD_EMAILS)
def test_an_email_that_is_none_is_a_422(world: World, client: httpx.Client, class_id: int, email: str) -> None:
    reply = client.post(f"/enroll/3/{class_id}/jack/{email}")
    assert reply.status_code == 422
    assert "email" in reply.json()["detail"]
    assert world.line(class_id) == [2]


@pytest.mark.parametrize(
    ("method", "route"), [(method, route) for method, route in ROUTES if not route.startswith("/enrolled")]
)
def test_a_class_that_does_not_exist_is_a_404(client: httpx.Client, method: str, route: str) -> None:
    reply = client.request(method, route.format(id=1, cls=2**53 - 1))
    assert reply.status_code == 404
    assert "detail" in reply.json()


@pytest.mark.parametrize(
    "path",
    [
        "/add/0/CPSC 1/Name/CS/5/2/active/3",
        "/add/1/CPSC 1/Name/CS/5/0/active/3",
        "/add/1/CPSC 1/Name/CS/5/2/open/3",
        "/add/1/CPSC 1/Name/CS/5/2/active/-1",
        "/add/1/%20/Name/CS/5/2/active/3",
        "/add/1/CPSC 1/%0a/CS/5/2/active/3",
        "/add/1/CPSC 1/" + "N" * 101 + "/CS/5/2/active/3",
        "/add/1/CPSC 1/Name/CS/5/" + "9" * 30 + "/active/3",
    ],
)
def test_a_class_that_makes_no_sense_is_not_added(client: httpx.Client, path: str) -> None:
    assert client.post(path).status_code == 422


def test_who_is_seated_or_waiting_is_told_what_to_do_instead(calls: Caller, class_id: int) -> None:
    replies = {
        "already enrolled": calls.enroll(1, class_id),
        "already waiting": calls.enroll(2, class_id),
        "seated, leaves the line": calls.leave(1, class_id),
        "waiting, drops the class": calls.drop(2, class_id),
        "neither": calls.drop(7, class_id),
    }
    assert {case: status for case, (status, _) in replies.items()} == {
        "already enrolled": 409,
        "already waiting": 409,
        "seated, leaves the line": 409,
        "waiting, drops the class": 404,
        "neither": 404,
    }
    assert "leave the waitlist instead" in replies["waiting, drops the class"][1]["detail"]


def test_an_unknown_path_and_a_wrong_method_say_so_in_the_same_form(client: httpx.Client) -> None:
    unknown = client.get("/nothing")
    assert (unknown.status_code, list(unknown.json())) == (404, ["detail"])
    wrong = client.get("/enroll/1/2/jack/jack@example.com")
    assert (wrong.status_code, wrong.json()) == (405, {"detail": "Use POST here, not GET"})
