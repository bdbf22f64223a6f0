"""What HAProxy refuses by itself: before any service sees it, and in words."""

import base64
import json
import time
from typing import Any

import httpx
import pytest

from tests.integration.gateway.running import KEY, Gateway, bearer, new_key, token
from tests.support.waiting import until

OTHER = new_key()


def require_refusal(reply: httpx.Response, status: int) -> httpx.Headers:
    """It says what to do about it."""
    assert (reply.status_code, reply.headers["Content-Type"]) == (status, "application/json"), reply.text
    assert len(reply.json()["detail"]) > 10
    assert reply.json().keys() == {"detail"}
    assert len(reply.headers["X-Request-ID"]) == 36
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    return reply.headers


PATHS = [
    "4%2F..%2F5",
    "4%252F5",
    "4%25",
    "4%",
    "4%2",
    "4%zz",
    "4%3Fa=1",
    "4%23",
    "4%00",
    "4%0d%0aX-User-Id:%205",
    "4%7f",
    "4%5C..%5C5",
    "4\\..\\5",
    "%7BJWT.sub%7D",
    "{JWT.sub}",
    "..",
    ".",
    "%2e%2E",
    ".%2e/5",
    "../5/4",
    "4//5",
    "/4",
    "4|5",
    "4^5",
]


@pytest.mark.parametrize("tail", PATHS)
def test_a_path_that_could_mean_two_things_reaches_no_service(gateway: Gateway, tail: str) -> None:
    request = f"POST /student/enroll/{tail} HTTP/1.1\r\nHost: a\r\nAuthorization: {bearer()['Authorization']}\r\n"
    head, _, body = gateway.raw(f"{request}Content-Length: 0\r\nConnection: close\r\n\r\n".encode()).partition(
        b"\r\n\r\n"
    )
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["detail"]
    assert gateway.seen == []


UNKNOWN = ["/nowhere", "/student/enroll", "/student/enroll/", "/student/enroll/4/5", "/Student/list", "/student/%6cist"]


@pytest.mark.parametrize("path", [*UNKNOWN, "/list", "/enroll/17/4/jack/jack@example.com"])
def test_a_path_that_is_in_no_row_is_404(gateway: Gateway, path: str) -> None:
    require_refusal(gateway.request("GET", path, headers=bearer()), 404)
    assert gateway.seen == []


def test_another_method_is_405_and_the_right_ones_are_named(gateway: Gateway) -> None:
    for method, path, allow in (
        ("GET", "/student/enroll/4", "POST"),
        ("POST", "/student/list", "GET, HEAD"),
        ("PATCH", "/student/list", "GET, HEAD"),
        ("OPTIONS", "/student/list", "GET, HEAD"),
        ("TRACE", "/student/list", "GET, HEAD"),
        ("DELETE", "/registrar/state/4/active", "PUT"),
    ):
        assert require_refusal(gateway.request(method, path, headers=bearer()), 405)["Allow"] == allow
    assert gateway.seen == []


PROBLEMS = [
    ("GET", "/nowhere", {}, 404, "not_found"),
    ("PATCH", "/student/list", {}, 405, "method_not_allowed"),
    ("GET", "/student/waitlist/4%2F5", {}, 400, "path_unsafe"),
    ("GET", "/student/list", None, 401, "token_missing"),
    ("GET", "/student/list", {"Authorization": "Bearer garbage"}, 401, "token_invalid"),
    ("GET", "/registrar/classes", {}, 403, "role_missing"),
]


@pytest.mark.parametrize(("method", "path", "headers", "status", "code"), PROBLEMS, ids=lambda one: str(one))
def test_programs_get_problem_details_with_a_code_if_they_ask(
    gateway: Gateway, method: str, path: str, headers: dict[str, str] | None, status: int, code: str
) -> None:
    who = {} if headers is None else headers or bearer()
    for accept in ("application/problem+json", "application/json, application/problem+json;q=0.9"):
        reply = gateway.request(method, path, headers={**who, "Accept": accept})
        plain = gateway.request(method, path, headers={**who, "Accept": "*/*"})

        assert (reply.status_code, reply.headers["Content-Type"]) == (status, "application/problem+json")
        assert reply.headers["Vary"] == "Accept"
        assert reply.headers.get("WWW-Authenticate") == plain.headers.get("WWW-Authenticate")
        problem = reply.json()
        assert problem.pop("request_id") == reply.headers["X-Request-ID"]
        assert problem.pop("detail") == plain.json()["detail"]
        assert problem.pop("title")
        assert problem == {"type": f"tag:course-enrollment,2026:{code}", "status": status, "code": code}
        require_refusal(plain, status)


def unsigned(algorithm: str, **changed: Any) -> str:
    _, payload, _ = token(**changed).split(".")
    other = base64.urlsafe_b64encode(json.dumps({"alg": algorithm, "kid": KEY.kid}).encode()).rstrip(b"=").decode()
    return f"{other}.{payload}."


