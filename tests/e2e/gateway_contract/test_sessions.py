"""Staying logged in through the gateway: refreshed, logged out, and ended by a new password."""

import httpx
import pytest

from tests.e2e import gateway
from tests.e2e.gateway import Person

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
