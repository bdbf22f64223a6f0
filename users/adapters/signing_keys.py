"""The keys that sign tokens (RS256), kept as files in KEYS_DIR, a folder that users alone can enter (0700).

    private.jwks.json   a JWK Set (RFC 7517 §5), readable by its owner alone (0600), the oldest key first. Every key is
                        whole, with its private part, and has one member of ours: "signs_from", seconds since 1970.
    lock                held (flock(2)) by whoever changes that file; empty

A key is published from the moment it is in the file, signs from `signs_from` until the next key does, and is dropped
when no token that it signed can be good any more. So a rotation is one new key at the end of the file, whose
`signs_from` lies KEY_PUBLISH_LEAD_S ahead: until then every gateway has fetched it.

The file is replaced as a whole, so a process killed in the middle leaves the state before or the state after. All
instances of the service read the same file, whenever it was replaced, and agree by its dates on the key that signs; on
several machines the folder is a shared one.
"""

import fcntl
import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from kit.errors import Unavailable
from users.domain.tokens import LONGEST_TOKEN_LIFETIME_S

log = logging.getLogger(__name__)

KEY_BITS = 2048
_MARGIN_S = 300  # clocks of gateways may be behind ours


def rsa_key() -> RSAKey:
    return RSAKey.generate_key(KEY_BITS, {"use": "sig", "alg": "RS256"}, auto_kid=True)


@dataclass(frozen=True)
class SigningKey:
    key: RSAKey
    signs_from: int

    @property
    def kid(self) -> str:
        """Its RFC 7638 thumbprint."""
        return str(self.key.kid)


class SigningKeys:
    """Thread-safe, and safe among processes."""

    def __init__(
        self,
        folder: Path,
        publish_lead_s: int,
        clock: Callable[[], float] = time.time,
        make_key: Callable[[], RSAKey] = rsa_key,
    ) -> None:
        self._folder = folder
        self._file = folder / "private.jwks.json"
        self._publish_lead_s = publish_lead_s
        self._clock = clock
        self._make_key = make_key
        self._known: tuple[tuple[int, int, int], tuple[SigningKey, ...]] | None = None

    def ensure(self) -> SigningKey:
        """The key that signs, which is made if there is none at all. Raises OSError or ValueError."""
        with self._changing() as keys:
            if not keys:
                keys.append(SigningKey(self._make_key(), int(self._clock())))
        return self.current()

    def rotate(self) -> SigningKey:
        """The key that signs next. A new one, unless one that is to sign next is published already."""
        now_s = int(self._clock())
        with self._changing() as keys:
            if not keys or keys[-1].signs_from <= now_s:
                keys.append(SigningKey(self._make_key(), now_s + self._publish_lead_s if keys else now_s))
        return self.all()[-1]

    def revoke(self, kid: str) -> bool:
        """Drop a key at once, and with it all tokens it signed. False if there is no such key.

        If no other key signs by now, the next one, or else a new one, signs from now on; gateways refuse what it
        signed until they have fetched it.
        """
        now_s = int(self._clock())
        with self._changing() as keys:
            kept = [key for key in keys if key.kid != kid]
            found = len(kept) < len(keys)
            if found and not any(key.signs_from <= now_s for key in kept):
                kept[:1] = [SigningKey(kept[0].key if kept else self._make_key(), now_s)]
            keys[:] = kept
        return found

    def current(self) -> SigningKey:
        """The key that signs now."""
        keys = self.all()
        return keys[_signing(keys, int(self._clock()))]

    def all(self) -> Sequence[SigningKey]:
        """All keys that are published, the oldest first. Raises Unavailable if they cannot be read."""
        try:
            about = self._file.stat()
            version = (about.st_ino, about.st_mtime_ns, about.st_size)
            if self._known is None or self._known[0] != version:
                keys = tuple(_read(self._file))
                if not keys:
                    raise ValueError(f"{self._file} holds no key")
                self._known = version, keys
        except (OSError, ValueError) as error:
            if self._known is None:
                raise Unavailable("The service has no keys to sign with; ask again in a moment") from error
            log.warning("signing keys cannot be read, going on with those known: %r", error)
        return self._known[1]

    def published(self) -> dict[str, Any]:
        """The JWK Set that verifies tokens: public parts alone."""
        return {"keys": [each.key.as_dict(private=False) for each in self.all()]}

    @contextmanager
    def _changing(self) -> Iterator[list[SigningKey]]:
        """The keys of the file, written back if they are changed. One caller at a time, of all processes."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(self._folder / "lock", "a", opener=_for_us_alone) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            before = list(_read(self._file)) if self._file.exists() else []
            keys = before.copy()
            yield keys
            if keys != before:
                self._write(_still_needed(keys, int(self._clock())))

    def _write(self, keys: Sequence[SigningKey]) -> None:
        """In one step. The next write replaces the leftovers of a killed process."""
        content = {"keys": [each.key.as_dict(private=True) | {"signs_from": each.signs_from} for each in keys]}
        unfinished = self._folder / ".private.jwks.json"
        with open(unfinished, "w", opener=_for_us_alone) as file:
            json.dump(content, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._file)


def _for_us_alone(path: str, flags: int) -> int:
    """Opener of a file that nobody else can read, from its first byte on."""
    return os.open(path, flags, 0o600)


def _read(file: Path) -> Iterator[SigningKey]:
    """Raises ValueError for anything but a set of whole keys."""
    try:
        for each in json.loads(file.read_text())["keys"]:
            signs_from = each.pop("signs_from", 0)  # 1.1 wrote none: its one key has signed before
            key = RSAKey.import_key(each)
            if not key.is_private or not key.kid:
                raise ValueError("a key lacks its private part or its id")
            yield SigningKey(key, int(signs_from))
    except (JoseError, LookupError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{file} is not a set of private keys: {error!r}") from error


def _signing(keys: Sequence[SigningKey], now_s: int) -> int:
    """The place of the key that signs: the last whose time has come. The first, should a clock be wrong."""
    return max((place for place, key in enumerate(keys) if key.signs_from <= now_s), default=0)


def _still_needed(keys: Sequence[SigningKey], now_s: int) -> Sequence[SigningKey]:
    """Without the keys whose tokens have all expired, whatever TOKEN_LIFETIME_S was when they were issued."""
    over = now_s - LONGEST_TOKEN_LIFETIME_S - _MARGIN_S
    return keys[_signing(keys, over) :]
