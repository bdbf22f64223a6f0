"""Links that answer an offer without a login, as a mail has them.

A link ends in `<class id>.<student id>.<until, Unix seconds>.<signature>`, the signature being HMAC-SHA256 (RFC 2104)
over what stands before it, base64url without padding (RFC 4648 §5). It is good for this one offer: once that is
answered, or its time is over, the student has no offer with that end any more.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from enrollment.domain.errors import OfferLinkUnknown

_TOKEN = re.compile(r"([1-9][0-9]{0,15})\.([1-9][0-9]{0,15})\.([1-9][0-9]{0,11})\.([A-Za-z0-9_-]{43})")


@dataclass(frozen=True)
class OfferClaim:
    class_id: int
    student_id: int
    until_s: int


class OfferLinks:
    """Without a secret there are no links, and none is believed."""

    def __init__(self, secret: str, public_url: str) -> None:
        self._secret = secret.encode()
        self._public_url = public_url.rstrip("/")

    def link(self, claim: OfferClaim) -> str | None:
        return f"{self._public_url}/offer/{self._token(claim)}" if self._secret else None

    def require(self, token: str) -> OfferClaim:
        """The content of a link's token. Raises OfferLinkUnknown unless it was made here."""
        match = _TOKEN.fullmatch(token)
        if match is None or not self._secret:
            raise OfferLinkUnknown
        claim = OfferClaim(*(int(number) for number in match.groups()[:3]))
        if not hmac.compare_digest(token, self._token(claim)):
            raise OfferLinkUnknown
        return claim

    def _token(self, claim: OfferClaim) -> str:
        said = f"{claim.class_id}.{claim.student_id}.{claim.until_s}"
        signature = hmac.digest(self._secret, f"offer:{said}".encode(), hashlib.sha256)
        return f"{said}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
