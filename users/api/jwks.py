"""The public keys that verify tokens, for everybody (RFC 7517 §5, RFC 8414 §2 `jwks_uri`)."""

import hashlib
import json
from typing import Any, Protocol

from fastapi import APIRouter, Request, Response

JWKS_PATH = "/.well-known/jwks.json"
MEDIA_TYPE = "application/jwk-set+json"  # RFC 7517 §8.5.2


class PublishedKeys(Protocol):
    def published(self) -> dict[str, Any]: ...


_SCHEMA = {
    "type": "object",
    "required": ["keys"],
    "properties": {
        "keys": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["kty", "use", "alg", "kid", "n", "e"],
                "properties": {name: {"type": "string"} for name in ("kty", "use", "alg", "kid", "n", "e")},
            },
        }
    },
}

router = APIRouter(tags=["keys"])


# A coroutine: gateways ask every few seconds, also when all threads are taken.
@router.get(
    JWKS_PATH,
    summary="The public keys",
    response_class=Response,
    responses={
        200: {"content": {MEDIA_TYPE: {"schema": _SCHEMA}}},
        304: {"description": "They are those of `If-None-Match`"},
    },
    description="Verify a token with the key of its `kid`. A new key is here before it signs, and an old one until "
    "the tokens that it signed have expired.",
)
async def jwks(request: Request) -> Response:
    keys: PublishedKeys = request.app.state.keys
    body = json.dumps(keys.published()).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": f"public, max-age={request.app.state.jwks_max_age_s}"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=MEDIA_TYPE, headers=headers)
