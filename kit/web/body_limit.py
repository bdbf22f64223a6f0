"""Refuses request bodies above a limit: 413 (RFC 9110 §15.5.14).

One that says its length is refused by that; one that does not (chunked) is counted while a route reads it. No more
than the limit is ever held. The reply waits until what the client is still sending was read and thrown away, for three
seconds and 4 MiB at most: a proxy written in Go (KrakenD) that is answered before it has sent everything ends the
connection, and its client gets a 413 without the words. A client that asks first (`Expect: 100-continue`, §10.1.1) has
sent nothing yet.
"""

import asyncio
from contextlib import suppress

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_THROWN_AWAY_BYTES = 4 * 1024 * 1024
THROW_AWAY_FOR_S = 3.0


class BodyLimitMiddleware:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._refusal = f"The body is larger than {most_bytes} bytes; send less"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = dict(scope["headers"])
        length = int(headers.get(b"content-length", 0))
        if length > self._most_bytes:
            if length <= MOST_THROWN_AWAY_BYTES and b"expect" not in headers:
                await _throw_away(receive)
            return await JSONResponse({"detail": self._refusal}, 413)(scope, receive, send)
        if b"transfer-encoding" in headers:
            receive = self._counted(receive)
        await self._app(scope, receive, send)
        return None

    def _counted(self, receive: Receive) -> Receive:
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._most_bytes:
                if message.get("more_body"):
                    await _throw_away(receive)
                raise HTTPException(413, self._refusal)  # kit.web.app renders it
            return message

        return counted


async def _throw_away(receive: Receive) -> None:
    """Read the rest of a body, to its end if that comes in time."""
    read = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(THROW_AWAY_FOR_S):
            while read < MOST_THROWN_AWAY_BYTES:
                message = await receive()
                read += len(message.get("body", b""))
                if not message.get("more_body"):
                    return
