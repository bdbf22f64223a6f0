"""A student cannot act for another by any path, encoding or method."""

import pytest

from tests.e2e import gateway
from tests.e2e.gateway import Person
from tests.e2e.gateway_contract import raw
from tests.e2e.gateway_contract.differences import BAD_PATHS, HAS_HEAD, NAMES_ITSELF, PLACEHOLDER

pytestmark = pytest.mark.gateway


# {c} is the class, {v} the victim's id, {n} her name; each is tried after /student/enroll/ and /student/remove/.
PATHS = [
    "{c}%2F..%2F{v}",
    "{c}%252F..%252F{v}",
    "{c}%25252F{v}",
    "..%2F{v}%2F{c}",
    "../{v}/{c}",
    "..",
    "%2e%2e",
    "%252e%252e",
    ".%2e/{v}",
    "{c}%3Fstudentid={v}",
    "{c}%253Fstudentid={v}",
    "{c}%23",
    "{c}%2523",
    "{c}%25",
    "{c}%",
    "{c}%00",
    "{c}%0A",
    "{c}%0D%0AX-User-Id:%20{v}",
    "{c};studentid={v}",
    "{c}\\..\\{v}",
    "{c}%5C..%5C{v}",
    "%7BJWT.sub%7D",
    "%7B%7B.JWT.email%7D%7D",
    "%7B%7B.Classid%7D%7D",
    "{c}/{v}",
    "{c}/{n}/x@example.com",
    "//{v}/{c}",
    "-1",
    "0",
    "1.5",
    "9" * 30,
    "%EF%BC%92",
    "",  # and with nothing, only the slash
]


@pytest.mark.parametrize("pattern", PATHS)
def test_no_path_and_no_encoding_reaches_another_student(
    pattern: str, attacker: Person, victim: Person, class_id: int
) -> None:
    tail = pattern.replace("{c}", str(class_id)).replace("{v}", str(victim.id)).replace("{n}", victim.username)
    for method, start in (("POST", "/student/enroll/"), ("DELETE", "/student/remove/")):
        reply = raw.request(method, start + tail, token=attacker.token)
        assert reply.status in BAD_PATHS, (method, reply)


def test_a_placeholder_in_a_path_is_nobody_elses_claim(attacker: Person, victim: Person) -> None:
    for method, start in (("POST", "/student/enroll/"), ("DELETE", "/student/remove/")):
        reply = raw.request(method, f"{start}%7B%7B.JWT.sub%7D%7D", token=attacker.token)
        assert reply.status in PLACEHOLDER


def test_bad_paths_keep_nobody_else_out(attacker: Person) -> None:
    """Many of them, more than a circuit breaker bears."""
    for _ in range(40):
        assert raw.request("GET", "/student/waitlist/1%00", token=attacker.token).status in BAD_PATHS
    assert attacker.request("GET", "/student/waitlist/1").status_code == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_other_methods_are_refused(method: str, attacker: Person, victim: Person, class_id: int) -> None:
    assert attacker.request(method, f"/student/remove/{class_id}").status_code in {404, 405}


def test_what_the_gateway_does_not_know_is_refused_in_words(attacker: Person) -> None:
    unknown = attacker.request("GET", "/enroll/1/2/x/x@example.com")
    assert (unknown.status_code, type(unknown.json()["detail"])) == (404, str)
    other = attacker.request("GET", "/student/enroll/2")
    assert (other.status_code, type(other.json()["detail"])) == (405, str)


def test_head_is_get_without_the_body_or_refused(attacker: Person) -> None:
    reply = attacker.request("HEAD", "/student/list")
    assert (reply.status_code, reply.content) == (200 if HAS_HEAD else 405, b"")


def test_replies_carry_security_headers_and_no_version(attacker: Person) -> None:
    reply = attacker.request("GET", "/student/list")

    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["X-Frame-Options"] == "DENY"
    assert "Access-Control-Allow-Origin" not in reply.headers
    assert "Server" not in reply.headers
    assert ("X-Krakend" in reply.headers) == NAMES_ITSELF
    assert not any(digit in reply.headers.get("X-Krakend", "") for digit in "0123456789")


def test_the_gateway_says_that_it_is_well() -> None:
    with gateway.client() as api:
        assert api.get("/__health").json()["status"] == "ok"
