"""Sessions over HTTP on a real database: raced by many, and cut off between two steps."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from kit.stores.ended_sessions import EndedSessionLog
from tests.integration.users.tokens import claims_of, key_set, verified
from tests.support.http import TLS
from tests.support.serving import served, started
from tests.support.waiting import until
from users.app import create_app
from users.settings import UsersSettings

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

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


def dying_at(point: str, own_settings: UsersSettings) -> dict[str, str]:
    """The environment of another instance, which is killed there."""
    return os.environ | {
        "ENVIRONMENT": "development",
        "FAULT_POINT": point,
        "TABLE_PREFIX": own_settings.table_prefix,
        "KEYS_DIR": str(own_settings.keys_dir),
        "JWT_ISSUER": own_settings.jwt_issuer,
        "JWT_AUDIENCE": own_settings.jwt_audience,
    }


def ask_the_dying(environment: dict[str, str], path: str, **body: Any) -> None:
    with started("users", environment) as (doomed, url):
        with (
            httpx.Client(base_url=url, timeout=10, trust_env=False, verify=TLS) as client,
            suppress(httpx.TransportError),
        ):
            client.post(path, json=body)
        assert doomed.wait(10) < 0


def test_a_session_survives_a_service_that_dies_before_it_could_reply(
    api: httpx.Client, jo: dict[str, Any], own_settings: UsersSettings
) -> None:
    ask_the_dying(dying_at("session.refreshed", own_settings), "/refresh", refresh_token=jo["refresh_token"])
    again = refresh(api, jo["refresh_token"])
    assert again.status_code == 200
    assert refresh(api, again.json()["refresh_token"]).status_code == 200


def is_taken(api: httpx.Client, granted: dict[str, Any]) -> bool:
    """Whether a request with the access token is, as the gateway passes it on."""
    claims = verified(granted["access_token"], key_set(api))
    reply = api.get(f"/getuser/{claims['sub']}", headers={"X-Session-Id": str(claims["sid"])})
    assert reply.status_code in (200, 401)
    return reply.status_code == 200


def test_a_log_out_is_done_for_both_tokens_by_a_service_that_dies_before_it_could_reply(
    api: httpx.Client, jo: dict[str, Any], own_settings: UsersSettings
) -> None:
    other = log_in(api)
    assert is_taken(api, jo)
    ask_the_dying(dying_at("session.ended", own_settings), "/logout", refresh_token=jo["refresh_token"])

    until(lambda: not is_taken(api, jo), "the access token of a session that is over goes on")
    assert refresh(api, jo["refresh_token"]).status_code == 401
    assert is_taken(api, other)
    assert api.post("/logout", json={"refresh_token": jo["refresh_token"]}).status_code == 200


def test_a_new_password_raced_by_log_outs_ends_the_access_tokens_of_all(api: httpx.Client, jo: dict[str, Any]) -> None:
    others = [log_in(api) for _ in range(4)]
    with ThreadPoolExecutor(5) as threads:
        outs = [threads.submit(api.post, "/logout", json={"refresh_token": each["refresh_token"]}) for each in others]
        own = api.post("/password", json=JO | {"new_password": "another sentence"}).raise_for_status().json()
    assert {each.result().status_code for each in outs} == {200}

    for each in (jo, *others):
        until(lambda each=each: not is_taken(api, each), "the access token of a session that is over goes on")  # type: ignore[misc]
    assert is_taken(api, own)


def test_an_instance_that_starts_later_knows_what_ended_before(
    api: httpx.Client, jo: dict[str, Any], own_settings: UsersSettings
) -> None:
    api.post("/logout", json={"refresh_token": jo["refresh_token"]}).raise_for_status()
    with served(create_app(own_settings)) as later:
        until(lambda: not is_taken(later, jo), "the access token of a session that is over goes on")


def test_the_log_is_read_whole_however_long_it_is(database: "DynamoDBClient", own_settings: UsersSettings) -> None:
    log = EndedSessionLog(database, own_settings.table_prefix)
    names = [f"{number}.0.{'x' * 900}" for number in range(1_200)]  # a page has 1 MB
    for start in range(0, len(names), 100):
        database.transact_write_items(TransactItems=[log.write_of(name) for name in names[start : start + 100]])

    assert sorted(log.since(time.time() - 60)) == sorted(names)
    assert log.since(time.time() + 1) == []
