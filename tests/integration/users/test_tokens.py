"""Tokens are verified with the published keys alone, as gateways do it, while keys are rotated and processes killed."""

import os
import random
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import cycle
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from tests.integration.users.tokens import claims_of, key_set, verified
from tests.support.http import TLS
from tests.support.serving import served, started
from tests.support.waiting import until
from users.adapters.account_store import AccountStore
from users.adapters.signing_keys import SigningKeys
from users.api.jwks import JWKS_PATH
from users.app import create_app
from users.cli.development_data import demo_accounts
from users.domain.account import ROLES
from users.service.passwords import Passwords
from users.settings import UsersSettings

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

ROOT = Path(__file__).parents[3]
JACK = {"username": "jack", "password": "correct horse"}
LEAD_S = 3
REFRESH_S = 0.2  # how often the test, like a gateway, asks for the keys


@pytest.fixture
def demo(accounts: AccountStore) -> None:
    accounts.add_first(demo_accounts(Passwords(memory_kib=8, rounds=1).hash(JACK["password"])))


def kids_of(tokens: list[str]) -> set[str]:
    return {jws.extract_compact(token.encode()).headers()["kid"] for token in tokens}


def rotate(settings: UsersSettings, command: str = "rotate") -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "users.cli.signing_keys", command],
        env=environment(settings),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def environment(settings: UsersSettings) -> dict[str, str]:
    return os.environ | {
        "TABLE_PREFIX": settings.table_prefix,
        "KEYS_DIR": str(settings.keys_dir),
        "KEY_PUBLISH_LEAD_S": str(LEAD_S),
        "JWT_ISSUER": settings.jwt_issuer,
        "JWT_AUDIENCE": settings.jwt_audience,
        "TRIES_PER_MINUTE": "0",
        "FAILURES_PER_ADDRESS": "0",
        "REPLY_WITHIN_S": "9",  # on a busy machine no login is refused for being late
    }


@contextmanager
def instances(settings: UsersSettings, count: int) -> Iterator[list[httpx.Client]]:
    """So many processes of the service."""
    with ExitStack() as stack:
        urls = [stack.enter_context(started("users", environment(settings)))[1] for _ in range(count)]
        yield [stack.enter_context(httpx.Client(base_url=url, timeout=30, trust_env=False, verify=TLS)) for url in urls]


def test_a_login_gives_a_token_that_the_published_keys_verify(
    demo: None, api: httpx.Client, own_settings: UsersSettings
) -> None:
    before_s = int(time.time())
    reply = api.post("/login", json=JACK)

    assert reply.headers["Cache-Control"] == "no-store"
    body = reply.json()
    assert (body.pop("token_type"), body.pop("expires_in"), list(body)) == ("Bearer", 1800, ["access_token"])
    claims = claims_of(reply, api)
    assert before_s <= claims["iat"] <= time.time()
    assert claims["exp"] - claims["iat"] == own_settings.token_lifetime_s
    assert {name: claims[name] for name in ("sub", "roles", "scope", "username", "email")} == {
        "sub": "1",
        "roles": ["student"],
        "scope": "student",
        "username": "jack",
        "email": "jack@example.com",
    }


def test_several_roles_are_one_scope_parted_by_spaces(demo: None, api: httpx.Client) -> None:
    api.put("/roles/1", json={"roles": list(ROLES)})

    assert claims_of(api.post("/login", json=JACK), api)["scope"] == "student instructor registrar"


def test_a_changed_token_or_one_of_another_key_is_refused(demo: None, api: httpx.Client) -> None:
    token = api.post("/login", json=JACK).json()["access_token"]
    head, body, signature = token.split(".")
    other = api.post("/login", json=JACK).json()["access_token"].split(".")[1]

    for wrong in (f"{head}.{other}.{signature}", f"{head}.{body}.{signature[::-1]}", f"{head}.{body}."):
        with pytest.raises(JoseError):
            verified(wrong, key_set(api))


def test_the_keys_are_public_and_can_be_kept(own_settings: UsersSettings, database: "DynamoDBClient") -> None:
    with_secret = own_settings.model_copy(update={"gateway_secret": SecretStr("a-secret-that-the-gateway-has")})
    with served(create_app(with_secret)) as api:
        assert api.get("/getuser/1").status_code == 403
        reply = api.get(JWKS_PATH)
        again = api.get(JWKS_PATH, headers={"If-None-Match": reply.headers["ETag"]})
        described = api.get("/openapi.json", headers={"X-Gateway-Secret": "a-secret-that-the-gateway-has"}).json()

    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "application/jwk-set+json"
    assert reply.headers["Cache-Control"] == f"public, max-age={own_settings.key_publish_lead_s // 5}"
    assert [set(key) for key in reply.json()["keys"]] == [{"kty", "n", "e", "kid", "use", "alg"}]
    assert (again.status_code, again.content) == (304, b"")
    assert described["paths"][JWKS_PATH]["get"]["security"] == []


