"""Replies pass as the services gave them: validators, limits, and who may read them from another origin."""

import gzip

import pytest

from tests.e2e import gateway
from tests.e2e.gateway import Person
from tests.e2e.gateway_contract import raw

pytestmark = pytest.mark.gateway


def test_pages_and_positions_are_304_while_they_are_the_same(registrar: Person) -> None:
    student, waiting = gateway.new_student("seated"), gateway.new_student("waiting")
    class_id = gateway.new_class(registrar, seats=1, places=5, instructor_id=5)
    for person in (student, waiting):
        assert person.request("POST", f"/student/enroll/{class_id}").status_code == 200
    for path in ("/", "/pages/main.js", "/openapi.json", f"/student/waitlist/{class_id}"):
        first = raw.request("GET", path, token=waiting.token)
        again = raw.request("GET", path, [("If-None-Match", first.headers["etag"])], token=waiting.token)
        assert (first.status, again.status, again.body) == (200, 304, b""), path
        assert again.headers["etag"].removeprefix("W/") == first.headers["etag"].removeprefix("W/")
        other = raw.request("GET", path, [("If-None-Match", '"other"')], token=waiting.token)
        assert other.status == 200, path


def test_what_is_long_is_packed_for_who_can_unpack_it() -> None:
    plain = raw.request("GET", "/pages/main.js")
    packed = raw.request("GET", "/pages/main.js", [("Accept-Encoding", "gzip")])
    assert ("content-encoding" in plain.headers, packed.headers["content-encoding"]) == (False, "gzip")
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 2


def test_a_refusal_is_never_a_304(attacker: Person) -> None:
    for headers in ([("If-None-Match", "*")], [("If-Modified-Since", "Fri, 31 Dec 2100 00:00:00 GMT")]):
        assert raw.request("GET", "/student/waitlist/999999", headers, token=attacker.token).status == 404
        assert raw.request("GET", "/student/waitlist/999999", headers).status == 401


def test_only_query_strings_of_the_table_reach_a_service(attacker: Person) -> None:
    assert raw.request("GET", "/student/deliveries?page=x", token=attacker.token).status == 422
    assert raw.request("GET", "/student/deliveries?other=x", token=attacker.token).status == 200


def test_no_other_origin_may_read_replies_unless_it_is_named(attacker: Person) -> None:
    """CORS_ORIGINS is empty in development."""
    asked = [("Origin", "https://evil.example"), ("Access-Control-Request-Method", "GET")]
    for method in ("OPTIONS", "GET"):
        reply = raw.request(method, "/student/list", asked, token=attacker.token)
        assert not any(name.startswith("access-control-") for name in reply.headers)


def test_who_asks_too_often_is_refused_and_nobody_else() -> None:
    eager, other = gateway.new_student("eager"), gateway.new_student("other")
    lines = f"GET /student/waitlists HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {eager.token}\r\n\r\n"
    statuses = [reply.status for reply in raw.send(lines.encode() * 250, replies=250)]
    assert set(statuses) == {200, 429}
    assert statuses.index(429) >= 50, "GATEWAY_RATE_PER_USER a second are let through"
    assert other.request("GET", "/student/waitlists").status_code == 200


def test_a_lecture_hall_behind_one_address_is_let_in() -> None:
    request = b"GET /pages/main.js HTTP/1.1\r\nHost: gateway\r\nIf-None-Match: *\r\n\r\n"
    assert {reply.status for reply in raw.send(request * 400, replies=400)} <= {200, 304}
