"""Refusals for machines: who accepts `application/problem+json` gets RFC 9457's problem details, everybody else as ever
`{"detail": …}`.

    {"type": "tag:course-enrollment,2026:class_unknown", "title": "Not Found", "status": 404,
     "detail": "Class 9 does not exist; …", "code": "class_unknown", "request_id": "3f2a9c…-1b"}

`code` (and `type`, which is made of it) is part of the contract: it is the fact's name where a rule refused
(kit.errors.AppError.code), otherwise it says no more than the status.
"""

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.errors import AppError, codes_of
from kit.observability import correlation

MEDIA_TYPE = "application/problem+json"
_ACCEPTED = MEDIA_TYPE.encode()
CODE = "kit.problem_code"  # in the scope: the fact's name
MALFORMED = "malformed"
_OF_STATUS = {422: MALFORMED, 413: "body_too_large", 429: "too_many_requests", 503: "unavailable"}


CONTENT: dict[str, Any] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}  # in OpenAPI


def described(openapi: dict[str, Any]) -> dict[str, Any]:
    """The service's OpenAPI with what CONTENT refers to, and every code that this process may give. Idempotent."""
    codes = {*codes_of(AppError), *_OF_STATUS.values(), "method_not_allowed", "internal_server_error"}
    schemas = openapi.setdefault("components", {}).setdefault("schemas", {})
    schemas["ProblemDetails"] = schema(codes)
    return openapi


def schema(codes: Iterable[str]) -> dict[str, Any]:
    """Problem details in OpenAPI, with these codes."""
    known = ", ".join(f"`{code}`" for code in sorted(codes))
    text = {"type": "string"}
    return {
        "description": "What who accepts `application/problem+json` gets instead of the detail alone (RFC 9457)",
        "type": "object",
        "required": ["type", "title", "status", "detail", "code"],
        "properties": {
            "type": {**text, "format": "uri", "examples": ["tag:course-enrollment,2026:not_found"]},
            "title": {**text, "examples": ["Not Found"]},
            "status": {"type": "integer", "examples": [404]},
            "detail": {**text, "description": "what is wrong and what to do about it"},
            "code": {**text, "description": f"stable, for programs; others may come. Known: {known}"},
            "request_id": {**text, "description": "as in X-Request-ID, and in the logs"},
        },
    }


class RefusalResponse(JSONResponse):
    """`{"detail": …}`, which knows the fact's name, too."""

    def __init__(self, detail: str, status: int, headers: Mapping[str, str] | None = None, code: str = "") -> None:
        super().__init__({"detail": detail}, status, headers)
        self._code = code

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[CODE] = self._code
        await super().__call__(scope, receive, send)


class ProblemDetailsMiddleware:
    """ASGI middleware in front of all that may refuse, behind what gives a request its id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _accepts(scope):
            return await self._app(scope, receive, send)
        return await self._app(scope, receive, _Rewriting(scope, send))


def _accepts(scope: Scope) -> bool:
    """Whether it is named; `*/*` gets what everybody got before there was another form."""
    return any(name == b"accept" and _ACCEPTED in value for name, value in scope["headers"])


class _Rewriting:
    """Holds the start of a refusal back until its body, which is one message, is there."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] >= 400 and _is_json(message):
            self._start = message
            return
        if self._start is not None:
            start, self._start = self._start, None
            message = _rewritten(self._scope, start, message)
            await self._send(start)
        await self._send(message)


def _is_json(start: Message) -> bool:
    headers = MutableHeaders(raw=list(start.get("headers", ())))
    return headers.get("content-type") == "application/json" and "content-encoding" not in headers


def _rewritten(scope: Scope, start: Message, body: Message) -> Message:
    """The message with the new body; the start gets its headers. A body without a detail stays as it is, a HEAD's
    too.
    """
    try:
        said = json.loads(body.get("body", b""))
    except ValueError:
        return body
    if body.get("more_body") or not isinstance(said, dict) or "detail" not in said:
        return body
    text = json.dumps(_details(start["status"], said["detail"], scope), separators=(",", ":")).encode()
    headers = MutableHeaders(raw=list(start["headers"]))
    headers["content-type"] = MEDIA_TYPE
    headers["content-length"] = str(len(text))
    headers.add_vary_header("Accept")
    start["headers"] = headers.raw
    return {**body, "body": text}


def _details(status: int, detail: Any, scope: Scope) -> dict[str, Any]:
    title = HTTPStatus(status).phrase
    code = scope.get(CODE) or _OF_STATUS.get(status) or title.lower().replace(" ", "_")
    return {
        "type": f"tag:course-enrollment,2026:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": scope.get(correlation.SCOPE_KEY),
    }
