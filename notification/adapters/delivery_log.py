"""The delivery log in Redis: what was sent to a student, over which channel, and how each attempt went.

    deliveries:{<student-id>}    ZSET   delivery id → time of its first attempt, in ms since 1970
    delivery-log:{<student-id>}  HASH   <delivery id>            the event, JSON as it was published
                                        <delivery id>:attempts   one line of JSON for each attempt, oldest first:
        {"at": "…Z", "ms": 41, "status": 200, "result": "delivered", "error": null, "next": null, "again": false}

    receivers:{<student-id>}     HASH   SHA-256 of a callback where webhooks fail → "<first> <last>" failure, in ms
                                        since 1970; goes with the first success, or thirty days after the last failure

The same script keeps that count; who failed for too long is paused (adapters.endpoints). All keys of a student share a
slot of Redis Cluster. The log holds the newest 200 deliveries of the last 30 days, each with its last 50 attempts, and
expires when nothing was sent for so long.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import redis

from kit.errors import Unavailable
from kit.moments import rfc3339_ms
from notification.adapters import endpoints
from notification.domain.attempt import Attempt
from notification.domain.delivery import Delivery, LoggedAttempt, NewAttempt, delivery_id
from notification.domain.event import Event, decode
from notification.service.ports import Page

LIFETIME_MS = 30 * 24 * 3600 * 1000
MOST_DELIVERIES = 200
MOST_ATTEMPTS = 50

# The last line twice is one attempt whose reply from Redis was lost, and which was therefore written again.
_ADD = """
local index, log, id, line = KEYS[1], KEYS[2], ARGV[1], ARGV[3]
redis.call('HSETNX', log, id, ARGV[2])
redis.call('ZADD', index, 'NX', ARGV[4], id)
local lines = redis.call('HGET', log, id .. ':attempts')
if not lines then
  lines = line
