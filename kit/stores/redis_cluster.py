"""A client of a Redis Cluster, used as one of a single server: each command goes to the node that serves its key.

Not redis-py's RedisCluster, which asks the cluster when it is made, tries again for longer than our callers can wait,
and sends no scripts in pipelines; see etc/decisions/8-own-clients-of-redis-cluster.md. Every node has a client and a
circuit breaker of its own, so a node that is silent costs only those whose keys it serves.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.commands.core import Script
from redis.exceptions import AskError, ClusterDownError, MovedError, NoScriptError, ReadOnlyError, TryAgainError
from redis.retry import Retry

from kit.concurrency.circuit_breaker import CircuitBreaker
from kit.errors import Unavailable
from kit.stores.redis_slots import SlotMap, slot_of

# After these another node may serve the key already.
AWAY = (redis.ConnectionError, redis.TimeoutError, ClusterDownError, ReadOnlyError, Unavailable)
MOST_HOPS = 4
TRY_AGAIN_S = 0.02
MAP_TIMEOUT_S = 0.3
MOST_WITNESSES = 3
REFRESHED_FOR_S = 0.1  # who asks for the map right after another shares what that one was told, be it nothing

Words = tuple[Any, ...]
Options = dict[str, Any]


class Node(NamedTuple):
    client: redis.Redis
    breaker: CircuitBreaker


class ClusterRedis(redis.Redis):
    """Threads may share it. Connects with the first command; `open_node` makes the client of a node from its URL.

    Commands without a key go to every node that serves slots, and reply what the last one did. Raises what the node
    replied, or Unavailable when nobody serves the key.
    """

    def __init__(self, urls: Sequence[str], open_node: Callable[[str], Node]) -> None:
        super().__init__(decode_responses=True)
        self._url = urls[0]
        self._map = SlotMap([urlsplit(url).netloc.rpartition("@")[2] for url in urls])
        self._open_node = open_node
        self._nodes: dict[str, Node] = {}
        self._lock = Lock()
        self._refreshed_at = float("-inf")

    def execute_command(self, *words: Any, **options: Any) -> Any:
        slot = slot_of(words)
        return self._on_every_node(words, options) if slot is None else self._on_owner(slot, words, options)

    def pipeline(self, transaction: bool = False, shard_hint: Any = None) -> Pipeline:
        return _ClusterPipeline(self)

    def register_script(self, script: Any) -> Script:
        return _ClusterScript(self, script)

    def scan_iter(self, *args: Any, **options: Any) -> Iterator[Any]:
        for node in self._owners():
            yield from self._node(node).client.scan_iter(*args, **options)

    def owners(self) -> list[redis.Redis]:
        """A client of each node that serves slots."""
        return [self._node(node).client for node in self._owners()]

    def close(self) -> None:
        for node in self._nodes.values():
            node.client.close()
        self._nodes = {}

    def together(self, commands: Sequence[tuple[Words, Options]], scripts: "set[Script]") -> list[Any]:
        """One round trip for each node; replies or errors in the order of the commands.

        A command without a key goes where the one before it went, and says nothing when that went elsewhere after all.
        """
        replies: list[Any] = [None] * len(commands)
        at: dict[str, list[int]] = {}
        node = ""
        for number, (words, _) in enumerate(commands):
            slot = slot_of(words)
            try:
                node = self._owner(slot) if slot is not None else node or self._owners()[0]
            except AWAY as error:
                replies[number] = error
            else:
                at.setdefault(node, []).append(number)
        for node, numbers in at.items():
            found = self._pipelined(node, [commands[number] for number in numbers], scripts)
            for number, reply in zip(numbers, found, strict=True):
                replies[number] = reply
        went_elsewhere = False
        for number, (words, options) in enumerate(commands):
            if slot_of(words) is None:
                if went_elsewhere:
                    replies[number] = Unavailable("Redis is moving its keys; ask again in a moment")
            elif went_elsewhere := isinstance(replies[number], (*AWAY, AskError, TryAgainError)):
                replies[number] = self._again(words, options)
        return replies

    def _again(self, words: Words, options: Options) -> Any:
        try:
            return self.execute_command(*words, **options)
        except (redis.RedisError, Unavailable) as error:
            return error

    def _pipelined(self, node: str, commands: list[tuple[Words, Options]], scripts: "set[Script]") -> list[Any]:
        try:
            with self._node(node).client.pipeline(transaction=False) as pipeline:
                pipeline.scripts |= scripts
                pipeline.command_stack = list(commands)
                return pipeline.execute(raise_on_error=False)
        except AWAY as error:
            return [error] * len(commands)

    def _on_owner(self, slot: int, words: Words, options: Options) -> Any:
        node = self._owner(slot)
        for _ in range(MOST_HOPS):
            try:
                return self._node(node).client.execute_command(*words, **options)  # type: ignore[no-untyped-call]
            except MovedError as moved:
                node = self._map.moved(slot, moved.host, moved.port, node)
            except AskError as ask:  # the slot is on its way, and this key has arrived
                return self._asking(f"{ask.host or node.rpartition(':')[0]}:{ask.port}", words, options)
            except TryAgainError:
                time.sleep(TRY_AGAIN_S)
            except AWAY:
                self._refresh(node)
                if self._map.owner(slot) in (node, None):
                    raise
                node = self._owner(slot)
        raise Unavailable("Redis is moving its keys; ask again in a moment")

    def _asking(self, node: str, words: Words, options: Options) -> Any:
        [_, reply] = self._pipelined(node, [(("ASKING",), {}), (words, options)], set())
        if isinstance(reply, Exception):
            raise reply
        return reply

    def _on_every_node(self, words: Words, options: Options) -> Any:
        reply = None
        for node in self._owners():
            reply = self._node(node).client.execute_command(*words, **options)  # type: ignore[no-untyped-call]
        return reply

    def _owners(self) -> list[str]:
        if not self._map.owners:
            self._refresh(None)
        return self._map.owners or _nobody()

    def _owner(self, slot: int) -> str:
        """The node that serves the slot, asked of another node where it was not heard from lately."""
        node = self._map.owner(slot)
        if node is None or not self._map.is_confirmed(node, self._node(node).breaker.answered_at):
            self._refresh(node)
        return self._map.owner(slot) or _nobody()[0]

    def _node(self, node: str) -> Node:
        if node not in self._nodes:
            with self._lock:
                if node not in self._nodes:
                    self._nodes = self._nodes | {node: self._open_node(url_of(self._url, node))}
        return self._nodes[node]

    def _refresh(self, doubted: str | None) -> None:
        """Ask for the map; it stays as it is when nobody answers."""
        asked_at = time.monotonic()
        with self._lock:
            if self._refreshed_at > asked_at - REFRESHED_FOR_S:
                return
            for witness in self._map.witnesses(doubted)[:MOST_WITNESSES]:
                with suppress(redis.RedisError), _map_client(url_of(self._url, witness)) as client:
                    self._map.learn(client.execute_command("CLUSTER SLOTS"), witness)
                    break
            self._refreshed_at = time.monotonic()


class _ClusterPipeline(Pipeline):
    """Sent when it is executed, to each node its part; not atomic."""

    def __init__(self, cluster: ClusterRedis) -> None:
        super().__init__(cluster.connection_pool, cluster.response_callbacks, False, None)
        self._cluster = cluster

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        commands, scripts = self.command_stack, self.scripts
        self.reset()
        replies = self._cluster.together(commands, scripts)
        if raise_on_error:
            for reply in replies:
                if isinstance(reply, Exception):
                    raise reply
        return replies


class _ClusterScript(Script):
    """Brought again, to the node of its keys alone, when that does not know it (any more)."""

    def __call__(self, keys: Any = None, args: Any = None, client: Any = None) -> Any:
        if isinstance(client, Pipeline):
            return super().__call__(keys, args, client)
        cluster = client or self.registered_client
        words = (*(keys or ()), *(args or ()))
        try:
            return cluster.evalsha(self.sha, len(keys or ()), *words)
        except NoScriptError:
            return cluster.eval(str(self.script), len(keys or ()), *words)


MAP_OPTIONS: dict[str, Any] = {
    "socket_timeout": MAP_TIMEOUT_S,
    "socket_connect_timeout": MAP_TIMEOUT_S,
    "decode_responses": True,
}


def url_of(url: str, node: str) -> str:
    """The URL of another node of the same cluster: same user, password and options."""
    parts = urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}{at}{node}").geturl()


def _map_client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **MAP_OPTIONS)


def _nobody() -> list[str]:
    raise Unavailable("Redis does not answer; ask again in a moment")
