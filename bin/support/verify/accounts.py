"""The load's accounts: students with accounts of their own, an instructor and the registrar, with tokens as users get
them.

The accounts are made at the first campaign and stay: the next one logs in to them. The password is the one of the
development data, since bin/verify works on development systems only.
"""

import base64
import json
import threading
import time
from dataclasses import dataclass
from typing import Any

import httpx

from verify.system import System, Unfit

INSTRUCTOR, REGISTRAR = "lovelace", "registrar"  # of the development data
STUDENT_NAME = "verify-student-{:02}"
_TIMEOUT_S = 120.0
_RENEWED_AFTER = 0.6  # of a token's life


@dataclass
class Account:
    name: str
    user_id: int
    token: str
    renewed_at: float

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


class Accounts:
    """Thread-safe. Students are known by their ids, the others by their names."""

    def __init__(self, system: System) -> None:
        settings = system.settings
        self._client = httpx.Client(base_url=settings["GATEWAY_URL"], timeout=10, trust_env=False)
        self._password = settings.get("DEMO_PASSWORD", "")
        self._lifetime_s = float(settings.get("TOKEN_LIFETIME_S") or 1800)
        self._lock = threading.Lock()
        self._known: dict[int | str, Account] = {}

    def prepare(self, students: int) -> list[int]:
        """Log everybody in, making the accounts that are not there yet; the ids of the students. Raises Unfit."""
        for name in (INSTRUCTOR, REGISTRAR):
            self._known[name] = self._require_login(name)
        made = [self._student(STUDENT_NAME.format(number)) for number in range(1, students + 1)]
        self._known |= {account.user_id: account for account in made}
        return [account.user_id for account in made]

    @property
    def students(self) -> list[int]:
        return [who for who in self._known if isinstance(who, int)]

    def of(self, who: int | str) -> Account:
        """With a token that is good for a while yet; an older one while users does not answer."""
        account = self._known[who]
        if time.monotonic() - account.renewed_at > self._lifetime_s * _RENEWED_AFTER and self._lock.acquire(False):
            try:
                self._renew(account)
            finally:
                self._lock.release()
        return account

    def credentials(self, who: int | str) -> dict[str, str]:
        return {"username": self._known[who].name, "password": self._password}

    def take_token(self, who: int | str, reply: httpx.Response) -> None:
        """What a login under load brought."""
        account = self._known[who]
        account.token, account.renewed_at = str(reply.json()["access_token"]), time.monotonic()

    def close(self) -> None:
        self._client.close()

    def _renew(self, account: Account) -> None:
        try:
            reply = self._post("/user/login", username=account.name)
        except httpx.TransportError:
            return
        if reply.status_code == httpx.codes.OK:
            account.token, account.renewed_at = str(reply.json()["access_token"]), time.monotonic()

    def _student(self, name: str) -> Account:
        reply = self._patiently("/user/login", username=name)
        if reply.status_code == httpx.codes.UNAUTHORIZED:
            made = self._patiently("/user/register", username=name, email=f"{name}@example.com")
            if made.status_code == httpx.codes.CONFLICT:
                raise Unfit(f"The account {name} has another password than DEMO_PASSWORD: bin/start --fresh")
            reply = self._patiently("/user/login", username=name)
        return self._account(name, reply)

    def _require_login(self, name: str) -> Account:
        return self._account(name, self._patiently("/user/login", username=name))

    def _account(self, name: str, reply: httpx.Response) -> Account:
        if reply.status_code != httpx.codes.OK:
            raise Unfit(f"{name} cannot log in: {reply.status_code} {reply.text[:200]}")
        token = str(reply.json()["access_token"])
        return Account(name, int(_claims(token)["sub"]), token, time.monotonic())

    def _patiently(self, path: str, **body: str) -> httpx.Response:
        """The reply; what is 429, 503 or lost is tried again for a while. Raises Unfit."""
        give_up_at = time.monotonic() + _TIMEOUT_S
        while True:
            try:
                reply = self._post(path, **body)
            except httpx.TransportError as error:
                said = type(error).__name__
            else:
                if reply.status_code not in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE):
                    return reply
                said = f"{reply.status_code} {reply.text[:200]}"
            if time.monotonic() > give_up_at:
                raise Unfit(f"POST {path} at the gateway: {said}")
            time.sleep(0.5)

    def _post(self, path: str, **body: str) -> httpx.Response:
        return self._client.post(path, json={**body, "password": self._password})


def _claims(token: str) -> dict[str, Any]:
    """As the users service wrote them; the gateway is who verifies them."""
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims
