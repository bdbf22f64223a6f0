"""The claims of a token (RFC 7519 §4.1). KrakenD signs them on the way out, see krakend/templates/login.tmpl."""

import uuid
from dataclasses import dataclass

from users.api.schemas import Claims
from users.domain.account import Account


@dataclass(frozen=True)
class TokenMaker:
    issuer: str
    audience: str
    lifetime_s: int

    def claims_for(self, account: Account, now_s: int) -> Claims:
        return Claims(
            sub=str(account.id),
            iss=self.issuer,
            aud=self.audience,
            iat=now_s,
            exp=now_s + self.lifetime_s,
            jti=str(uuid.uuid4()),
            roles=list(account.roles),
            username=account.username,
            email=account.email,
        )
