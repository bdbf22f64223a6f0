"""Sessions over HTTP on a real database: raced by many, and cut off between two steps."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.users.tokens import claims_of
from tests.support.http import TLS
from tests.support.serving import started
from users.settings import UsersSettings

ROOT = Path(__file__).parents[3]
JO = {"username": "jo", "password": "correct horse"}


@pytest.fixture
def jo(api: httpx.Client) -> dict[str, Any]:
    """The reply to a login with a session."""
    api.post("/register", json=JO | {"email": "jo@example.com"}).raise_for_status()
    return log_in(api)


def log_in(api: httpx.Client, **changed: Any) -> dict[str, Any]:
    reply = api.post("/login", json={**JO, "session": True, **changed})
    assert reply.headers["Cache-Control"] == "no-store"
    granted: dict[str, Any] = reply.raise_for_status().json()
    return granted


def refresh(api: httpx.Client, token: str) -> httpx.Response:
    return api.post("/refresh", json={"refresh_token": token})


def test_a_session_goes_on_until_it_is_logged_out(api: httpx.Client, jo: dict[str, Any]) -> None:
    assert (jo["expires_in"], jo["refresh_expires_in"], jo["session_ends_in"]) == (300, 7200, 43_200)
    reply = refresh(api, jo["refresh_token"])
    assert reply.headers["Cache-Control"] == "no-store"
    assert claims_of(reply, api)["username"] == "jo"

    for _ in range(2):
        out = api.post("/logout", json={"refresh_token": reply.json()["refresh_token"]})
        assert (out.status_code, out.json()) == (200, {"message": "You are logged out"})
    refused = refresh(api, reply.json()["refresh_token"])
    assert (refused.status_code, refused.json()) == (401, {"detail": "The session is over; log in again"})


def test_many_tabs_that_refresh_at_once_all_go_on_with_one_token(api: httpx.Client, jo: dict[str, Any]) -> None:
    token = jo["refresh_token"]
    for _ in range(5):
        with ThreadPoolExecutor(8) as tabs:
            replies = list(tabs.map(lambda _, token=token: refresh(api, token), range(8)))
        assert {reply.status_code for reply in replies} == {200}
        [token] = {reply.json()["refresh_token"] for reply in replies}


def test_a_stolen_token_ends_the_session_for_both(api: httpx.Client, jo: dict[str, Any]) -> None:
    second = refresh(api, jo["refresh_token"]).json()["refresh_token"]
    third = refresh(api, second).json()["refresh_token"]

    assert refresh(api, jo["refresh_token"]).status_code == 401
    assert refresh(api, third).status_code == 401


def test_a_new_password_raced_by_refreshes_leaves_no_old_session(api: httpx.Client, jo: dict[str, Any]) -> None:
    others = [log_in(api)["refresh_token"] for _ in range(4)]

    def go_on(token: str) -> str:
        for _ in range(20):
            if (reply := refresh(api, token)).status_code != 200:
                break
            token = reply.json()["refresh_token"]
        return token

    with ThreadPoolExecutor(5) as threads:
        going = [threads.submit(go_on, token) for token in others]
        changed = api.post("/password", json=JO | {"new_password": "another sentence"})
        last = [each.result() for each in going]
    assert changed.status_code == 200
    assert {refresh(api, token).status_code for token in last} == {401}
    assert refresh(api, changed.json()["refresh_token"]).status_code == 200
    assert api.post("/login", json=JO).status_code == 401
    assert log_in(api, password="another sentence")


def test_of_two_new_passwords_at_once_one_counts(api: httpx.Client, jo: dict[str, Any]) -> None:
    wanted = ["the one sentence", "the other sentence"]
    with ThreadPoolExecutor(2) as threads:
        replies = list(threads.map(lambda new: api.post("/password", json=JO | {"new_password": new}), wanted))

    counted = [new for new, reply in zip(wanted, replies, strict=True) if reply.status_code == 200]
    assert len(counted) == 1
    assert {reply.status_code for reply in replies} <= {200, 401, 409}
    assert log_in(api, password=counted[0])


@pytest.mark.parametrize("new", ["short", "x" * 129])
def test_a_new_password_is_held_to_the_rule(api: httpx.Client, jo: dict[str, Any], new: str) -> None:
    assert api.post("/password", json=JO | {"new_password": new}).status_code == 422
    assert refresh(api, jo["refresh_token"]).status_code == 200


def test_a_session_survives_a_service_that_dies_before_it_could_reply(
    api: httpx.Client, jo: dict[str, Any], own_settings: UsersSettings
) -> None:
    own = {
        "ENVIRONMENT": "development",
        "FAULT_POINT": "session.refreshed",
        "TABLE_PREFIX": own_settings.table_prefix,
        "KEYS_DIR": str(own_settings.keys_dir),
        "JWT_ISSUER": own_settings.jwt_issuer,
        "JWT_AUDIENCE": own_settings.jwt_audience,
    }
    with started("users", os.environ | own) as (doomed, url):
        with (
            httpx.Client(base_url=url, timeout=10, trust_env=False, verify=TLS) as client,
            suppress(httpx.TransportError),
        ):
            refresh(client, jo["refresh_token"])
        assert doomed.wait(10) < 0
    again = refresh(api, jo["refresh_token"])
    assert again.status_code == 200
    assert refresh(api, again.json()["refresh_token"]).status_code == 200