BAD_TOKENS = {
    "garbage": lambda: "garbage",
    "two dots": lambda: "..",
    "empty parts": lambda: "e30.e30.",
    "alg none": lambda: unsigned("none"),
    "alg empty": lambda: unsigned(""),
    "no signature": lambda: unsigned("RS256"),
    "another key under our kid": lambda: token(OTHER, kid=str(KEY.kid)),
    "another key": lambda: token(OTHER),
    "unknown kid": lambda: token(KEY, kid="unknown"),
    "expired": lambda: token(exp=int(time.time()) - 2),
    "exp is a string": lambda: token(exp="tomorrow"),
    "exp is negative": lambda: token(exp=-1),
    "exp is no number": lambda: token(exp=[9999999999]),
    "not yet valid": lambda: token(nbf=int(time.time()) + 60),
    "nbf is a string": lambda: token(nbf="soon"),
    "wrong issuer": lambda: token(iss="http://other.test"),
    "wrong audience": lambda: token(aud="others"),
    "session line end": lambda: token(sid="a\r\nX: y"),
    "sub zero": lambda: token(sub="0"),
    "sub path": lambda: token(sub="4/../5"),
    "sub placeholder": lambda: token(sub="{JWT.email}"),
    "name slash": lambda: token(username="a/b"),
    "name query": lambda: token(username="a?b"),
    "name line end": lambda: token(username="a\r\nX: y"),
    "name ends a line": lambda: token(username="ab\n"),
    "email fragment": lambda: token(email="a#b@example.com"),
    "email percent": lambda: token(email="a%2fb@example.com"),
    **{
        f"no {name}": (lambda name=name: token(**{name: None}))
        for name in ("sub", "exp", "iss", "aud", "username", "email")
    },
}


@pytest.mark.parametrize("kind", BAD_TOKENS)
def test_a_token_that_is_not_good_in_every_way_is_401(gateway: Gateway, kind: str) -> None:
    reply = gateway.request("GET", "/student/list", headers=bearer(BAD_TOKENS[kind]()))
    assert require_refusal(reply, 401)["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert gateway.seen == []


def test_a_changed_token_is_401(gateway: Gateway) -> None:
    head, payload, signature = (good := token()).split(".")
    assert gateway.request("GET", "/student/list", headers=bearer(good)).status_code == 200, "it is remembered now"
    other = token(sub="18").split(".")[1]
    for text in (f"{head}.{other}.{signature}", f"{head}.{payload}.{signature[:-4]}AAAA", f"{head}.{payload}"):
        require_refusal(gateway.request("GET", "/student/list", headers=bearer(text)), 401)


def test_no_or_another_or_a_second_authorization_is_401(gateway: Gateway) -> None:
    assert require_refusal(gateway.request("GET", "/student/list"), 401)["WWW-Authenticate"] == "Bearer"
    good = bearer()["Authorization"]
    for values in (["Basic YTpi"], [token()], ["Bearer"], [good, good], [good, "Bearer x"], ["Bearer x", good]):
        headers = [("Authorization", value) for value in values]
        require_refusal(gateway.request("GET", "/student/list", headers=headers), 401)
    require_refusal(gateway.request("GET", f"/student/list?access_token={token()}"), 401)
    require_refusal(gateway.request("GET", "/student/list", headers={"Cookie": f"access_token={token()}"}), 401)


@pytest.mark.parametrize("scope", [None, "", "Student", "students", "xstudent", "student2 registrar", "stu dent"])
def test_a_good_token_without_the_role_is_403(gateway: Gateway, scope: str | None) -> None:
    reply = gateway.request("GET", "/student/list", headers=bearer(token(scope=scope)))
    assert 'scope="student"' in require_refusal(reply, 403)["WWW-Authenticate"]
    assert gateway.seen == []


@pytest.mark.parametrize(
    "scope", ["student", "instructor student", "student registrar", "registrar student instructor"]
)
def test_the_role_may_be_one_of_several(gateway: Gateway, scope: str) -> None:
    assert gateway.request("GET", "/student/list", headers=bearer(token(scope=scope))).status_code == 200


def test_a_body_that_says_it_is_too_long_is_413(gateway: Gateway) -> None:
    for size, status in ((65_536, 200), (65_537, 413)):
        reply = gateway.request("POST", "/student/subscribe/4", headers=bearer(), content=b"x" * size)
        assert reply.status_code == status
    require_refusal(reply, 413)
    assert len(gateway.seen) == 1


def test_a_body_that_does_not_come_is_408(gateway: Gateway) -> None:
    head = "POST /user/login HTTP/1.1\r\nHost: a\r\nAccept: application/problem+json\r\nContent-Length: 100\r\n\r\n{"
    reply = gateway.raw(head.encode())
    assert reply.startswith(b"HTTP/1.1 408 ")
    assert json.loads(reply.partition(b"\r\n\r\n")[2])["code"] == "request_timeout"
    assert gateway.seen == []


def test_two_lengths_are_refused_and_chunks_beside_a_length_are_all_that_counts(gateway: Gateway) -> None:
    """RFC 9112 section 6.3: what could be parted in two ways is refused, or passed on in one way only."""
    start = f"POST /student/subscribe/4 HTTP/1.1\r\nHost: a\r\nAuthorization: {bearer()['Authorization']}\r\n"
    smuggled = "GET /student/list HTTP/1.1\r\nHost: a\r\nX-User-Id: 5\r\n\r\n"
    for lengths in (
        "Content-Length: 0\r\nContent-Length: 54\r\n",
        "Content-Length: 0, 54\r\n",
        "Content-Length: +0\r\n",
    ):
        assert gateway.raw(f"{start}{lengths}\r\n{smuggled}".encode()).startswith(b"HTTP/1.1 400 ")
    assert gateway.seen == []
    gateway.raw(
        f"{start}Content-Length: 3\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n".encode()
    )
    [seen] = gateway.seen
    assert "content-length" not in seen["headers"] or seen["headers"]["content-length"] == "0"


def test_health_is_answered_by_the_gateway_itself(gateway: Gateway) -> None:
    assert gateway.request("GET", "/__health").json() == {"status": "ok"}
    assert gateway.seen == []
    until(gateway.is_ready)
