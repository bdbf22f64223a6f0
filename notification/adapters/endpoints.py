"""Endpoints of webhooks that are paused, because nothing arrived there for days.

    receivers:{<student-id>}    HASH, a field for each URL, named by its SHA-256:
        "<since> <last>"        failing: the first and the last failure in ms since 1970; goes with the first success
        "paused <since>"        nothing is sent there until the student resumes it

adapters.delivery_log writes it with each attempt, in the slot and in the round trip of the log. It expires thirty days
after the last failure; then the count starts anew.
"""

import hashlib
from typing import Any

import redis

from kit.stores.redis_client import translated


class Endpoints:
    """Thread-safe. Raises Unavailable when Redis does not answer."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def paused(self, student_id: int, proxy: str) -> bool:
        with translated():
            value: Any = self._client.hget(key(student_id), field(proxy))
        return bool(value and value.startswith("paused"))

    def resume(self, student_id: int, proxy: str) -> None:
        """Send there again, and forget that it failed. Idempotent."""
        with translated():
            self._client.hdel(key(student_id), field(proxy))


def key(student_id: int) -> str:
    return f"receivers:{{{student_id}}}"


def field(proxy: str) -> str:
    return hashlib.sha256(proxy.encode()).hexdigest()
