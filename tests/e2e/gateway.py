"""The gateway as its clients see it, and tokens it must not believe."""

import base64
import hmac
import json
import os
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.support.http import TLS

PASSWORD = "a password for tests"
TIMEOUT_S = 15


def url() -> str:
    return os.environ["GATEWAY_URL"]


def client(token: str | None = None) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(base_url=url(), headers=headers, timeout=TIMEOUT_S, trust_env=False, verify=TLS)


@dataclass(frozen=True)
class Person:
    """Somebody who is logged in."""

    id: int
    username: str
    email: str
    token: str

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        with client(self.token) as api:
            return api.request(method, path, **more)


def log_in(username: str, password: str) -> str:
    with client() as api:
        reply = api.post("/user/login", json={"username": username, "password": password})
    assert reply.status_code == 200, reply.text
    return str(reply.json()["access_token"])


def demo_person(username: str) -> Person:
    token = log_in(username, os.environ["DEMO_PASSWORD"])
    return Person(int(claims_of(token)["sub"]), username, f"{username}@example.com", token)


def new_student(name: str) -> Person:
    """A newly registered student, logged in. The name is made unique, so tests can run again on the same data."""
    username = f"{name}-{uuid.uuid4().hex[:8]}"
    email = f"{username}@example.com"
    with client() as api:
        reply = api.post("/user/register", json={"username": username, "email": email, "password": PASSWORD})
    assert reply.status_code == 200, reply.text
    return Person(reply.json()["id"], username, email, log_in(username, PASSWORD))


def new_class(registrar: Person, *, seats: int, places: int, instructor_id: int) -> int:
    path = f"/registrar/add/1/TEST {uuid.uuid4().hex[:8]}/Gateway Walk-Through/Computer Science"
    reply = registrar.request("POST", f"{path}/{instructor_id}/{seats}/active/{places}")
    assert reply.status_code == 200, reply.text
    return int(reply.json()["class_details"]["ClassID"])


# --- Tokens


def claims_of(token: str) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(_decode(token.split(".")[1])))


def header_of(token: str) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(_decode(token.split(".")[0])))


def genuine_key() -> RSAKey:
    """The key that users signs with: the last one whose time has come."""
    keys = json.loads((Path(os.environ["KEYS_DIR"]) / "private.jwks.json").read_text())["keys"]
    *_, signing = [key for key in keys if key.get("signs_from", 0) <= time.time()]
    return RSAKey.import_key({name: value for name, value in signing.items() if name != "signs_from"})


def good_claims(person: Person) -> dict[str, Any]:
    now_s = int(time.time())
    return {
        "sub": str(person.id),
        "iss": os.environ["JWT_ISSUER"],
        "aud": os.environ["JWT_AUDIENCE"],
        "iat": now_s,
        "exp": now_s + 600,
        "jti": str(uuid.uuid4()),
        "roles": ["student"],
        "scope": "student",
        "username": person.username,
        "email": person.email,
    }


def signed(claims: dict[str, Any], key: RSAKey, kid: str | None = None) -> str:
    return jwt.encode({"alg": "RS256", "kid": kid or key.kid}, claims, key)


def unsigned(claims: dict[str, Any], algorithm: str) -> str:
    """A token with an empty signature that says of itself that it has none."""
    header = {"alg": algorithm, "typ": "JWT", "kid": genuine_key().kid}
    return f"{_encode(json.dumps(header).encode())}.{_encode(json.dumps(claims).encode())}."


def signed_with_the_public_key(claims: dict[str, Any], public_key: bytes) -> str:
    """HS256 with the public key for a secret: passes where the token's own header chooses the algorithm."""
    header = {"alg": "HS256", "typ": "JWT", "kid": genuine_key().kid}
    content = f"{_encode(json.dumps(header).encode())}.{_encode(json.dumps(claims).encode())}"
    # By hand, because a good library refuses to.
    return f"{content}.{_encode(hmac.digest(public_key, content.encode(), 'sha256'))}"


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
