"""The header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07): a request that is repeated happens once.

Each commit of a change writes the key with it, in the same transaction (kit.stores.idempotency_keys); the request at
hand is kit.idempotency.current(). Its outcome can be in three places:

1. With the change: its outcome. A repetition, at whatever instance and after whatever crash, finds that instead of
   doing it again, and words the same reply. Where the outcome is all of the reply (`outcome_is_reply`), this is enough.
2. Else the reply itself is written here before it is sent, unless one is there already: then that one is sent.
3. Nowhere: the request failed (5xx), was malformed (422) or came too soon (429). It may be repeated under the same key.

While it runs it is claimed (kit.stores.request_claims): a repetition that comes meanwhile, here or at another instance,
is a 409 with `Retry-After`. Where its instance has died, the repetition waits for the end of the claim, a second at
most.

Keys are scoped by caller. They are kept for 24 hours.
"""

import hashlib
import re
from contextlib import AbstractAsyncContextManager
from itertools import pairwise
from typing import Any, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.errors import AppError, Malformed
from kit.idempotency import KeyedRequest, KeyReused, StillRunning, StoredReply, working_for
from kit.web.app import Service
from kit.web.app import refusal as rendered
from kit.web.problem_details import CODE

REPLAYED = "Idempotency-Replayed"
DESCRIPTION = (
    "makes the request happen once, however often it is sent within 24 hours: a UUID of your own, say. A repetition "
    "gets the first reply and `Idempotency-Replayed: true`; another request with the same key is a 422"
)
_NAME = b"idempotency-key"
_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_KEY = re.compile(rb'(")?([!#-\[\]-~]{1,128})(?(1)")')  # a string (RFC 9651 §3.3.3), or the same without quotes


class KeyMalformed(Malformed):
    def __init__(self) -> None:
        super().__init__("Idempotency-Key must be one, of 1 to 128 visible characters; a UUID, say")


class Keys(Protocol):
    """The outcomes of keyed requests. Raises KeyReused and Unavailable."""

    def reply(self, request: KeyedRequest) -> StoredReply | None: ...

    def record(self, request: KeyedRequest, reply: StoredReply) -> StoredReply:
        """The first reply recorded for this key, be it this or another."""


class Claims(Protocol):
    """The keyed requests that run, at all instances."""

    def held(self, request: KeyedRequest) -> AbstractAsyncContextManager[None]:
        """In here no other instance runs it. Raises StillRunning and KeyReused."""


