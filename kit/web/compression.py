"""Replies of a kilobyte or more are sent with gzip to who accepts it. The work itself is Starlette's GZipMiddleware.

Added here is what RFC 9110 asks for the sake of caches: a compressed reply is another representation than the plain
one, so its entity tag is weak (§8.8.1; If-None-Match compares weakly anyway), and a 304 carries the `Vary` that the 200
would have had (§15.4.5). A client that refuses gzip by `gzip;q=0` (§12.5.3) gets none, with the same `Vary` (§12.5.5).
"""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SMALLEST_BYTES = 1024
LEVEL = 6  # zlib's own choice; 9 takes twice the time for one percent

_REFUSES_GZIP = re.compile(r"\bgzip\s*;\s*q=0(\.0*)?\s*(,|$)")


def accepts_gzip(headers: Headers) -> bool:
    """Whether a body may be sent with `Content-Encoding: gzip`; for who keeps a compressed body ready."""
    accepted = headers.get("accept-encoding", "")
    return "gzip" in accepted and not _REFUSES_GZIP.search(accepted)


class CompressionMiddleware:
    """ASGI middleware. Bodies above 128 KiB are compressed in a thread, so that the event loop goes on."""

    def __init__(self, app: ASGIApp) -> None:
        self._compressing = GZipMiddleware(app, minimum_size=SMALLEST_BYTES, compresslevel=LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _REFUSES_GZIP.search(Headers(scope=scope).get("accept-encoding", "")):
            # Starlette looks for the word alone: without it comes the plain body, and its Vary.
            scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]

        async def tagged(message: Message) -> None:
            if message["type"] == "http.response.start":
                _tag(message)
            await send(message)

        await self._compressing(scope, receive, tagged)


def _tag(start: Message) -> None:
    headers = MutableHeaders(raw=start["headers"])
    etag = headers.get("etag")
    if start["status"] == 304:
        if "accept-encoding" not in headers.get("vary", "").lower():
            headers.add_vary_header("Accept-Encoding")
    elif etag and "content-encoding" in headers and not etag.startswith("W/"):
        headers["etag"] = f"W/{etag}"
