"""What every request to a service passes first: it is counted and timed, whoever answers or refuses it.

Written against ASGI itself: this runs for every request, and a few microseconds of it are all that it may cost.
"""

from time import perf_counter
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.metrics import UNMATCHED, Requests


class Entrance:
    """ASGI middleware, the outermost."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self._app = app
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began = perf_counter()
        status = 500  # what uvicorn replies when nothing was

        # No coroutine of its own: handing out send's saves one for each part of each reply.
        def noting(message: Message) -> Any:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            return send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            route = getattr(scope.get("route"), "path", UNMATCHED)
            self._requests.count(scope["method"], route, status, perf_counter() - began)
        return None
