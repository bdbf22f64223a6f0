"""Every request to a service passes here first: it gets its id, and is counted, timed and dated, whoever answers it.

Written against ASGI itself: this runs for every request, and a few microseconds of it are all that it may cost.
"""

from email.utils import formatdate
from functools import lru_cache
from time import perf_counter, time
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.concurrency import deadline
from kit.observability import correlation
from kit.observability.metrics import UNMATCHED, Requests

_REQUEST_ID = correlation.HEADER.encode()


class RequestContextMiddleware:
    """ASGI middleware, the outermost."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self._app = app
        self._requests = requests
        self._ids = correlation.request_ids()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began = perf_counter()
        request_id = _received_id(scope) or next(self._ids)
        scope[correlation.SCOPE_KEY] = request_id
        status = 500  # what uvicorn replies when nothing was

        # No coroutine of its own: handing out send's saves one for each part of each reply.
        def send_recorded(message: Message) -> Any:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = message.get("headers", ())
                message["headers"] = [*given, (_REQUEST_ID, request_id.encode()), (b"date", _http_date(int(time())))]
            return send(message)

        try:
            await self._app(scope, receive, send_recorded)
        finally:
            route = getattr(scope.get("route"), "path", UNMATCHED)
            self._requests.count(scope["method"], route, status, perf_counter() - began)
        return None


class BindContextMiddleware:
    """ASGI middleware, the innermost: binds the request's id (kit.observability.correlation) and its deadline
    (kit.concurrency.deadline) to the task.

    Not done by the outermost, because a context variable costs more than all the rest of it: what is answered ahead
    of the routes, positions in line, needs none.
    """

    def __init__(self, app: ASGIApp, reply_within_s: float | None) -> None:
        self._app = app
        self._reply_within_s = reply_within_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._reply_within_s is not None:
            deadline.start(self._reply_within_s)
        if request_id := scope.get(correlation.SCOPE_KEY):
            correlation.enter(request_id)  # for good: the server makes a task for each request
        await self._app(scope, receive, send)


def _received_id(scope: Scope) -> str | None:
    """The id the gateway gave, if it is well formed."""
    for name, value in scope["headers"]:
        if name == _REQUEST_ID:
            return correlation.well_formed(value.decode("latin-1"))
    return None


@lru_cache(maxsize=2)
def _http_date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()
