"""Which keyed request is running now, at whatever instance: a hint in Redis (kit.web.idempotency).

Key: `idempotency-claim:<caller and key>`, behind the prefix of the tables, a string: "<token> <beat> <fingerprint>".
It is there while the request runs, and `LIFETIME_S` longer at most: its instance lets the beat rise meanwhile. Who
finds a beat that does not rise waits for the end of the claim: its instance died, and what became of the request is to
be found in DynamoDB.

Nothing depends on it: the key that is written with a change decides what happens once. So it is neither written to disk
nor copied to replicas, and who gets no answer from Redis in time does without for a while.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from kit.idempotency import KeyedRequest, KeyReused, StillRunning
from kit.stores.redis_async import RoundTrips, Script
from kit.stores.redis_client import in_our_words

log = logging.getLogger(__name__)

LIFETIME_S = 1.0
BEAT_EVERY_S = 0.3
LOOK_EVERY_S = 0.05
ANSWER_WITHIN_S = 0.25
WITHOUT_S = 1.0  # after Redis did not answer

# KEYS: the claim. ARGV: "take", "keep" or "leave"; its token; beat; fingerprint; lifetime in milliseconds. Gives what
# is claimed by another, nothing if that is nobody.
SCRIPT = """
redis.set_repl(redis.REPL_NONE)
local deed, token, held = ARGV[1], ARGV[2], redis.call('GET', KEYS[1])
if held and held:sub(1, #token) ~= token then return held end
if deed == 'leave' then
  redis.call('DEL', KEYS[1])
elseif held or deed == 'take' then
  redis.call('SET', KEYS[1], token .. ' ' .. ARGV[3] .. ' ' .. ARGV[4], 'PX', ARGV[5])
end
return false
"""
_Asked = list[tuple[tuple[Any, ...], "asyncio.Future[str | None]"]]


class RequestClaims:
    """For one event loop. Those that ask while a round trip is under way share the next one."""

    def __init__(self, redis: RoundTrips, prefix: str) -> None:
        self._redis = redis
        self._script = Script(redis, SCRIPT)
        self._prefix = prefix
        self._name = uuid.uuid4().hex
        self._numbers = count(1)
        self._asked: dict[Hashable, _Asked] = {}
        self._sending: dict[Hashable, asyncio.Task[None]] = {}
        self._beats: set[asyncio.Task[None]] = set()
        self._without_until = float("-inf")

    @asynccontextmanager
    async def held(self, request: KeyedRequest) -> AsyncIterator[None]:
        """In here no other instance runs the request, as far as Redis knows. Raises StillRunning and KeyReused."""
        claim = _Claim(
            f"{self._prefix}idempotency-claim:{request.name}", f"{self._name}:{next(self._numbers)}", request
        )
        await self._take(claim)
        later = asyncio.get_running_loop().call_later(BEAT_EVERY_S, self._keep, claim)
        try:
            yield
        finally:
            claim.is_done = True
            later.cancel()
            await self._ask(claim, "leave")

    async def aclose(self) -> None:
        await self._redis.aclose()

    async def _take(self, claim: "_Claim") -> None:
        first, end = None, time.monotonic() + LIFETIME_S + 2 * LOOK_EVERY_S
        while held := await self._ask(claim, "take"):
            if held.rpartition(" ")[2] != claim.request.fingerprint:
                raise KeyReused
            if held != (first := first or held):
                raise StillRunning
            if time.monotonic() > end:  # by Redis's clock, which may have been put back, it is not over
                return
            await asyncio.sleep(LOOK_EVERY_S)

    def _keep(self, claim: "_Claim") -> None:
        task = asyncio.get_running_loop().create_task(self._beat(claim))
        self._beats.add(task)
        task.add_done_callback(self._beats.discard)

    async def _beat(self, claim: "_Claim") -> None:
        while not claim.is_done:
            claim.beat += 1
            await self._ask(claim, "keep")
            await asyncio.sleep(BEAT_EVERY_S)

    async def _ask(self, claim: "_Claim", deed: str) -> str | None:
        """What is claimed by another; None also if Redis does not answer."""
        if time.monotonic() < self._without_until:
            return None
        words = (1, claim.key, deed, claim.token, claim.beat, claim.request.fingerprint, round(LIFETIME_S * 1000))
        answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        node = self._redis.node_of(claim.key)
        self._asked.setdefault(node, []).append((words, answer))
        if node not in self._sending:
            self._sending[node] = asyncio.create_task(self._send_all(node))
        try:
            return await asyncio.wait_for(answer, ANSWER_WITHIN_S)
        except Exception as error:  # a guard: no hint may fail a request
            reason = str(error) or "Redis is slow"
            log.warning("keyed requests that run elsewhere are not seen for %g s: %s", WITHOUT_S, reason)
            self._without_until = time.monotonic() + WITHOUT_S
            return None

    async def _send_all(self, node: Hashable) -> None:
        while asked := self._asked.pop(node, None):
            try:
                replies = await self._script.run([words for words, _ in asked])
            except Exception as error:  # everybody who asked must be answered
                replies = [error] * len(asked)
            for (_, answer), reply in zip(asked, replies, strict=True):
                if answer.done():  # nobody waits any more
                    continue
                if isinstance(reply, Exception):
                    answer.set_exception(in_our_words(reply))
                else:
                    answer.set_result(reply)
        del self._sending[node]


class _Claim:
    def __init__(self, key: str, token: str, request: KeyedRequest) -> None:
        self.key, self.token, self.request = key, token, request
        self.beat, self.is_done = 0, False
