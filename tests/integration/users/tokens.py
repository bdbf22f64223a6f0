"""Tokens as whoever receives them sees them: verified with nothing but the published keys."""

from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet

from users.api.jwks import JWKS_PATH


def key_set(api: httpx.Client) -> KeySet:
    reply = api.get(JWKS_PATH)
    assert reply.status_code == 200, reply.text
    return KeySet.import_key_set(reply.json())


def verified(token: str, keys: KeySet) -> dict[str, Any]:
    """The claims. Raises joserfc.errors.JoseError for a token that a gateway has to refuse."""
    decoded = jwt.decode(token, keys, algorithms=["RS256"])
    rules = jwt.JWTClaimsRegistry(iss={"value": "the issuer"}, aud={"value": "the audience"}, exp={"essential": True})
    rules.validate(decoded.claims)
    return dict(decoded.claims)


def claims_of(login: httpx.Response, api: httpx.Client) -> dict[str, Any]:
    assert login.status_code == 200, login.text
    return verified(login.json()["access_token"], key_set(api))
