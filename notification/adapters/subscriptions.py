"""Subscriptions in Redis: key `subscription:<student-id>`, see domain.subscription for the value."""

import random
import time
from collections.abc import Callable
from typing import cast

import redis

from kit.errors import Unavailable
from kit.stores.redis_client import translated
from notification.domain.subscription import Subscriptions

# One key, so it works on Redis Cluster too. The empty string stands for "no such key".
_SWAP = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2]) end
return 1
"""
_MOST_TRIES = 100


class SubscriptionStore:
    """Thread-safe. All methods raise Unavailable when Redis does not answer."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._swap = client.register_script(_SWAP)

    def of(self, student_id: int) -> Subscriptions:
        with translated():
            return Subscriptions.from_json(self._stored(student_id))

    def change(self, student_id: int, change: Callable[[Subscriptions], Subscriptions]) -> None:
        """Apply a change atomically: it is made again on the newer value if somebody else was faster.

        What `change` raises passes through and nothing is stored.
        """
        with translated():
            for _ in range(_MOST_TRIES):
                before = self._stored(student_id)
                after = change(Subscriptions.from_json(before)).to_json()
                if self._swap([_key(student_id)], [before or "", after or ""]):
                    return
                time.sleep(random.uniform(0, 0.005))  # noqa: S311 - spreads load, guards no secret
        raise Unavailable("The student's subscriptions are being changed by many at once; ask again in a moment")

    def _stored(self, student_id: int) -> str | None:
        return cast("str | None", self._client.get(_key(student_id)))  # the client decodes

    def ping(self) -> None:
        with translated():
            self._client.ping()


def _key(student_id: int) -> str:
    return f"subscription:{student_id}"
