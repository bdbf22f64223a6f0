"""Requests of sessions that are over are refused (kit.sessions).

Which session it is says the gateway, in X-Session-Id, made of the token that it has checked; a request without that
belongs to none.
"""

from collections.abc import Awaitable

from starlette.types import ASGIApp, Receive, Scope, Send

from kit.sessions import EndedSessions, SessionOver
from kit.web.problem_details import RefusalResponse

HEADER = "X-Session-Id"
_NAME = HEADER.lower().encode()
_CHALLENGE = {"WWW-Authenticate": 'Bearer error="invalid_token"'}  # RFC 6750 §3.1


class SessionMiddleware:
    """ASGI middleware: 401 for every request of a session that is over, whatever its path and method.

    No coroutine of its own: it stands before positions in line, of which there are thousands a second.
    """

    def __init__(self, app: ASGIApp, ended: EndedSessions) -> None:
        self._app = app
        self._ended = ended

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if not self._ended.is_empty and scope["type"] == "http":
            for name, value in scope["headers"]:
                if name == _NAME and self._ended.is_over(value.decode("latin-1")):
                    over = SessionOver()
                    return RefusalResponse(over.detail, over.status, _CHALLENGE, over.code())(scope, receive, send)
        return self._app(scope, receive, send)
