"""What happened in each of the last minutes, counted over all processes: for pictures, and for nothing else.

Keys: `minutes:{<name>}:<minute>`, a sorted set of what was counted in the minute (whole, since the epoch, by Redis's
clock) and how often; it expires. A name's keys share a cluster slot.

Counting puts something into a queue in memory. A thread adds it up and brings the sums to Redis every two seconds;
what it cannot bring is forgotten, as is all when Redis is emptied: nobody waits, and nothing is counted twice.
"""

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import redis

from kit.concurrency import threads
from kit.errors import AppError
from kit.moments import rfc3339
from kit.stores.redis_client import translated

log = logging.getLogger(__name__)

FLUSH_EVERY_S = 2.0
_AT_ONCE = 500  # counts that a script adds
_MOST_WAITING = 100_000  # between two flushes; beyond them the oldest are forgotten

# KEYS: the prefix. ARGV: how many seconds a minute is kept, (what, count)…
_ADD = """
local key = KEYS[1] .. ':' .. math.floor(redis.call('TIME')[1] / 60)
for i = 2, #ARGV, 2 do redis.call('ZINCRBY', key, ARGV[i + 1], ARGV[i]) end
redis.call('EXPIRE', key, ARGV[1])
"""
# KEYS: the prefix. ARGV: how many minutes, this one included. Gives this minute, and [minute, [what, count…]]….
_SERIES = """
local now, found = math.floor(redis.call('TIME')[1] / 60), {}
for minute = now - ARGV[1] + 1, now do
  local counts = redis.call('ZRANGE', KEYS[1] .. ':' .. minute, 0, -1, 'WITHSCORES')
  if #counts > 0 then found[#found + 1] = {minute, counts} end
end
return {now, found}
"""
# KEYS: the prefix. ARGV: how many minutes, how many of each. Gives [what, sum…] of what was among the most in any.
_MOST = """
local now, sums, found = math.floor(redis.call('TIME')[1] / 60), {}, {}
for minute = now - ARGV[1] + 1, now do
  for _, what in ipairs(redis.call('ZREVRANGE', KEYS[1] .. ':' .. minute, 0, ARGV[2] - 1)) do sums[what] = 0 end
end
for minute = now - ARGV[1] + 1, now do
  for what in pairs(sums) do
    sums[what] = sums[what] + (redis.call('ZSCORE', KEYS[1] .. ':' .. minute, what) or 0)
  end
end
for what, sum in pairs(sums) do
  found[#found + 1] = what
  found[#found + 1] = sum
end
return found
"""


class Series(NamedTuple):
    """`now` and the keys of `counts` are minutes since the epoch; a minute without counts is not there."""

    now: int
    counts: dict[int, dict[str, int]]


class MinuteCounts:
    """Thread-safe. `name` says what is counted, and for which tables. Minutes are kept for `kept_minutes`."""

    def __init__(self, client: redis.Redis, name: str, kept_minutes: int) -> None:
        self._key = f"minutes:{{{name}}}"
        self._kept_minutes = kept_minutes
        self._kept_s = (kept_minutes + 1) * 60
        self._add, self._series, self._most = (client.register_script(text) for text in (_ADD, _SERIES, _MOST))
        self._added: deque[Callable[[], Mapping[str, int]]] = deque(maxlen=_MOST_WAITING)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()

    def add(self, counts: Mapping[str, int]) -> None:
        """Count these. Raises nothing and waits for nobody."""
        self.add_later(lambda: counts)

    def add_later(self, counts: Callable[[], Mapping[str, int]]) -> None:
        """Count what this will give, which the thread then works out."""
        self._added.append(counts)
        if self._thread is None:
            with self._starting:
                self._thread = self._thread or threads.keep_running("minute-counts", self._run)

    def close(self) -> None:
        """Bring the last ones to Redis, if that takes no longer than a moment."""
        self._closing.set()
        if self._thread:
            self._thread.join(1.0)

    def series(self) -> Series:
        """All minutes that are kept, the one under way included. Raises Unavailable."""
        with translated():
            now, found = self._series(keys=[self._key], args=[self._kept_minutes])
        return Series(int(now), {int(minute): _pairs(counts) for minute, counts in found})

    def most(self, most: int) -> list[tuple[str, int]]:
        """What has the highest sums over all minutes that are kept, and these, the highest first and only above 0.

        Looked for among the 10 times `most` of each minute. Raises Unavailable.
        """
        with translated():
            found = _pairs(self._most(keys=[self._key], args=[self._kept_minutes, 10 * most]))
        grown = [(what, count) for what, count in found.items() if count > 0]
        return sorted(grown, key=lambda one: (-one[1], one[0]))[:most]

    def flush(self) -> None:
        """Bring what was counted to Redis. Raises Unavailable, and then it is forgotten."""
        sums: Counter[str] = Counter()
        while self._added:
            sums.update(self._added.popleft()())
        counts = [(what, count) for what, count in sums.items() if count]
        for start in range(0, len(counts), _AT_ONCE):
            args: list[Any] = [self._kept_s]
            for pair in counts[start : start + _AT_ONCE]:
                args += pair
            with translated():
                self._add(keys=[self._key], args=args)

    def _run(self) -> None:
        while True:  # bounded: by `close`, or the process's life
            is_last = self._closing.wait(FLUSH_EVERY_S)
            try:
                self.flush()
            except AppError as error:
                log.info("counts of this minute are lost: %s", error)
            if is_last:
                return


def began(minute: int) -> str:
    """When this minute since the epoch began, as RFC 3339 in UTC."""
    return rfc3339(minute * 60)


def _pairs(flat: list[Any]) -> dict[str, int]:
    return {str(what): round(float(count)) for what, count in zip(flat[::2], flat[1::2], strict=True)}
