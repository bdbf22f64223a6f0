"""Round trips to Redis for the event loop: many commands at once, to one server or to the node of a cluster that serves
their keys.

Nothing is raised for a command alone: its place in the replies holds its error.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias
from urllib.parse import urlsplit

import redis
import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.crc import key_slot
from redis.exceptions import MovedError, NoScriptError

from kit.concurrency.circuit_breaker import CircuitBreaker
from kit.errors import Unavailable
from kit.stores.redis_cluster import AWAY, MAP_OPTIONS, MOST_WITNESSES, REFRESHED_FOR_S, url_of
from kit.stores.redis_slots import SlotMap, slot_of

Command: TypeAlias = tuple[Any, ...]


class AsyncNode(NamedTuple):
    client: "redis.asyncio.Redis"
    breaker: CircuitBreaker


class RoundTrips(Protocol):
    def node_of(self, key: str) -> Hashable:
        """Commands for whose keys this is equal share a round trip."""

    async def send(self, commands: Sequence[Command]) -> list[Any]:
        """Replies or errors, in the order of the commands."""

    async def aclose(self) -> None: ...


class Script:
    """A Lua script that is run many times in one round trip."""

    def __init__(self, redis: RoundTrips, text: str) -> None:
        self._redis = redis
        self._text = text
        self._sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    async def run(self, each: Sequence[Command]) -> list[Any]:
        """The replies, or errors, in order. `each`: the number of keys, the keys, and what else the script is given."""
        replies = await self._redis.send([("EVALSHA", self._sha, *words) for words in each])
        # Redis has been restarted, replaced or emptied of scripts.
        missing = [number for number, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
        if missing:
            again = await self._redis.send([("EVAL", self._text, *each[number]) for number in missing])
            for number, reply in zip(missing, again, strict=True):
                replies[number] = reply
        return replies


class AsyncServer:
    """One server."""

    def __init__(self, node: AsyncNode) -> None:
        self._node = node

    def node_of(self, key: str) -> Hashable:
        return None

    async def send(self, commands: Sequence[Command]) -> list[Any]:
        return await _pipelined(self._node, commands)

    async def aclose(self) -> None:
        await self._node.client.aclose()


class AsyncCluster:
    """A cluster, see redis_cluster: as there, a node that was not heard from lately is asked only when another node has
    confirmed that it still serves its slots."""

    def __init__(self, urls: Sequence[str], open_node: Callable[[str], AsyncNode]) -> None:
        self._url = urls[0]
        self._map = SlotMap([urlsplit(url).netloc.rpartition("@")[2] for url in urls])
        self._open_node = open_node
        self._nodes: dict[str, AsyncNode] = {}
        self._refreshing: asyncio.Task[None] | None = None
        self._refreshed_at = float("-inf")

    def node_of(self, key: str) -> Hashable:
        return self._map.owner(key_slot(key.encode()))

    async def send(self, commands: Sequence[Command]) -> list[Any]:
        """As many round trips at the same time as there are nodes; a second one to those that have moved."""
        replies: list[Any] = [_nobody()] * len(commands)
        asked = await self._send(commands, range(len(commands)), replies)
        moved = [number for number, reply in enumerate(replies) if isinstance(reply, (MovedError, *AWAY))]
        if moved:
            for number in moved:
                if isinstance(reply := replies[number], MovedError):
                    self._map.moved(_slot(commands[number]), reply.host, reply.port, asked[number] or "")
            away = {asked[number] for number in moved if not isinstance(replies[number], MovedError)}
            for node in away:
                await self._refresh(node)
            again = [
                number for number in moved if self._map.owner(_slot(commands[number])) not in (asked[number], None)
            ]
            await self._send(commands, again, replies)
        return replies

    async def aclose(self) -> None:
        for node in self._nodes.values():
            await node.client.aclose()

    async def _send(
        self, commands: Sequence[Command], numbers: Sequence[int], replies: list[Any]
    ) -> dict[int, str | None]:
        """Fill in the replies; which node was asked for each."""
        asked: dict[int, str | None] = {}
        at: dict[str, list[int]] = {}
        for number in numbers:
            asked[number] = node = await self._owner(_slot(commands[number]))
            if node is not None:
                at.setdefault(node, []).append(number)
        trips = [_pipelined(self._node(node), [commands[number] for number in mine]) for node, mine in at.items()]
        for mine, found in zip(at.values(), await asyncio.gather(*trips), strict=True):
            for number, reply in zip(mine, found, strict=True):
                replies[number] = reply
        return asked

    async def _owner(self, slot: int) -> str | None:
        node = self._map.owner(slot)
        if node is None or not self._map.is_confirmed(node, self._node(node).breaker.answered_at):
            await self._refresh(node)
        return self._map.owner(slot)

    def _node(self, node: str) -> AsyncNode:
        if node not in self._nodes:
            self._nodes[node] = self._open_node(url_of(self._url, node))
        return self._nodes[node]

    async def _refresh(self, doubted: str | None) -> None:
        """Ask for the map; who wants to know it meanwhile waits for the same reply."""
        if self._refreshed_at > time.monotonic() - REFRESHED_FOR_S:
            return
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._ask_for_map(doubted))
        await asyncio.shield(self._refreshing)

    async def _ask_for_map(self, doubted: str | None) -> None:
        for witness in self._map.witnesses(doubted)[:MOST_WITNESSES]:
            client = redis.asyncio.Redis.from_url(
                url_of(self._url, witness), retry=Retry(NoBackoff(), 0), **MAP_OPTIONS
            )
            try:
                self._map.learn(await client.execute_command("CLUSTER SLOTS"), witness)  # type: ignore[no-untyped-call]
                break
            except (redis.RedisError, RuntimeError):  # uvloop's, of a connection that is reset while it is being made
                continue
            finally:
                await client.aclose()
        self._refreshed_at = time.monotonic()


async def _pipelined(node: AsyncNode, commands: Sequence[Command]) -> list[Any]:
    pipeline = node.client.pipeline(transaction=False)
    for words in commands:
        pipeline.execute_command(*words)
    try:
        return await pipeline.execute(raise_on_error=False)
    except (redis.RedisError, Unavailable) as error:
        return [error] * len(commands)


def _slot(command: Command) -> int:
    slot = slot_of(command)
    assert slot is not None, "a command for a cluster has a key"
    return slot


def _nobody() -> Unavailable:
    return Unavailable("Redis does not answer; ask again in a moment")
