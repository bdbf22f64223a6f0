"""How often a student asked for something that makes us send.

Redis key `tries:<what>:<student-id>`: a string, how many in the minute that began with the first; it expires with it.
"""

from typing import Any, ClassVar

import redis

from kit.errors import Unavailable
from kit.stores.redis_client import translated

WINDOW_MS = 60_000

_COUNT = """
local tries = redis.call('INCR', KEYS[1])
if tries == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {tries, redis.call('PTTL', KEYS[1])}
"""


class RateLimited(Unavailable):
    """Not for now, but for later: an Unavailable, so that the reply says when to come back."""

    status: ClassVar[int] = 429

    def __init__(self, limit: int, retry_after_s: int) -> None:
        super().__init__(f"This can be done {limit} times a minute; ask again in {retry_after_s} s", retry_after_s)


class RateLimiter:
    """Thread-safe. `limit` is how many a student has in a minute; 0 is no limit."""

    def __init__(self, client: redis.Redis, what: str, limit: int) -> None:
        self._script = client.register_script(_COUNT)
        self._what = what
        self._limit = limit

    def count(self, student_id: int) -> None:
        """Count one. Raises RateLimited above the limit, with the seconds until the minute is over, or Unavailable."""
        if not self._limit:
            return
        with translated():
            reply: Any = self._script([f"tries:{self._what}:{student_id}"], [WINDOW_MS])
        tries, left_ms = reply
        if tries > self._limit:
            raise RateLimited(self._limit, max(1, -(-left_ms // 1000)))
