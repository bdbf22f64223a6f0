"""The public keys of the users service (RFC 7517), as the gateways need them."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

SMALLEST_KEY_BITS = 2048  # RFC 7518 section 3.3
_KID = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_PUBLIC = ("kty", "kid", "use", "alg", "n", "e")  # and nothing of a private key, should one ever be published


class NoUsableKey(ValueError):
    """The document is no JWKS, or none of its keys can check a token of ours."""


@dataclass(frozen=True)
class Key:
    kid: str
    pem: str

    @property
    def name(self) -> str:
        """Fit for a file; another key has another name, also under the same kid."""
        return hashlib.sha256(f"{self.kid}\n{self.pem}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class KeySet:
    """Equal when a token passes by the one as by the other."""

    keys: tuple[Key, ...]
    document: str = "{}"

    def __iter__(self) -> Iterator[Key]:
        return iter(self.keys)

    def __bool__(self) -> bool:
        return bool(self.keys)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeySet) and self.keys == other.keys

    def __hash__(self) -> int:
        return hash(self.keys)


NO_KEYS = KeySet(())


def parse(document: bytes) -> KeySet:
    """The RS256 keys of a JWKS, in the order of their kid. Raises NoUsableKey; a key that is unfit is left out."""
    try:
        listed: list[Mapping[str, Any]] = json.loads(document)["keys"]
        public = {jwk["kid"]: {name: jwk[name] for name in _PUBLIC if name in jwk} for jwk in listed if _is_ours(jwk)}
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise NoUsableKey(f"not a JWKS: {type(error).__name__}") from error
    keys = {kid: pem for kid, jwk in sorted(public.items()) if (pem := _pem(jwk))}
    if not keys:
        raise NoUsableKey("no RS256 key with a kid among them")
    text = json.dumps({"keys": [public[kid] for kid in keys]}, indent=2)
    return KeySet(tuple(Key(kid, pem) for kid, pem in keys.items()), text)


def _is_ours(jwk: Mapping[str, Any]) -> bool:
    return (
        jwk.get("kty") == "RSA"
        and jwk.get("alg", "RS256") == "RS256"
        and jwk.get("use", "sig") == "sig"
        and _KID.fullmatch(jwk.get("kid", "")) is not None
    )


def _pem(jwk: Mapping[str, Any]) -> str | None:
    try:
        key = RSAKey.import_key(dict(jwk))
        return key.as_pem(private=False).decode() if key.public_key.key_size >= SMALLEST_KEY_BITS else None
    except (JoseError, ValueError, TypeError):
        return None
