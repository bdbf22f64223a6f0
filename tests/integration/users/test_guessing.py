"""How far guessing passwords gets, by account and by address, and who is not hindered by it."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.serving import served
from users.adapters.account_store import AccountStore
from users.app import create_app
from users.cli.development_data import demo_accounts
from users.service.passwords import Passwords
from users.settings import UsersSettings

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

PASSWORD = "correct horse"
HOME = "198.51.100.7"
PER_ADDRESS, PER_ACCOUNT, TRIES = 40, 6, 4  # the minute may turn once during a test, and then they count twice


@pytest.fixture
def api(own_settings: UsersSettings, database: "DynamoDBClient", accounts: AccountStore) -> Iterator[httpx.Client]:
    accounts.add_first(demo_accounts(Passwords(memory_kib=8, rounds=1).hash(PASSWORD)))
    limits = {
        "tries_per_minute": TRIES,
        "failures_per_address": PER_ADDRESS,
        "failures_per_account": PER_ACCOUNT,
        "reply_within_s": 20,  # what is tested is who is heard, not how soon
    }
    with served(create_app(own_settings.model_copy(update=limits))) as client:
        yield client


def log_in(
    api: httpx.Client, address: str, username: str = "jack", password: str = PASSWORD, path: str = "/login"
) -> httpx.Response:
    body = {"username": username, "password": password}
    return api.post(path, json=body, headers={"X-Forwarded-For": address})


def guesses(api: httpx.Client, addresses: list[str], username: str = "jack") -> Counter[int]:
    """The statuses of wrong passwords tried at once."""
    with ThreadPoolExecutor(16) as threads:
        return Counter(
            reply.status_code
            for reply in threads.map(lambda address: log_in(api, address, username, "wrong horse"), addresses)
        )


def test_guessing_from_everywhere_is_limited_by_account(api: httpx.Client) -> None:
    statuses = guesses(api, [f"192.0.2.{number}" for number in range(60)])

    assert set(statuses) == {401, 429}
    assert statuses[401] <= 2 * PER_ACCOUNT


def test_addresses_of_one_ipv6_network_are_one(api: httpx.Client) -> None:
    statuses = Counter(log_in(api, f"2001:db8:1:2:{n:x}::{n:x}", password="wrong horse").status_code for n in range(20))

    assert set(statuses) == {401, 429}
    assert statuses[401] <= 2 * TRIES


def test_trying_one_password_for_everybody_is_limited_by_address_and_shuts_out_nobody_known_there(
    api: httpx.Client,
) -> None:
    assert log_in(api, HOME).status_code == 200
    with ThreadPoolExecutor(16) as threads:
        replies = threads.map(lambda n: log_in(api, HOME, f"user{n}", "password123"), range(3 * PER_ADDRESS))
        statuses = Counter(reply.status_code for reply in replies)

    assert set(statuses) == {401, 429}
    assert statuses[401] <= 2 * PER_ADDRESS
    assert log_in(api, HOME).status_code == 200


def test_the_owner_is_heard_from_a_known_address_while_others_guess(api: httpx.Client) -> None:
    assert log_in(api, HOME).status_code == 200
    guesses(api, [f"192.0.2.{number}" for number in range(60)])

    assert log_in(api, "203.0.113.9").status_code == 429
    assert log_in(api, HOME).status_code == 200
    assert log_in(api, "203.0.113.9", "liam").status_code == 200


def test_a_lecture_hall_behind_one_address_logs_in_at_once(api: httpx.Client) -> None:
    names = [f"student{number}" for number in range(30)]
    for name in names:
        body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
        assert api.post("/register", json=body, headers={"X-Forwarded-For": f"203.0.113.{name[7:]}"}).status_code == 200

    with ThreadPoolExecutor(16) as threads:
        replies = list(threads.map(lambda name: log_in(api, HOME, name), names * TRIES))
    assert Counter(reply.status_code for reply in replies) == {200: len(names) * TRIES}


def test_registering_from_one_address_is_limited(api: httpx.Client) -> None:
    body = {"username": "jack", "email": "jo@example.com", "password": PASSWORD}  # taken, so it costs no hash
    statuses = Counter(
        api.post("/register", json=body, headers={"X-Forwarded-For": HOME}).status_code for _ in range(3 * PER_ADDRESS)
    )

    assert set(statuses) == {409, 429}
    assert statuses[409] <= 2 * PER_ADDRESS


def test_who_is_refused_learns_when_to_come_back(api: httpx.Client) -> None:
    replies = [log_in(api, HOME, path="/checkpwd") for _ in range(3 * TRIES)]

    refused = [reply for reply in replies if reply.status_code == 429]
    assert refused
    for reply in refused:
        assert 1 <= int(reply.headers["Retry-After"]) <= 60
        assert reply.json()["detail"]


def test_unknown_accounts_are_counted_like_known_ones(api: httpx.Client) -> None:
    known, unknown = (
        [log_in(api, HOME, name, "wrong horse").status_code for _ in range(TRIES)] for name in ("jack", "nobody")
    )

    assert known == unknown == [401] * TRIES
    assert log_in(api, HOME, "nobody", "wrong horse").status_code in (401, 429)