class IdempotencyMiddleware:
    """ASGI middleware, for requests with a key whose path matches `covers`.

    Where the path matches `looks_first`, every reply is recorded, and sent again without asking the route.
    """

    def __init__(
        self, app: ASGIApp, keys: Keys, claims: Claims, covers: re.Pattern[str], looks_first: re.Pattern[str]
    ) -> None:
        self._app = app
        self._keys = keys
        self._claims = claims
        self._covers = covers
        self._looks_first = looks_first
        self._running: dict[str, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not (given := _given(scope)) or not self._covers.match(scope["path"]):
            return await self._app(scope, receive, send)
        try:
            body = await _body(receive)
            await self._once(_request(scope, given, body), body, scope, receive, send)
        except AppError as refusal:
            await rendered(refusal)(scope, receive, send)
        return None

    async def _once(self, request: KeyedRequest, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        if running := self._running.get(request.name):
            raise StillRunning if running == request.fingerprint else KeyReused
        self._running[request.name] = request.fingerprint
        reply = _Reply()
        try:
            async with self._claims.held(request):
                first = await self._first(request, scope)
                if first is None:
                    with working_for(request):
                        await self._app(scope, _again(body, receive), reply.take)
                    first = await self._recorded(request, scope, reply)
            if first is not None:
                scope[CODE] = first.code
            await reply.pass_on(first, send, is_replayed=request.is_replayed)
        finally:
            del self._running[request.name]

    async def _first(self, request: KeyedRequest, scope: Scope) -> StoredReply | None:
        """The reply that is recorded, where the route would look at more than the outcome before it says the same."""
        looks = self._looks_first.match(scope["path"])
        return await run_in_threadpool(self._keys.reply, request) if looks else None

    async def _recorded(self, request: KeyedRequest, scope: Scope, reply: "_Reply") -> StoredReply | None:
        """The reply that is recorded instead of this one, None if this one is it, or needs no recording."""
        if not reply.is_final or (request.outcome_is_reply and not self._looks_first.match(scope["path"])):
            return None
        ours = StoredReply(reply.status, reply.body.decode(), scope.get(CODE, ""), reply.location)
        first = await run_in_threadpool(self._keys.record, request, ours)
        return None if first == ours else first


class _Reply:
    """A reply that is held until it is known whether it is the first one."""

    def __init__(self) -> None:
        self._messages: list[Message] = []

    async def take(self, message: Message) -> None:
        self._messages.append(message)

    @property
    def status(self) -> int:
        return next((m["status"] for m in self._messages if m["type"] == "http.response.start"), 500)

    @property
    def body(self) -> bytes:
        return b"".join(m.get("body", b"") for m in self._messages)

    @property
    def location(self) -> str:
        starts = [Headers(raw=m["headers"]) for m in self._messages if m["type"] == "http.response.start"]
        return next((headers["location"] for headers in starts if "location" in headers), "")

    @property
    def is_final(self) -> bool:
        """A malformed request changes nothing and is refused again; one that failed or came too soon may be
        repeated."""
        return self.status < 500 and self.status not in (413, 422, 429)

    async def pass_on(self, instead: StoredReply | None, send: Send, *, is_replayed: bool) -> None:
        if instead is not None:
            content = instead.body.encode()
            headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
            headers += [(b"location", instead.location.encode("latin-1"))] if instead.location else []
            start: Message = {"type": "http.response.start", "status": instead.status, "headers": headers}
            self._messages = [start, {"type": "http.response.body", "body": content}]
        for message in self._messages:
            if message["type"] == "http.response.start" and (is_replayed or instead is not None):
                MutableHeaders(scope=message)[REPLAYED] = "true"
            await send(message)


def _given(scope: Scope) -> list[bytes]:
    if scope["type"] != "http" or scope["method"] not in _METHODS:
        return []
    return [value for name, value in scope["headers"] if name == _NAME]


def _request(scope: Scope, given: list[bytes], body: bytes) -> KeyedRequest:
    key = _KEY.fullmatch(given[0].strip())
    if key is None or len(given) > 1:
        raise KeyMalformed
    asked = b"\0".join((scope["method"].encode(), scope["raw_path"], scope["query_string"], body))
    return KeyedRequest(f"{_caller(scope)}/{key[2].decode()}", hashlib.sha256(asked).hexdigest())


def _caller(scope: Scope) -> str:
    """The caller: by the gateway's word, else the user name before the e-mail in the path, else nobody in
    particular.
    """
    for name, value in scope["headers"]:
        if name == b"x-user-id":
            return str(value.decode("latin-1"))
    parts = scope["path"].split("/")
    return next((f"~{name}" for name, email in pairwise(parts) if "@" in email), "")


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:  # bounded: by the body limit (kit.web.body_limit), and by the end of the connection
        message = await receive()
        part: bytes = message.get("body", b"")
        body += part
        if not message.get("more_body"):
            return body


def _again(body: bytes, receive: Receive) -> Receive:
    """The body that was read, and then what comes after it."""
    is_read = False

    async def again() -> Message:
        nonlocal is_read
        if is_read:
            return await receive()
        is_read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def with_keys(keys: Keys, claims: Claims, covers: str, looks_first: str = ".*") -> Middleware:
    """For kit.web.app.create_app: regular expressions for the beginnings of paths."""
    return Middleware(IdempotencyMiddleware, keys, claims, re.compile(covers), re.compile(looks_first))


def describe(app: Service, covers: str) -> None:
    """The header in the OpenAPI of every operation it holds for."""
    app.describers.append(lambda openapi: _documented(openapi, covers))


def _documented(openapi: dict[str, Any], covers: str) -> dict[str, Any]:
    parameter = {
        "name": "Idempotency-Key",
        "in": "header",
        "description": DESCRIPTION,
        "required": False,
        "schema": {"type": "string"},
    }
    problem = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    running = {
        "description": "The first request with this Idempotency-Key has not been answered yet",
        "content": problem,
    }
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            listed = operation.setdefault("parameters", []) if method.upper() in _METHODS else None
            if listed is not None and re.match(covers, path) and parameter not in listed:
                listed.append(parameter)
                operation["responses"].setdefault("409", running)
    return openapi
