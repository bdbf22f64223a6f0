"""A student can not act for another by any path, encoding, header or method."""

from collections.abc import Iterator

import pytest

from tests.e2e import gateway
from tests.e2e.gateway import Person

pytestmark = pytest.mark.gateway


@pytest.fixture(scope="module")
def registrar() -> Person:
    return gateway.demo_person("registrar")


@pytest.fixture(scope="module")
def attacker() -> Person:
    return gateway.new_student("mallory")


@pytest.fixture(scope="module")
def class_id(registrar: Person) -> int:
    return gateway.new_class(registrar, seats=5, places=5, instructor_id=5)


@pytest.fixture(scope="module")
def enrolled(class_id: int) -> Person:
    student = gateway.new_student("victim")
    assert student.request("POST", f"/student/enroll/{class_id}").status_code == 200
    return student


@pytest.fixture(scope="module")
def instructor() -> Person:
    return gateway.demo_person("lovelace")


@pytest.fixture
def victim(enrolled: Person, instructor: Person, class_id: int) -> Iterator[Person]:
    """Somebody who is enrolled, and must still be so afterwards, alone."""
    yield enrolled
    listed = instructor.request("GET", f"/instructor/enrolled/{class_id}").json()
    assert [student["StudentID"] for student in listed["Enrolled Students"]] == [enrolled.id]


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
    "%7B%7B.JWT.sub%7D%7D",
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
    headers = {"Authorization": f"Bearer {attacker.token}"}
    for method, start in (("POST", "/student/enroll/"), ("DELETE", "/student/remove/")):
        status, body = gateway.send_raw(method, start + tail, headers)
        assert 400 <= status < 500, (method, status, body)


@pytest.mark.parametrize(
    "spoofed",
    [
        {"X-User-Id": "{v}"},
        {"X-Forwarded-User": "{v}"},
        {"X-Original-URL": "/enrollmentdrop/{v}/{c}/x/x@example.com"},
        {"X-Rewrite-URL": "/enrollmentdrop/{v}/{c}/x/x@example.com"},
        {"X-HTTP-Method-Override": "PUT"},
        {"X-Gateway-Secret": "guess"},
        {"Cookie": "sub={v}"},
    ],
    ids=str,
)
def test_no_header_makes_somebody_another_student(
    spoofed: dict[str, str], attacker: Person, victim: Person, class_id: int
) -> None:
    headers = {
        name: value.replace("{v}", str(victim.id)).replace("{c}", str(class_id)) for name, value in spoofed.items()
    }
    for query in ("", f"?studentid={victim.id}&JWT.sub={victim.id}"):
        dropped = attacker.request("DELETE", f"/student/remove/{class_id}{query}", headers=headers)
        assert dropped.status_code == 404  # the attacker is not enrolled


def test_a_body_makes_nobody_another_student(attacker: Person, victim: Person, class_id: int) -> None:
    body = {"studentid": victim.id, "sub": str(victim.id)}

    assert attacker.request("DELETE", f"/student/remove/{class_id}", json=body).status_code == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(method: str, attacker: Person, victim: Person, class_id: int) -> None:
    assert attacker.request(method, f"/student/remove/{class_id}").status_code in {404, 405}


def test_what_the_gateway_does_not_know_is_refused_in_words(attacker: Person) -> None:
    unknown = attacker.request("GET", "/enroll/1/2/x/x@example.com")
    assert (unknown.status_code, type(unknown.json()["detail"])) == (404, str)
    other = attacker.request("GET", "/student/enroll/2")
    assert (other.status_code, type(other.json()["detail"])) == (405, str)


def test_replies_carry_security_headers_and_no_version(attacker: Person) -> None:
    reply = attacker.request("GET", "/student/list")

    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["X-Frame-Options"] == "DENY"
    assert "Access-Control-Allow-Origin" not in reply.headers
    assert not any(digit in reply.headers.get("X-Krakend", "") for digit in "0123456789")


def test_the_gateway_says_that_it_is_well() -> None:
    with gateway.client() as api:
        assert api.get("/__health").json()["status"] == "ok"
