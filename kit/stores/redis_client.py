"""Redis: clients with time-outs, and its errors in our words."""

from collections.abc import Iterator
from contextlib import contextmanager

import redis
import redis.asyncio
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

from kit.errors import Unavailable

TIMEOUT_S = 2.0


def connect(url: str, kind: type[redis.Redis] = redis.Redis) -> redis.Redis:
    """A client that threads may share; a broken connection is replaced and the command tried once more."""
    retry = Retry(ExponentialWithJitterBackoff(base=0.02, cap=0.2), 2)
    return kind.from_url(
        url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=retry, decode_responses=True
    )


def connect_async(url: str) -> redis.asyncio.Redis:
    """The same for the event loop."""
    retry = redis.asyncio.retry.Retry(ExponentialWithJitterBackoff(base=0.02, cap=0.2), 2)
    return redis.asyncio.Redis.from_url(
        url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=retry, decode_responses=True
    )


@contextmanager
def translated() -> Iterator[None]:
    """Connection trouble, loading and read-only failover become Unavailable; a wrong command passes through."""
    try:
        yield
    except (
        redis.exceptions.ConnectionError,
        redis.exceptions.TimeoutError,
        redis.exceptions.ReadOnlyError,
        redis.exceptions.TryAgainError,
    ) as error:
        raise Unavailable("Redis does not answer; ask again in a moment") from error
