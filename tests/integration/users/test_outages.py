"""The database stops answering while many ask: each gets a 503 in time, and is served once it is back."""

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.http import TLS, get
from tests.support.servers import Server, own_server
from tests.support.serving import started
from tests.support.waiting import until

ROOT = Path(__file__).parents[3]
DEADLINE_S = 2  # each request's own, as set here
REPLY_WITHIN_S = 8  # leaves a busy machine room, and is less than the 10 s of the first of forty that queued
JO = {"username": "jo", "email": "jo@example.com", "password": "correct horse"}
ASKED = [
    ("POST", "/login", JO),
    ("POST", "/checkpwd", JO),
    ("POST", "/register", JO | {"username": "jane"}),
    ("GET", "/getuser/1", None),
    ("PUT", "/roles/1", {"roles": ["student"]}),
]
ALWAYS = ["/health/live", "/.well-known/jwks.json"]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Server]:
    with own_server("dynamodb", tmp_path) as server:
        yield server


@pytest.fixture
def url(database: Server, tmp_path: Path) -> Iterator[str]:
    """The service, a process of its own: the test's threads must not slow it down."""
    settings = {
        "DYNAMODB_ENDPOINT": f"http://127.0.0.1:{database.port}",
        "KEYS_DIR": str(tmp_path / "keys"),
        "JWT_ISSUER": "the issuer",
        "JWT_AUDIENCE": "the audience",
        "REPLY_WITHIN_S": str(DEADLINE_S),
    }
    with started("users", os.environ | settings) as (_, url):
        yield url


def readiness(url: str) -> int:
    reply = get(f"{url}/health/ready")
    return reply.status_code if reply else 0


async def ask_all(url: str, copies: int) -> list[tuple[str, httpx.Response, float]]:
    """Every route so many times at once: the path, the reply and how long it took, in seconds."""
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=20, trust_env=False, verify=TLS, limits=limits) as client:

        async def ask(method: str, path: str, body: object) -> tuple[str, httpx.Response, float]:
            began = time.monotonic()
            reply = await client.request(method, path, json=body)
            return path, reply, time.monotonic() - began

        always = [("GET", path, None) for path in [*ALWAYS, "/health/ready"]]
        return await asyncio.gather(*(ask(*each) for each in [*ASKED, *always] * copies))


def test_while_the_database_is_frozen_every_reply_comes_in_time(url: str, database: Server) -> None:
    assert httpx.post(f"{url}/register", json=JO, trust_env=False, verify=TLS).status_code == 200
    database.freeze()

    for copies in (1, 40):
        for path, reply, took_s in asyncio.run(ask_all(url, copies)):
            assert took_s < REPLY_WITHIN_S, f"{path} took {took_s:.1f} s"
            if path in ALWAYS:
                assert reply.status_code == 200
            elif path != "/health/ready":  # which goes by what was seen, and may not have seen it yet
                assert reply.status_code == 503, path
                assert int(reply.headers["Retry-After"]) >= 1
                assert reply.json()["detail"]

    until(lambda: readiness(url) == 503, "it is ready all the same")
    database.thaw()
    until(
        lambda: httpx.post(f"{url}/login", json=JO, trust_env=False, verify=TLS).status_code == 200,
        "nobody can log in again",
    )
    assert readiness(url) == 200
