"""Whatever way a connection to Redis is lost, it is a lost connection."""

import asyncio
from typing import Any

import pytest
import redis.exceptions

from kit.stores import redis_client


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (
            "unable to perform operation on <TCPTransport closed=True>; the handler is closed",
            redis.exceptions.ConnectionError,
        ),
        ("something that is wrong with us", RuntimeError),
    ],
)
def test_a_transport_that_was_closed_while_connecting_is_a_lost_connection(
    raised: str, expected: type[Exception]
) -> None:
    """uvloop says so by RuntimeError when Redis resets a connection that is just being made: it was a 500."""

    async def scene() -> None:
        connection = redis_client.async_node("redis://127.0.0.1:1/0").client.connection_pool.make_connection()

        async def fail() -> Any:
            raise RuntimeError(raised)

        async def ignore(_: Exception) -> None:
            pass

        await connection.retry.call_with_retry(fail, ignore)

    with pytest.raises(expected):
        asyncio.run(scene())