elseif lines:sub(-#line) ~= line then
  lines = lines .. '\\n' .. line
  if select(2, lines:gsub('\\n', '')) >= tonumber(ARGV[8]) then lines = lines:sub(lines:find('\\n', 1, true) + 1) end
end
redis.call('HSET', log, id .. ':attempts', lines)
local gone = redis.call('ZRANGEBYSCORE', index, '-inf', '(' .. ARGV[5])
if #gone == 0 then gone = redis.call('ZRANGE', index, 0, -1 - ARGV[7]) end
for _, old in ipairs(gone) do
  redis.call('ZREM', index, old)
  redis.call('HDEL', log, old, old .. ':attempts')
end
redis.call('PEXPIRE', index, ARGV[6])
redis.call('PEXPIRE', log, ARGV[6])

local receivers, receiver, now, after = KEYS[3], ARGV[9], ARGV[4], tonumber(ARGV[11])
if receiver == '' then return 0 end
if ARGV[10] == 'delivered' then
  redis.call('HDEL', receivers, receiver)
  return 0
end
local since, known = now, redis.call('HGET', receivers, receiver)
if known then
  local first, last = known:match('^(%d+) (%d+)$')
  if first and now - last <= after then since = first end
end
redis.call('HSET', receivers, receiver, since .. ' ' .. now)
redis.call('PEXPIRE', receivers, ARGV[6])
return now - since >= after and 1 or 0
"""

# One more than asked for shows whether there is a next page. Attempts since the page before do not shift it.
_PAGE = """
local index, log, after = KEYS[1], KEYS[2], ARGV[1]
local first = 0
if after ~= '' then
  local rank = redis.call('ZREVRANK', index, after)
  if not rank then return {} end
  first = rank + 1
end
local last = math.min(first + ARGV[2], redis.call('ZCOUNT', index, ARGV[3], '+inf') - 1)
if last < first then return {} end
local found = {}
for _, id in ipairs(redis.call('ZREVRANGE', index, first, last)) do
  local one = redis.call('HMGET', log, id, id .. ':attempts')
  if one[1] and one[2] then table.insert(found, {id, one[1], one[2]}) end
end
return found
"""


class DeliveryLog:
    """Thread-safe. Every call is one round trip, and but for `add_all` raises Unavailable when Redis does not do it."""

    def __init__(
        self,
        client: redis.Redis,
        clock: Callable[[], float] = time.time,
        *,
        pause: Callable[[int, str], bool] = lambda *_: False,
        pause_after_s: float = 5 * 24 * 3600,
    ) -> None:
        """`pause_after_s` is how long an endpoint fails before `pause` (see Endpoints.pause) is called."""
        self._client = client
        self._clock = clock
        self._pause = pause
        self._pause_after_s = pause_after_s
        self._add = client.register_script(_ADD)
        self._page = client.register_script(_PAGE)

    def add(self, event: Event, channel: str, attempt: LoggedAttempt, endpoint: str | None = None) -> bool:
        """As `add_all`, of one. Raises Unavailable."""
        [paused] = self.add_all(channel, [NewAttempt(event, attempt, endpoint)])
        if isinstance(paused, Unavailable):
            raise paused
        return paused

    def add_all(self, channel: str, attempts: Sequence[NewAttempt]) -> list[bool | Unavailable]:
        """Note each; whether its endpoint, if any, is paused because of it, or why it is not noted.

        Idempotent for the last one of a delivery.
        """
        with self._client.pipeline(transaction=False) as pipeline:
            for one in attempts:
                keys = [*_keys(one.event.student_id), endpoints.failing_key(one.event.student_id)]
                self._add(keys, self._arguments(channel, one), pipeline)
            try:
                replies = pipeline.execute(raise_on_error=False)
            except (redis.RedisError, Unavailable) as error:
                replies = [error] * len(attempts)
        return [self._noted(one, reply) for one, reply in zip(attempts, replies, strict=True)]

    def _noted(self, one: NewAttempt, reply: Any) -> bool | Unavailable:
        try:
            if isinstance(reply, Exception):
                raise reply
            return bool(reply and one.endpoint) and self._pause(one.event.student_id, one.endpoint or "")
        except redis.RedisError:
            return _away()
        except Unavailable as unavailable:
            return unavailable

    def _arguments(self, channel: str, one: NewAttempt) -> list[str | int]:
        event, attempt, endpoint = one
        return [
            delivery_id(event, channel),
            event.model_dump_json(),
            _line(attempt),
            round(attempt.attempt.at.timestamp() * 1000),
            self._oldest_ms(),
            LIFETIME_MS,
            MOST_DELIVERIES,
            MOST_ATTEMPTS,
            endpoints.field(endpoint) if endpoint and attempt.was_sent else "",
            attempt.result,
            round(self._pause_after_s * 1000),
        ]

    def page(self, student_id: int, after: str | None, size: int) -> Page:
        """The newest deliveries, or those that follow the one with the id `after`; none if that is gone."""
        with _every_error_translated():
            found: Any = self._page(_keys(student_id), [after or "", size, self._oldest_ms()])
        deliveries = [_delivery(*one) for one in found]
        more = len(deliveries) > size
        return Page(tuple(deliveries[:size]), deliveries[size - 1].id if more else None)

    def get(self, student_id: int, id_: str) -> Delivery | None:
        index, log = _keys(student_id)
        with _every_error_translated():
            pipeline = self._client.pipeline(transaction=False)
            pipeline.zscore(index, id_)
            pipeline.hmget(log, [id_, f"{id_}:attempts"])
            first_ms, (event, lines) = pipeline.execute()
        if first_ms is None or first_ms < self._oldest_ms() or not event or not lines:
            return None
        return _delivery(id_, event, lines)

    def _oldest_ms(self) -> int:
        return round(self._clock() * 1000) - LIFETIME_MS


def _keys(student_id: int) -> list[str]:
    return [f"deliveries:{{{student_id}}}", f"delivery-log:{{{student_id}}}"]


def _line(logged: LoggedAttempt) -> str:
    return json.dumps(
        {
            "at": rfc3339_ms(logged.attempt.at),
            "ms": logged.attempt.duration_ms,
            "status": logged.attempt.status,
            "result": logged.result,
            "error": logged.error,
            "next": rfc3339_ms(logged.next_at) if logged.next_at else None,
            "again": logged.redelivery,
        }
    )


def _delivery(id_: str, event_text: str, lines: str) -> Delivery:
    event = decode(event_text.encode())
    attempts = sorted((_attempt(json.loads(line)) for line in lines.split("\n")), key=lambda one: one.attempt.at)
    return Delivery(event, id_.rpartition("-")[2], tuple(attempts))


def _attempt(stored: dict[str, Any]) -> LoggedAttempt:
    return LoggedAttempt(
        Attempt(datetime.fromisoformat(stored["at"]), stored["ms"], stored["status"]),
        stored["result"],
        stored["error"],
        datetime.fromisoformat(stored["next"]) if stored["next"] else None,
        stored["again"],
    )


@contextmanager
def _every_error_translated() -> Iterator[None]:
    """A log that cannot be written (disk full, out of memory) is a log that is away: nothing hangs on it."""
    try:
        yield
    except redis.RedisError as error:
        raise _away() from error


def _away() -> Unavailable:
    return Unavailable("The log of deliveries does not answer; ask again in a moment")
