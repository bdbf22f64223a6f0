"""Logins: how many, and what they do to the other requests of the process."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import httpx

from bench.context import Context, Result, loop
from bench.load import Load, read
from bench.processes import start_service
from bench.samples import Comparison, Of, Sample, Side

PASSWORD = "a password of the benchmark"  # noqa: S105
ACCOUNT = {"username": "bench", "password": PASSWORD}
MOST_SLOWDOWN = 1.3


def logins(context: Context) -> Iterator[Result]:
    fixture = context.fixture("main")
    # The counting of tries stays, only its limit is out of reach.
    service = start_service("users", {**fixture.environment, "TRIES_PER_MINUTE": "100000000"}, context.tree)
    context.watch(context.until_end(service))
    registered = httpx.post(
        f"{service.url}/register", json={**ACCOUNT, "email": "bench@example.com"}, timeout=10, trust_env=False
    )
    user_id = registered.raise_for_status().json()["id"]
    headers = {"Content-Type": "application/json"}
    login = Load(service, "/login", "POST", last=1, body=json.dumps(ACCOUNT), headers=headers, connections=16)
    yield Comparison(
        "login",
        "login, 16 connections",
        "one Argon2id verification after the other",
        0.8,
        login,
        loop("argon2", threads=1, password=PASSWORD),
        pid=login.pid,
    )
    other = Load(service, f"/getuser/{user_id}", last=1, connections=2)
    yield Comparison(
        "login-beside",
        "another route's p99 while logins run at full rate",
        "GET /getuser/{uid} without logins",
        MOST_SLOWDOWN,
        _beside(login, other, context.say),
        other,
        of=Of.P99_MS,
        pid=login.pid,
    )


def _beside(login: Load, other: Load, say: Callable[[str], None]) -> Side:
    def side(seconds: float) -> Sample:
        with login.start(seconds + 1) as wrk:
            sample = other(seconds)
            logins_done = read(wrk.communicate(timeout=60)[0])
        say(f"login-beside: {logins_done.rate:.0f} logins/s beside it")
        return replace(sample, errors=sample.errors + logins_done.errors)

    return side
