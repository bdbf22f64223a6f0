"""Links that are sent by mail: whoever has one may set a new password, or shows that the address is theirs.

A link's token is `<user id>.<secret>`, good once and for a while; the newest of an account counts. Stored is its hash.
"""

from dataclasses import dataclass

from etc.contracts.account_mails import Purpose
from users.domain.secret_tokens import hash_of, new_secret

LIFETIMES_S: dict[Purpose, int] = {"reset": 1800, "verify": 7 * 86_400}


@dataclass(frozen=True)
class Link:
    """A stored link; `until_s` in seconds since 1970."""

    purpose: Purpose
    hash: str
    until_s: int

    @classmethod
    def new(cls, purpose: Purpose, user_id: int, now_s: int) -> tuple["Link", str]:
        """A new one, and its token."""
        secret = new_secret()
        return cls(purpose, hash_of(secret), now_s + LIFETIMES_S[purpose]), f"{user_id}.{secret}"


def parts_of(token: str) -> tuple[int, str]:
    """User id and secret; id 0, which nobody has, of what is no token."""
    user_id, _, secret = token.partition(".")
    is_id = user_id.isascii() and user_id.isdigit() and len(user_id) <= 15
    return (int(user_id) if is_id else 0), secret
