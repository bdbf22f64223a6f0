"""The tokens that the gateway accepts, and for which routes."""

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
from tests.e2e.gateway_contract import raw
from tests.e2e.gateway_contract.differences import NO_SUBJECT, REFUSES_ENDLESS, REFUSES_IN_WORDS

pytestmark = pytest.mark.gateway

ROUTES = json.loads((Path(__file__).parents[3] / "krakend" / "settings" / "routes.json").read_text())["table"]
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
        assert status in ({200, 404, 409, 422} if role == route["role"] else {403}), role


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
    other = gateway.unsigned(
        gateway.good_claims(student) | {"roles": ["registrar"], "scope": "registrar"}, "RS256"
    ).split(".")[1]

    assert status_with(f"{head}.{other}.{signature}") == 401


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Bearer ..", "Basic amFjazpqYWNr", "Bearer " + "x" * 8_000],
    ids=lambda text: text[:20],
)
def test_what_is_no_token_is_refused(authorization: str) -> None:
    refused = raw.request("GET", "/student/list", [("Authorization", authorization)])
    assert refused.status == 401
    assert_said(refused)


def test_a_token_elsewhere_than_in_its_header_is_no_token(student: Person) -> None:
    assert raw.request("GET", f"/student/list?access_token={student.token}").status == 401
    assert raw.request("GET", "/student/list", [("X-Authorization", f"Bearer {student.token}")]).status == 401


def test_refusals_say_why_where_the_gateway_can(student: Person) -> None:
    assert_said(raw.request("GET", "/student/list"))
    refused = raw.request("DELETE", "/registrar/remove/999999", token=student.token)
    assert refused.status == 403
    assert_said(refused)


def assert_said(refused: raw.Reply) -> None:
    if REFUSES_IN_WORDS:
        assert isinstance(refused.json()["detail"], str)
    else:
        assert refused.body == b""


# Each makes a claim wrong, at the time of the test; None leaves it out.
WRONG: dict[str, Callable[[], Any]] = {
    "another audience": lambda: {"aud": "somebody else"},
    "another issuer": lambda: {"iss": "somebody else"},
    "expired": lambda: {"exp": int(time.time()) - 60},
    "not yet valid": lambda: {"nbf": int(time.time()) + 600},
    "no audience": lambda: {"aud": None},
    "no issuer": lambda: {"iss": None},
    "nobody": lambda: {"sub": ""},
    "no subject": lambda: {"sub": None},
    "a path for a subject": lambda: {"sub": "4/../5"},
    "another's place for a subject": lambda: {"sub": "4/5"},
    "a placeholder for a subject": lambda: {"sub": "{JWT.email}"},
    "no user name": lambda: {"username": None},
    "a user name of two": lambda: {"username": "a/b"},
    "a query in the user name": lambda: {"username": "a?b"},
    "no e-mail": lambda: {"email": None},
    "a fragment in the e-mail": lambda: {"email": "a#b@example.com"},
}
BY_THE_TOKEN_ALONE = {name for name in WRONG if "audience" in name or "issuer" in name} | {"expired", "not yet valid"}
NOBODY = {"nobody", "no subject"}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_genuinely_signed_token_with_wrong_claims_is_refused(student: Person, wrong: str) -> None:
    """By the gateway, or by the service behind it, which then says why."""
    claims = gateway.good_claims(student)
    path = "/student/waitlists"  # says who asks
    assert raw.request("GET", path, token=gateway.signed(claims, gateway.genuine_key())).status == 200

    claims = {name: value for name, value in (claims | WRONG[wrong]()).items() if value is not None}
    refused = raw.request("GET", path, token=gateway.signed(claims, gateway.genuine_key()))
    expected = {401} if wrong in BY_THE_TOKEN_ALONE else {401, 404, 422}
    assert refused.status in (NO_SUBJECT if wrong in NOBODY else expected), refused
    if refused.status not in (401, 429) or refused.body:
        assert isinstance(refused.json()["detail"], str)


def test_a_genuinely_signed_token_that_never_ends_is_refused_where_the_gateway_can_tell(student: Person) -> None:
    claims = gateway.good_claims(student)
    del claims["exp"]
    assert status_with(gateway.signed(claims, gateway.genuine_key())) == (401 if REFUSES_ENDLESS else 200)


@pytest.mark.parametrize("scope", ["", "Student", "students", "astudent", "instructor registrar", None], ids=str)
def test_a_genuinely_signed_token_without_the_role_is_refused(student: Person, scope: str | None) -> None:
    claims = gateway.good_claims(student) | {"scope": scope, "roles": (scope or "").split()}
    claims = {name: value for name, value in claims.items() if value is not None}
    assert status_with(gateway.signed(claims, gateway.genuine_key())) == 403


def test_one_role_of_several_is_enough(student: Person) -> None:
    claims = gateway.good_claims(student) | {"scope": "student registrar", "roles": ["student", "registrar"]}
    assert status_with(gateway.signed(claims, gateway.genuine_key())) == 200
