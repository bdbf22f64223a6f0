"""Who the gateway lets in: with which token, and where to."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from tests.e2e import gateway
from tests.e2e.gateway import Person

pytestmark = pytest.mark.gateway

ROUTES = json.loads((Path(__file__).parents[2] / "krakend" / "settings" / "routes.json").read_text())["table"]
GUARDED = [route for route in ROUTES if route["role"]]
every_guarded_route = pytest.mark.parametrize("route", GUARDED, ids=lambda route: f"{route['method']} {route['path']}")

# Where each role's demo user is let in, and nowhere else.
DEMO = {"student": "jack", "instructor": "lovelace", "registrar": "registrar"}


@pytest.fixture(scope="module")
def people() -> dict[str, Person]:
    return {role: gateway.demo_person(name) for role, name in DEMO.items()}


@pytest.fixture(scope="module")
def student() -> Person:
    return gateway.new_student("tokens")


def path_of(route: dict[str, Any]) -> str:
    """The route's path with a class or user that does not exist in every place."""
    return "/".join("999999" if part.startswith("{") else part for part in route["path"].split("/"))


def status_with(token: str) -> int:
    with gateway.client(token) as api:
        return api.get("/student/list").status_code


def test_a_login_gets_a_signed_token(student: Person) -> None:
    with gateway.client() as api:
        reply = api.post("/user/login", json={"username": student.username, "password": gateway.PASSWORD})

    assert (reply.json()["token_type"], reply.json()["expires_in"]) == ("Bearer", 1800)
    token = reply.json()["access_token"]
    header, claims = gateway.header_of(token), gateway.claims_of(token)
    assert (header["alg"], header["kid"]) == ("RS256", gateway.genuine_key().kid)
    assert claims["exp"] - claims["iat"] == int(os.environ.get("TOKEN_LIFETIME_S", "1800"))
    assert {name: claims[name] for name in ("sub", "iss", "aud", "roles", "username", "email")} == {
        "sub": str(student.id),
        "iss": os.environ["JWT_ISSUER"],
        "aud": os.environ["JWT_AUDIENCE"],
        "roles": ["student"],
        "username": student.username,
        "email": student.email,
    }
    assert status_with(token) == 200


def test_a_failed_login_says_what_the_service_says(student: Person) -> None:
    with gateway.client() as api:
        wrong = api.post("/user/login", json={"username": student.username, "password": "wrong horse"})
        unknown = api.post("/user/login", json={"username": "nobody-at-all", "password": "wrong horse"})
        malformed = api.post("/user/login", json={"username": student.username})

    assert (wrong.status_code, wrong.json()) == (401, {"detail": "User name or password is wrong"})
    assert (unknown.status_code, unknown.json()) == (401, wrong.json())
    assert malformed.status_code == 422
    assert "password" in malformed.json()["detail"]


def test_registering_through_the_gateway_makes_a_student_whatever_the_body_says() -> None:
    name = gateway.new_student("x").username + "-2"
    body = {"username": name, "email": f"{name}@example.com", "password": gateway.PASSWORD, "roles": ["registrar"]}
    with gateway.client() as api:
        assert api.post("/user/register", json=body).json()["roles"] == ["student"]
        assert api.post("/user/register", json=body).status_code == 409
        assert api.post("/user/register", json=body | {"username": "a/b"}).status_code == 422
        assert api.post("/user/checkpwd", json=body).status_code == 200
        assert api.post("/user/checkpwd", json=body | {"password": "wrong horse"}).status_code == 401


@every_guarded_route
def test_nobody_gets_in_without_a_token(route: dict[str, Any]) -> None:
    with gateway.client() as api:
        assert api.request(route["method"], path_of(route)).status_code == 401


@every_guarded_route
def test_only_who_has_the_role_gets_in(route: dict[str, Any], people: dict[str, Person]) -> None:
    for role, person in people.items():
        status = person.request(route["method"], path_of(route)).status_code
        assert status in ({200, 404, 422} if role == route["role"] else {403}), role


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", "RS256"])
def test_a_token_without_signature_is_refused(student: Person, algorithm: str) -> None:
    assert status_with(gateway.unsigned(gateway.good_claims(student), algorithm)) == 401


def test_a_token_of_another_key_is_refused(student: Person) -> None:
    other = RSAKey.generate_key(2048)

    assert status_with(gateway.signed(gateway.good_claims(student), other, kid=gateway.genuine_key().kid)) == 401
    assert status_with(gateway.signed(gateway.good_claims(student), other, kid="another")) == 401


def test_a_token_signed_with_the_public_key_is_refused(student: Person) -> None:
    key = gateway.genuine_key()
    claims = gateway.good_claims(student)

    for public_key in (key.as_pem(private=False), json.dumps(key.as_dict(private=False)).encode()):
        assert status_with(gateway.signed_with_the_public_key(claims, public_key)) == 401


def test_a_token_changed_after_signing_is_refused(student: Person) -> None:
    head, _, signature = gateway.signed(gateway.good_claims(student), gateway.genuine_key()).split(".")
    other = gateway.unsigned(gateway.good_claims(student) | {"roles": ["registrar"]}, "RS256").split(".")[1]

    assert status_with(f"{head}.{other}.{signature}") == 401


WITHOUT: Callable[[str], dict[str, Any]] = lambda name: {name: None}  # noqa: E731 - reads better in the list below


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "somebody else"},
        {"iss": "somebody else"},
        {"exp": int(time.time()) - 60},
        {"nbf": int(time.time()) + 600},
        {"sub": ""},
        {"sub": "4/../5"},
        {"sub": "{JWT.email}"},
        {"username": "a/b"},
        {"username": "a?b"},
        {"email": "a#b@example.com"},
        *(WITHOUT(name) for name in ("aud", "iss", "exp", "sub", "username", "email")),
    ],
    ids=str,
)
def test_a_genuinely_signed_token_with_wrong_claims_is_refused(student: Person, changed: dict[str, Any]) -> None:
    claims = gateway.good_claims(student)
    assert status_with(gateway.signed(claims, gateway.genuine_key())) == 200

    claims = {name: value for name, value in (claims | changed).items() if value is not None}
    assert status_with(gateway.signed(claims, gateway.genuine_key())) == 401


@pytest.mark.parametrize("roles", [[], ["Student"], ["students"], "", None], ids=str)
def test_a_genuinely_signed_token_without_the_role_is_refused(student: Person, roles: object) -> None:
    assert status_with(gateway.signed(gateway.good_claims(student) | {"roles": roles}, gateway.genuine_key())) == 403
