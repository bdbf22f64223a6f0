"""Signatures of webhooks, by Standard Webhooks 1.0 (symmetric scheme v1): who receives one can tell that we sent it.

    webhook-signature: v1,<base64 of HMAC-SHA-256 of "<webhook-id>.<webhook-timestamp>.<body>">

A secret is written `whsec_<base64 of 32 random bytes>`. After a rotation the old ones sign beside the new one for a
day, so a receiver may change over at any moment of it.
"""

import base64
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with
OVERLAP = timedelta(hours=24)
MOST_SECRETS = 5  # rotated more often in a day, the oldest goes early: one header has to hold all signatures
_SECRET_BYTES = 32  # the specification asks for 24 to 64


@dataclass(frozen=True)
class SigningSecrets:
    """The secrets of one student that sign now. `old_until`: when the last of the older ones ends, if there is one."""

    current: str
    older: tuple[str, ...] = ()
    old_until: datetime | None = None

    @property
    def all(self) -> tuple[str, ...]:
        """The current one first."""
        return (self.current, *self.older)


def new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signature_header(signing: Sequence[str], message_id: str, timestamp_s: int, body: bytes) -> str:
    """The value of `webhook-signature`: one signature for each secret, with spaces between."""
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp_s, body)
    return " ".join(f"v1,{_mac(secret, signed)}" for secret in signing)


def _mac(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
