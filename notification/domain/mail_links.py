"""Links in mails that end them, for whoever has the mail: no login, signed, and good for as long as the mail is kept.

    <PUBLIC_URL>/unsubscribe/<student id>.<class id, 0 for all>.<address tag>.<signature>

The signature is HMAC-SHA-256 over what stands before it. The tag is of the address the mail went to: a link in an old
mail does not end mails to an address that was set since.
"""

import base64
import hashlib
import hmac
import re
from typing import NamedTuple

_TOKEN = re.compile(r"([0-9]{1,16})\.([0-9]{1,16})\.([0-9a-f]{16})\.([A-Za-z0-9_-]{22})")


class Unsubscription(NamedTuple):
    """The mails to end: about one class or, with 0, all of those that go to the address with this tag."""

    student_id: int
    class_id: int
    address_tag: str

    def covers(self, email: str) -> bool:
        return address_tag(email) == self.address_tag


class UnsubscribeLinks:
    def __init__(self, secret: str, public_url: str = "") -> None:
        self._secret = secret.encode()
        self._public_url = public_url

    def url(self, student_id: int, class_id: int, email: str) -> str:
        said = f"{student_id}.{class_id}.{address_tag(email)}"
        return f"{self._public_url}/unsubscribe/{said}.{self._signature(said)}"

    def read(self, token: str) -> Unsubscription | None:
        """The request in a token; None unless we signed it."""
        found = _TOKEN.fullmatch(token)
        if not found or not hmac.compare_digest(found[4], self._signature(token.rpartition(".")[0])):
            return None
        return Unsubscription(int(found[1]), int(found[2]), found[3])

    def _signature(self, said: str) -> str:
        mac = hmac.digest(self._secret, f"unsubscribe {said}".encode(), "sha256")[:16]
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def address_tag(email: str) -> str:
    return hashlib.sha256(email.encode()).hexdigest()[:16]
