"""A session: what a login is good for after its access token has expired, kept alive by refresh tokens (RFC 6749 §6).

A refresh token is `<session id>.<secret>`, good once: using it gives the next one (RFC 9700 §4.14.2). Stored is its
hash alone. The next secret is made of the last one and the session's salt, so that who asks twice with the same token,
two tabs at once or after a reply that was lost, gets the same answer and not a session that splits in two.
"""

import hmac
import secrets
from dataclasses import dataclass, replace

from users.domain.secret_tokens import hash_of, new_secret

GRACE_S = 30  # so long after it was used a refresh token still gives the one that followed, until that is used


@dataclass(frozen=True)
class SessionLimits:
    """How long a session lasts, in seconds: unused, and at most."""

    idle_s: int
    lifetime_s: int


@dataclass(frozen=True)
class Session:
    """Moments are seconds since 1970. `epoch`: the account's when it began; another one has ended it."""

    id: str
    user_id: int
    epoch: int
    salt: str
    token_hash: str
    previous_hash: str  # of the token that was used last; empty before that
    used_at_s: int
    expires_at_s: int
    ends_at_s: int

    @classmethod
    def begin(cls, user_id: int, epoch: int, limits: SessionLimits, now_s: int) -> tuple["Session", str]:
        """A new session, and its first refresh token."""
        secret, ends_at_s = new_secret(), now_s + limits.lifetime_s
        session = cls(
            id=secrets.token_urlsafe(16),
            user_id=user_id,
            epoch=epoch,
            salt=new_secret(),
            token_hash=hash_of(secret),
            previous_hash="",
            used_at_s=now_s,
            expires_at_s=min(now_s + limits.idle_s, ends_at_s),
            ends_at_s=ends_at_s,
        )
        return session, f"{session.id}.{secret}"

    @property
    def name(self) -> str:
        """Under which it is known outside (kit.sessions), which is no part of a refresh token."""
        return f"{self.user_id}.{self.epoch}.{hash_of(self.id)[:32]}"

    def is_current(self, secret: str) -> bool:
        return hmac.compare_digest(hash_of(secret), self.token_hash)

    def was_just_used(self, secret: str, now_s: int) -> bool:
        """Whether this is the token before the current one, which has not been used, and was a moment ago."""
        return hmac.compare_digest(hash_of(secret), self.previous_hash) and now_s - self.used_at_s <= GRACE_S

    def successor(self, secret: str) -> str:
        """The refresh token that follows this secret."""
        following = hmac.digest(self.salt.encode(), secret.encode(), "sha256").hex()
        return f"{self.id}.{following}"

    def used(self, secret: str, limits: SessionLimits, now_s: int) -> "Session":
        """The session in which the successor of this secret, the current one, is the current one."""
        _, following = parts_of(self.successor(secret))
        return replace(
            self,
            token_hash=hash_of(following),
            previous_hash=self.token_hash,
            used_at_s=now_s,
            expires_at_s=min(now_s + limits.idle_s, self.ends_at_s),
        )


def parts_of(refresh_token: str) -> tuple[str, str]:
    """Session id and secret; of what is no refresh token, something that no session has."""
    session_id, _, secret = refresh_token.partition(".")
    return session_id, secret
