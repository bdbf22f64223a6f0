"""Logins: how many, and what they do to the other requests of the process."""

import json
import statistics
from collections.abc import Iterator
from dataclasses import replace

import httpx

from bench.context import Context, Result, loop
from bench.load import Load, read
from bench.processes import start_service
from bench.samples import Comparison, Figure, spread

PASSWORD = "a password of the benchmark"  # noqa: S105
ACCOUNT = {"username": "bench", "password": PASSWORD}
MOST_SLOWDOWN = 2.0


def logins(context: Context) -> Iterator[Result]:
    fixture = context.fixture("main")
    # The counting of tries stays, only its limit is out of reach.
    service = start_service("users", {**fixture.environment, "TRIES_PER_MINUTE": "100000000"})
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
    )
    yield _beside(context, login, Load(service, f"/getuser/{user_id}", last=1, connections=2))


def _beside(context: Context, login: Load, other: Load) -> Figure:
    """The p99 of another route of the process with logins at full rate, against the same without."""
    alone, beside = [], []
    seconds = max(2.0, context.effort.seconds)
    for _ in range(context.effort.repetitions):
        alone.append(other(seconds))
        with login.start(seconds + 1) as wrk:
            sample = other(seconds)
            logins_done = read(wrk.communicate(timeout=60)[0])
        beside.append(replace(sample, errors=sample.errors + logins_done.errors))
    ratios = [busy.p99_ms / idle.p99_ms for busy, idle in zip(beside, alone, strict=True)]
    ratio = statistics.median(ratios)
    return Figure(
        "login-beside",
        "another route's p99 while logins run at full rate",
        unit="p99, ms",
        ours={name: statistics.median(getattr(s, name) for s in beside) for name in ("rate", "p50_ms", "p99_ms")},
        floor={name: statistics.median(getattr(s, name) for s in alone) for name in ("rate", "p50_ms", "p99_ms")},
        floor_is="GET /getuser/{uid} without logins",
        ratio=ratio,
        goal=f"≤ {MOST_SLOWDOWN:.0f}x",
        reached=ratio <= MOST_SLOWDOWN,
        spread=spread(ratios),
    )
