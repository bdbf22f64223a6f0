"""A service answers only requests with the gateway's secret, in the header X-Gateway-Secret.

KrakenD adds it to every request (krakend/templates/backend.tmpl), and services add it when they ask each other
(kit.settings.ServiceSettings.caller_headers). Without a secret there is no gate and nothing is looked at.
"""

import hmac
from collections.abc import Collection
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

HEADER = "X-Gateway-Secret"

# Asked by load balancers and monitors, which have no business with the secret.
_ALWAYS_OPEN = frozenset({"/health/live", "/health/ready", "/metrics"})
_NAME = HEADER.lower().encode()


REFUSAL = "This service answers only what comes through the gateway; send the request there"


def document(openapi: dict[str, Any], also_open: Collection[str] = ()) -> dict[str, Any]:
    """Say in the OpenAPI what the gate asks for, and of whom; Swagger UI then has a button "Authorize". Idempotent."""
    scheme = {"type": "apiKey", "in": "header", "name": HEADER, "description": "what the gateway carries"}
    openapi.setdefault("components", {})["securitySchemes"] = {"gateway": scheme}
    for path, operations in openapi["paths"].items():
        is_open = path in _ALWAYS_OPEN or path in also_open
        for operation in operations.values():
            operation["security"] = [] if is_open else [{"gateway": []}]
            if not is_open:
                problem = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
                operation["responses"].setdefault("403", {"description": REFUSAL, "content": problem})
    return openapi


class SharedSecretMiddleware:
    """ASGI middleware: 403 for every request without the secret, whatever its path and method, and nothing else run."""

    def __init__(self, app: ASGIApp, secret: str, also_open: Collection[str] = ()) -> None:
        """`also_open`: more paths that need no secret, compared as a whole."""
        self._app = app
        self._secret = secret.encode()
        self._open = _ALWAYS_OPEN | set(also_open)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"] in self._open or self._carried(scope):
            await self._app(scope, receive, send)
            return
        await JSONResponse({"detail": REFUSAL}, 403)(scope, receive, send)

    def _carried(self, scope: Scope) -> bool:
        """Takes as long for a secret that is nearly right as for one that is all wrong."""
        given = [value for name, value in scope["headers"] if name == _NAME]
        return len(given) == 1 and hmac.compare_digest(given[0], self._secret)