def test_nobody_else_can_read_the_keys_that_a_service_made(api: httpx.Client, own_settings: UsersSettings) -> None:
    folder = own_settings.keys_dir

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert RSAKey.import_key(SigningKeys(folder, 1).current().key.as_dict(private=True)).private_key.key_size >= 2048


def test_of_many_that_start_at_once_one_makes_the_first_key(own_settings: UsersSettings) -> None:
    started = [rotate(own_settings, "ensure") for _ in range(4)]
    said = {process.communicate(timeout=30)[0].split()[0] for process in started}

    assert [process.returncode for process in started] == [0] * 4
    assert said == {key.kid for key in SigningKeys(own_settings.keys_dir, LEAD_S).all()}
    assert len(said) == 1


def test_while_keys_are_rotated_no_login_fails_and_no_good_token_is_refused(
    demo: None, database: "DynamoDBClient", own_settings: UsersSettings
) -> None:
    """Two instances; the keys known are those of the last refresh, and a token of an unknown key would be refused."""
    over = threading.Event()
    with instances(own_settings, 2) as clients:
        known = [key_set(clients[0])]
        tokens: list[str] = []

        def refresh() -> None:
            while not over.wait(REFRESH_S):
                known.append(key_set(random.choice(clients)))

        def log_in(client: httpx.Client) -> None:
            while not over.is_set():
                reply = client.post("/login", json=JACK)
                assert reply.status_code == 200, reply.text
                token = reply.json()["access_token"]
                verified(token, known[-1])
                tokens.append(token)

        with ThreadPoolExecutor(5) as threads:
            work = [threads.submit(refresh), *(threads.submit(log_in, client) for client in clients * 2)]
            try:
                for count in (2, 3):
                    operator = rotate(own_settings)
                    operator.communicate(timeout=30)
                    assert operator.returncode == 0
                    until(
                        lambda count=count: (
                            any(each.done() for each in work)
                            or (len(tokens) > 40 and len(kids_of(tokens)) == count and len(kids_of(tokens[-20:])) == 1)
                        ),
                        "the new key does not sign",
                    )
            finally:
                over.set()
            for each in work:
                each.result()

        for token in tokens:
            verified(token, known[-1])
        assert len(kids_of(tokens)) == 3


def test_of_operators_who_rotate_at_the_same_time_one_makes_a_key(tmp_path: Path) -> None:
    first = SigningKeys(tmp_path, LEAD_S).ensure()
    together = threading.Barrier(4)

    def rotate_together(_: int) -> str:
        own = SigningKeys(tmp_path, 60)
        together.wait(10)
        return own.rotate().kid

    with ThreadPoolExecutor(4) as threads:
        made = set(threads.map(rotate_together, range(4)))
    assert [key.kid for key in SigningKeys(tmp_path, LEAD_S).all()] == [first.kid, *made]


def rotate_for_ever(folder: Path, key: dict[str, Any]) -> None:
    """Without a pause for making keys, so that nearly all of the time goes into changing the file."""
    now_s = monotonic_days()
    keys = SigningKeys(folder, 0, clock=now_s, make_key=cycle([RSAKey.import_key(key)]).__next__)
    while True:
        keys.rotate()


def monotonic_days() -> Callable[[], float]:
    """A clock on which a nanosecond is some hours, so that every rotation may drop keys that are over."""
    return lambda: time.monotonic_ns() * 10_000


def test_whoever_is_killed_while_changing_keys_leaves_keys_that_work(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    keys = SigningKeys(folder, 0, clock=monotonic_days())
    key = keys.ensure()
    spawn = get_context("spawn")
    rotating = [
        spawn.Process(target=rotate_for_ever, args=(folder, dict(key.key.as_dict(private=True)))) for _ in range(3)
    ]
    for process in rotating:
        process.start()
    try:
        for number, process in enumerate(rotating):
            last = keys.all()[-1].signs_from
            until(lambda last=last: keys.all()[-1].signs_from > last, "nobody rotates any more")
            time.sleep(random.Random(number).uniform(0, 0.02))
            process.kill()
            process.join()

            assert {each.kid for each in SigningKeys(folder, 0).all()} == {key.kid}
    finally:
        for process in rotating:
            process.kill()
            process.join()
    assert keys.rotate().kid != key.kid
    assert not list(folder.glob(".*"))
