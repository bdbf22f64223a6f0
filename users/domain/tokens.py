"""The claims of a token (RFC 7519 §4.1, RFC 8693 §4.2)."""

import uuid
from typing import Any

from users.domain.account import Account

LONGEST_TOKEN_LIFETIME_S = 86_400


def claims(
    account: Account, *, issuer: str, audience: str, issued_at_s: int, lifetime_s: int, session: str | None
) -> dict[str, Any]:
    """The claims of a new token. `scope` says the roles once more, as text, for verifiers that read no lists.

    `sid` is there in tokens of a session alone, and is its name.
    """
    of_session = {} if session is None else {"sid": session}
    return {
        "sub": str(account.id),
        "iss": issuer,
        "aud": audience,
        "iat": issued_at_s,
        "exp": issued_at_s + lifetime_s,
        "jti": str(uuid.uuid4()),
        "roles": list(account.roles),
        "scope": " ".join(account.roles),
        "username": account.username,
        "email": account.email,
        "email_verified": account.email_verified,
        **of_session,
    }
