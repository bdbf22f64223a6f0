"""Accounts uploaded by a registrar, on a real database."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.users.conftest import fresh_settings
from users.adapters.account_store import AccountStore
from users.settings import UsersSettings


@pytest.fixture
def own_settings(tmp_path: Path) -> UsersSettings:
    """Patient: what is tested is what is made, not how soon."""
    return fresh_settings(tmp_path / "keys").model_copy(update={"reply_within_s": 9})


def upload(api: httpx.Client, *rows: dict[str, Any], dry_run: bool = False) -> list[tuple[str, str | None]]:
    reply = api.post("/uploads/accounts", json={"accounts": rows, "dry_run": dry_run})
    assert reply.status_code == 200, reply.text
    return [(each["outcome"], each["detail"]) for each in reply.json()["results"]]


def person(name: str, **more: Any) -> dict[str, Any]:
    return {"username": name, "email": f"{name}@example.com", "password": f"{name} likes long ones", **more}


def test_accounts_are_looked_at_before_they_are_made_and_repeating_it_is_safe(
    api: httpx.Client, accounts: AccountStore
) -> None:
    rows = [
        person("ada", roles=["student", "instructor"]),
        person("bob"),
        person("eve", password=None),
        person("boss", roles=["registrar"]),
        {"username": "a/b", "email": "x"},
    ]
    seen = upload(api, *rows, dry_run=True)
    assert [outcome for outcome, _ in seen] == ["good", "good", "good", "bad", "bad"]
    assert accounts.named(["ada", "bob", "eve"]) == []
    made = upload(api, *rows)
    assert [outcome for outcome, _ in made] == ["added", "added", "bad", "bad", "bad"], made
    assert made[2][1] == "password: eve has none, and none is made up here"
    assert [account.roles for account in accounts.named(["ada", "bob"])] == [("student", "instructor"), ("student",)]
    assert [outcome for outcome, _ in upload(api, *rows)] == ["kept", "kept", "bad", "bad", "bad"]
    assert api.post("/login", json={"username": "bob", "password": "bob likes long ones"}).status_code == 200
    assert upload(api, person("Ada", email="other@example.com"))[0][0] == "bad"


def test_no_more_are_made_at_once_than_take_a_moment(api: httpx.Client) -> None:
    rows = [person(f"n{number}") for number in range(7)]
    made = upload(api, *rows)
    assert [outcome for outcome, _ in made] == ["added"] * 5 + ["bad"] * 2, made
    for malformed in ([], [{}] * 101):
        assert api.post("/uploads/accounts", json={"accounts": malformed}).status_code == 422
