"""HAProxy as the Procfile runs it, in front of upstreams of the test's own, and the tokens it is to believe."""

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.integration.gateway.upstream import Upstream, upstreams
from tests.support.http import TLS
from tests.support.ports import free_port
from tests.support.supervised import Supervised, supervise
from tests.support.waiting import until

ISSUER, AUDIENCE = "http://issuer.test", "tests"


def new_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, private=True, auto_kid=True)


def jwks(*keys: RSAKey) -> dict[str, Any]:
    return {"keys": [key.as_dict(private=False) for key in keys]}


KEY = new_key()


def token(key: RSAKey = KEY, *, kid: str | None = None, **changed: Any) -> str:
    """A good one, but for what is changed; a claim that is None is left out."""
    now_s = int(time.time())
    claims = {
        "sub": "17",
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": now_s,
        "exp": now_s + 600,
        "roles": ["student"],
        "scope": "student",
        "username": "jack",
        "email": "jack@example.com",
    }
    present = {name: value for name, value in (claims | changed).items() if value is not None}
    return jwt.encode({"alg": "RS256", "kid": kid or key.kid}, present, key)


def bearer(text: str | None = None) -> dict[str, str]:
    return {"Authorization": f"Bearer {text or token()}"}


@dataclass
class Gateway:
    process: Supervised
    users: Upstream
    enrollment: list[Upstream]
    notification: Upstream
    pages: Upstream
    metrics_url: str
    own_url: str

    @property
    def url(self) -> str:
        return self.process.url

    @property
    def upstreams(self) -> list[Upstream]:
        return [self.users, *self.enrollment, self.notification, self.pages]

    @property
    def seen(self) -> list[dict[str, Any]]:
        """What services were asked, in no order among them."""
        return [request for upstream in self.upstreams for request in upstream.seen]

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        return httpx.request(method, self.url + path, trust_env=False, verify=TLS, timeout=15, **more)

    def raw(self, sent: bytes, timeout_s: float = 8) -> bytes:
        """Everything that comes back until the gateway closes, or nothing more comes."""
        with socket.create_connection(("127.0.0.1", self.process.port), timeout_s) as connection:
            connection.sendall(sent)
            came = b""
            try:
                while part := connection.recv(65536):
                    came += part
            except TimeoutError:
                pass
            return came

    def is_ready(self) -> bool:
        try:
            return self.request("GET", "/__health").status_code == 200
        except httpx.HTTPError:
            return False

    def published(self) -> str:
        """The keys that the runner gives to KrakenD."""
        return httpx.get(f"{self.own_url}/jwks.json", trust_env=False, verify=TLS).text

    def log(self) -> str:
        return (self.process.folder / f"{self.process.name}.log").read_text(errors="replace")


def settings(
    users: Upstream, enrollment: list[Upstream], notification: Upstream, pages: Upstream, **more: str
) -> dict[str, str]:
    return {
        "ENVIRONMENT": "development",
        "GATEWAY": "haproxy",
        "USERS_URL": users.url,
        "ENROLLMENT_HOSTS": ",".join(each.url for each in enrollment),
        "NOTIFICATION_URL": notification.url,
        "PAGES_URL": pages.url,
        "JWT_ISSUER": ISSUER,
        "JWT_AUDIENCE": AUDIENCE,
        "GATEWAY_SECRET": "s" * 32,
        "GATEWAY_METRICS_PORT": str(free_port()),
        "GATEWAY_OWN_PORT": str(free_port()),
        "GATEWAY_RATE_PER_USER": "0",
        "GATEWAY_RATE_PER_ADDRESS": "0",
        **more,
    }


@contextmanager
def running(
    folder: Path, *, keys: tuple[RSAKey, ...] = (KEY,), gateway: str = "haproxy", **more: str
) -> Iterator[Gateway]:
    """Three instances of enrollment, one of each other service. Ready when it has keys, or is to have none."""
    with upstreams("users", "e1", "e2", "e3", "notification", "pages") as (users, *enrollment, notification, pages):
        users.jwks = jwks(*keys) if keys else None
        environment = settings(users, enrollment, notification, pages, GATEWAY=gateway, **more)
        command: list[str | Path] = ["sh", "-c", f"GATEWAY_PORT=$PORT exec {sys.executable} -m krakend.gateway"]
        listening = gateway == "haproxy"  # KrakenD opens its port itself
        with supervise(folder, command, environment, name="gateway.1", listening=listening) as process:
            metrics_url = f"http://127.0.0.1:{environment['GATEWAY_METRICS_PORT']}/metrics"
            own_url = f"http://127.0.0.1:{environment['GATEWAY_OWN_PORT']}"
            found = Gateway(process, users, enrollment, notification, pages, metrics_url, own_url)
            if keys:
                until(found.is_ready, "the gateway is not ready", timeout_s=60)
            yield found
