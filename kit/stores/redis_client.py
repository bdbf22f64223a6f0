"""Redis: clients with short time-outs and a circuit breaker, of a server or a cluster, and its errors in our words."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import redis
import redis.asyncio
import redis.asyncio.retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

from kit.concurrency.circuit_breaker import CircuitBreaker
from kit.errors import Unavailable
from kit.hosts import REDIS_CLUSTER, each_host
from kit.stores.redis_async import AsyncCluster, AsyncNode, AsyncServer, RoundTrips
from kit.stores.redis_cluster import ClusterRedis, Node

TIMEOUT_S = 1.0
CONNECT_TIMEOUT_S = 0.5
PROBE_AFTER_S = 0.5

# First words of replies that mean "not now" (the other ones mean that we asked something wrong).
NOT_NOW = {
    "ASK",
    "BUSY",
    "CLUSTERDOWN",
    "LOADING",
    "MASTERDOWN",
    "MISCONF",
    "MOVED",
    "NOAUTH",
    "NOREPLICAS",
    "OOM",
    "READONLY",
    "TRYAGAIN",
    "UNBLOCKED",
    "UNKILLABLE",
}


def connect(url: str, kind: type[redis.Redis] = redis.Redis) -> redis.Redis:
    """A client that threads may share; a broken connection is replaced and the command tried once more.

    `redis-cluster://host:port,host:port…` finds a cluster by any of these nodes; `kind` is what each node's client is.
    """

    def open_node(url: str) -> Node:
        breaker = _breaker()
        return Node(kind.from_url(url, retry=_GuardedRetry(breaker), **_OPTIONS), breaker)

    return ClusterRedis(nodes, open_node) if (nodes := cluster_nodes(url)) else open_node(url).client


def replication_ids(client: redis.Redis) -> list[str]:
    """Whose history each server continues. One that was promoted or started anew has another one. Raises RedisError."""
    servers = client.owners() if isinstance(client, ClusterRedis) else [client]
    found: list[Any] = [server.info("replication") for server in servers]
    return sorted(each["master_replid"] for each in found)


def connect_async(url: str) -> RoundTrips:
    """A client for the event loop."""
    return AsyncCluster(nodes, async_node) if (nodes := cluster_nodes(url)) else AsyncServer(async_node(url))


def async_node(url: str) -> AsyncNode:
    """A client of one server for the event loop."""
    breaker = _breaker()
    return AsyncNode(redis.asyncio.Redis.from_url(url, retry=_GuardedAsyncRetry(breaker), **_OPTIONS), breaker)


def cluster_nodes(url: str) -> list[str]:
    """The URL of each node that a cluster is found by; none when the URL is that of a single server."""
    scheme, _, rest = url.partition("://")
    return each_host(f"{REDIS_CLUSTER[scheme]}://{rest}") if scheme in REDIS_CLUSTER else []


@contextmanager
def translated() -> Iterator[None]:
    """Errors that mean "not now" become Unavailable: connection trouble, a full, busy, loading, read-only or moving
    Redis.

    A wrong command passes through.
    """
    try:
        yield
    except redis.exceptions.RedisError as error:
        said = in_our_words(error)
        raise said from (None if said is error else error)


def in_our_words(error: Exception) -> Exception:
    """Unavailable for what means "not now", else the error itself."""
    if isinstance(error, (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError)):
        return Unavailable("Redis does not answer; ask again in a moment")
    if isinstance(error, redis.exceptions.RedisError) and means_not_now(error):
        return Unavailable("Redis takes no commands now; ask again in a moment")
    return error


def means_not_now(error: redis.exceptions.RedisError) -> bool:
    """Whether the same command may well succeed later."""
    code = getattr(error, "status_code", None) or str(error).partition(" ")[0]
    return code in NOT_NOW or isinstance(error, _NOT_NOW_ERRORS)


_NOT_NOW_ERRORS = (
    redis.exceptions.ReadOnlyError,
    redis.exceptions.TryAgainError,
    redis.exceptions.OutOfMemoryError,
    redis.exceptions.ClusterDownError,
    redis.exceptions.MovedError,
)
_OPTIONS: dict[str, Any] = {
    "socket_timeout": TIMEOUT_S,
    "socket_connect_timeout": CONNECT_TIMEOUT_S,
    "decode_responses": True,
}


def _breaker() -> CircuitBreaker:
    return CircuitBreaker("Redis", PROBE_AFTER_S)


_RETRIES: tuple[Any, ...] = (ExponentialWithJitterBackoff(base=0.02, cap=0.2), 1, (redis.exceptions.ConnectionError,))


@contextmanager
def _heard_by(breaker: CircuitBreaker) -> Iterator[None]:
    """A command that the breaker admits, or refuses; it hears whether the server answered or was silent."""
    began = breaker.admit()
    try:
        yield
    except redis.exceptions.TimeoutError:
        breaker.silent(began)
        raise
    except redis.exceptions.ResponseError:
        breaker.answered()
        raise
    breaker.answered()


class _GuardedRetry(Retry):
    """redis-py passes every command through its `Retry`, so this is where silence is noticed.

    A broken connection is tried again; a time-out is not, it has cost enough.
    """

    def __init__(self, breaker: CircuitBreaker) -> None:
        super().__init__(*_RETRIES)
        self._breaker = breaker

    def __deepcopy__(self, _: Any) -> "_GuardedRetry":
        return _GuardedRetry(self._breaker)  # each connection gets a copy, and all share what one has seen

    def call_with_retry(self, do: Callable[[], Any], *args: Any, **options: Any) -> Any:
        with _heard_by(self._breaker):
            return super().call_with_retry(do, *args, **options)


class _GuardedAsyncRetry(redis.asyncio.retry.Retry):
    """The same for the event loop."""

    def __init__(self, breaker: CircuitBreaker) -> None:
        super().__init__(*_RETRIES)
        self._breaker = breaker

    def __deepcopy__(self, _: Any) -> "_GuardedAsyncRetry":
        return _GuardedAsyncRetry(self._breaker)

    async def call_with_retry(self, do: Callable[[], Awaitable[Any]], *args: Any, **options: Any) -> Any:
        with _heard_by(self._breaker):
            return await super().call_with_retry(lambda: _alive(do), *args, **options)


async def _alive(do: Callable[[], Awaitable[Any]]) -> Any:
    """What `do` gives. Of a connection that is reset while being made uvloop says RuntimeError: it is lost, too."""
    try:
        return await do()
    except RuntimeError as error:
        if "closed" not in str(error):
            raise
        raise redis.exceptions.ConnectionError(str(error)) from error
