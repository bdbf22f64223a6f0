"""Staying logged in through the gateway: refreshed, logged out, and ended by a new password."""

import time
from collections.abc import Callable

import httpx
import pytest

from tests.e2e import gateway
from tests.e2e.gateway import Person
from tests.support.waiting import until

pytestmark = pytest.mark.gateway


@pytest.fixture
def student() -> Person:
    return gateway.new_student("sessions")


def log_in(student: Person) -> dict[str, str]:
    reply = ask("login", username=student.username, password=gateway.PASSWORD, session=True)
    tokens: dict[str, str] = reply.raise_for_status().json()
    return tokens


def ask(what: str, **body: object) -> httpx.Response:
    with gateway.client() as api:
        return api.post(f"/user/{what}", json=body)


def refresh(tokens: dict[str, str]) -> httpx.Response:
    return ask("refresh", refresh_token=tokens["refresh_token"])


def status_of(token: str, path: str = "/student/list", **headers: str) -> int:
    with gateway.client(token) as api:
        return api.get(path, headers=headers).status_code


def is_refused(token: str, path: str = "/student/list") -> Callable[[], bool]:
    """By each of the three instances that a service may have, which take turns."""
    return lambda: all(status_of(token, path) == 401 for _ in range(3))


# A route of each service, and one that is answered ahead of the routes.
OF_EACH_SERVICE = ("/student/list", "/student/waitlist/1", "/student/subscribe/list", "/student/instructors?ids=5")


def test_each_token_of_a_session_is_good_until_it_is_logged_out(student: Person) -> None:
    tokens = log_in(student)
    for _ in range(2):
        with gateway.client(tokens["access_token"]) as api:
            assert api.get("/student/list").status_code == 200
        tokens = refresh(tokens).json()

    assert ask("logout", refresh_token=tokens["refresh_token"]).json() == {"message": "You are logged out"}
    refused = refresh(tokens)
    assert (refused.status_code, refused.json()) == (401, {"detail": "The session is over; log in again"})


def test_a_new_password_ends_the_other_sessions(student: Person) -> None:
    other = log_in(student)
    new = {"username": student.username, "password": gateway.PASSWORD, "new_password": "another sentence"}

    assert ask("password", **new | {"password": "guessed"}).status_code == 401
    own = ask("password", **new).raise_for_status().json()
    assert refresh(other).status_code == 401
    assert refresh(own).status_code == 200
    assert ask("login", username=student.username, password=gateway.PASSWORD).status_code == 401


def test_logging_out_ends_the_access_tokens_of_the_session_at_every_service_and_no_others(student: Person) -> None:
    first, other = log_in(student), log_in(student)
    second = refresh(first).json()
    assert {status_of(first["access_token"], path) for path in OF_EACH_SERVICE} <= {200, 404}
    ask("logout", refresh_token=second["refresh_token"]).raise_for_status()

    for token in (first["access_token"], second["access_token"]):
        for path in OF_EACH_SERVICE:
            until(is_refused(token, path), f"{path} takes the token of a session that is over")
    with gateway.client(first["access_token"]) as api:
        refused = api.get("/student/list", headers={"Accept": "application/problem+json"})
    assert refused.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert (refused.json()["code"], refused.json()["detail"]) == ("session_over", "The session is over; log in again")
    assert {status_of(token, path) for token in (other["access_token"], student.token) for path in OF_EACH_SERVICE} <= {
        200,
        404,
    }


def test_a_new_password_ends_the_access_tokens_of_all_sessions_before_it(student: Person) -> None:
    others = [log_in(student)["access_token"] for _ in range(2)]
    new = {"username": student.username, "password": gateway.PASSWORD, "new_password": "another sentence"}
    own = ask("password", **new).raise_for_status().json()["access_token"]

    for token in others:
        until(is_refused(token), "the token of a session from before the new password goes on")
    assert status_of(own) == 200
    assert status_of(student.token) == 200  # of no session: good until it expires


def test_a_token_that_was_used_twice_ends_the_access_tokens_too(student: Person) -> None:
    first = log_in(student)
    second = refresh(first).json()
    refresh(second).raise_for_status()
    assert refresh(first).status_code == 401

    until(is_refused(second["access_token"]), "the token of a session that is over goes on")


@pytest.mark.parametrize("name", ["X-Session-Id", "x-session-id", "X_Session_Id", "Connection"])
def test_no_header_makes_a_session_go_on_that_is_over(student: Person, name: str) -> None:
    """Whatever stands in it: the session of the token counts."""
    over, other = log_in(student), log_in(student)
    ask("logout", refresh_token=over["refresh_token"]).raise_for_status()
    sid = gateway.claims_of(other["access_token"])["sid"]
    until(is_refused(over["access_token"]), "the token of a session that is over goes on")

    for value in (sid, "X-Session-Id", "close, X-Session-Id", ""):
        assert status_of(over["access_token"], **{name: value}) == 401
    # Nor does the name of one that is over end another, or what belongs to none.
    for token in (other["access_token"], student.token):
        assert status_of(token, **{name: gateway.claims_of(over["access_token"])["sid"]}) == 200


def test_what_an_ended_session_asks_for_changes_nothing(student: Person) -> None:
    over = log_in(student)
    ask("logout", refresh_token=over["refresh_token"]).raise_for_status()
    until(is_refused(over["access_token"]), "the token of a session that is over goes on")

    with gateway.client(over["access_token"]) as api:
        for key in ({}, {"Idempotency-Key": f"over-{time.time_ns()}"}):
            assert api.post("/student/enroll/1", headers=key).status_code == 401
    assert student.request("GET", "/student/enrollments").json()["Enrollments"] == []
