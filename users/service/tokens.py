"""Issuing tokens: JSON Web Tokens signed with RS256, whose `kid` says which key of the published set verifies them."""

from dataclasses import dataclass

from joserfc import jwt

from users.domain.account import Account
from users.domain.tokens import claims
from users.service.ports import SigningKeys


@dataclass(frozen=True)
class TokenIssuer:
    issuer: str
    audience: str
    lifetime_s: int
    keys: SigningKeys

    def issue(self, account: Account, now_s: int, session: str | None = None) -> str:
        """A new token of the account, and of the session of this name if there is one.

        Raises Unavailable if there is no key to sign with.
        """
        signing = self.keys.current()
        said = claims(
            account,
            issuer=self.issuer,
            audience=self.audience,
            issued_at_s=now_s,
            lifetime_s=self.lifetime_s,
            session=session,
        )
        return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": signing.kid}, said, signing.key)
