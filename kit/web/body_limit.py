"""Refuses request bodies above a limit, as soon as they are known to be: 413 (RFC 9110 §15.5.14).

A body that says its length is refused unread. One that does not (chunked) is counted while a route reads it, and no
more than the limit is ever held. What a client sends after the refusal is read and thrown away by uvicorn: closing the
connection under a client that is still writing would lose it the reply.
"""

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimitMiddleware:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._refusal = f"The body is larger than {most_bytes} bytes; send less"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        for name, value in scope["headers"]:
            if name == b"content-length" and int(value) > self._most_bytes:
                return await JSONResponse({"detail": self._refusal}, 413)(scope, receive, send)
            if name == b"transfer-encoding":
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
                raise HTTPException(413, self._refusal)  # kit.web.app renders it
            return message

        return counted
