"""What a service sees of a request that HAProxy lets through."""

from typing import Any

import httpx
import pytest

from krakend.pages.table import Row, routes
from tests.integration.gateway.running import Gateway, bearer, token
from tests.support.http import TLS

ROWS = routes()
# A path parameter in the form in which a client sends it, and in which the service gets it.
VALUE = "4%20a&b%C3%A9"
ALLOWED = {
    "host",
    "content-length",
    "accept",
    "accept-encoding",
    "x-request-id",
    "x-forwarded-for",
    "x-gateway-secret",
    "x-class-id",
    "x-user-id",
}


def filled(template: str) -> str:
    claims = {"JWT.sub": "17", "JWT.username": "jack", "JWT.email": "jack@example.com"}
    for name, value in claims.items():
        template = template.replace(f"{{{name}}}", value)
    return "/".join(VALUE if part.startswith("{") else part for part in template.split("/"))


def asked(gateway: Gateway, method: str, path: str, **more: Any) -> dict[str, Any]:
    """What the service was asked."""
    reply = gateway.request(method, path, **more)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.path}")
def test_every_row_leads_to_its_service_with_the_claims_of_the_token(gateway: Gateway, row: Row) -> None:
    headers = bearer(token(scope=row.role)) if row.role else {}
    seen = asked(gateway, row.method, filled(row.path), headers=headers)
    service = "enrollment" if seen["instance"] in {"e1", "e2", "e3"} else seen["instance"]
    assert (seen["method"], service, seen["target"]) == (row.method, row.service, filled(row.to))


@pytest.mark.parametrize("row", [row for row in ROWS if row.method == "GET"], ids=lambda row: row.path)
def test_head_is_get_without_the_body(gateway: Gateway, row: Row) -> None:
    headers = bearer(token(scope=row.role)) if row.role else {}
    whole = gateway.request("GET", filled(row.path), headers=headers | {"X-Request-ID": "a" * 36})
    head = gateway.request("HEAD", filled(row.path), headers=headers | {"X-Request-ID": "a" * 36})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == whole.headers["Content-Length"]


def test_only_the_headers_a_service_may_see_reach_it(gateway: Gateway) -> None:
    sent = {
        "X-User-Id": "5",
        "X-Class-Id": "9",
        "X_User_Id": "5",
        "X-Session-Id": "5.0.mine",
        "X-Gateway-Secret": "guess",
        "X-Forwarded-For": "10.9.9.9",
        "X-Forwarded-Host": "evil.test",
        "X-Original-URL": "/list",
        "X-HTTP-Method-Override": "DELETE",
        "Cookie": "a=b",
        "If-None-Match": '"1"',
        "Range": "bytes=0-1",
        "Content-Type": "text/plain",
    }
    seen = asked(gateway, "POST", "/student/enroll/4", headers=bearer() | sent)["headers"]
    assert seen.keys() == ALLOWED
    assert (seen["x-class-id"], seen["x-forwarded-for"], seen["x-gateway-secret"]) == ("4", "127.0.0.1", "s" * 32)
    assert seen["x-user-id"] == "17"


def test_the_session_is_that_of_the_token_also_of_one_that_passed_before(gateway: Gateway) -> None:
    of_session = bearer(token(sid="17.0.abc")) | {"X-Session-Id": "5.0.mine"}
    for _ in range(2):
        seen = asked(gateway, "GET", "/student/list", headers=of_session)["headers"]
        assert seen["x-session-id"] == "17.0.abc"


def test_conditional_headers_pass_where_the_row_says_so(gateway: Gateway) -> None:
    conditional = {"If-None-Match": '"1"', "If-Modified-Since": "Sun, 22 Nov 2026 17:00:02 GMT"}
    names = {name.lower() for name in conditional}
    for path, expected in (("/student/waitlist/4", names), ("/student/waitlists", set())):
        seen = asked(gateway, "GET", path, headers=bearer() | conditional)["headers"]
        assert seen.keys() & names == expected


def test_the_languages_a_reader_likes_pass(gateway: Gateway) -> None:
    for path in ("/offer/a.b", "/unsubscribe/a.b"):
        seen = asked(gateway, "GET", path, headers={"Accept-Language": "de-AT"})["headers"]
        assert seen["accept-language"] == "de-AT"


def test_what_a_client_can_unpack_passes(gateway: Gateway) -> None:
    seen = asked(gateway, "GET", "/pages/page.css", headers={"Accept-Encoding": "gzip, br"})["headers"]
    assert seen["accept-encoding"] == "gzip, br"


def test_a_preference_passes_where_a_reply_may_be_waited_for(gateway: Gateway) -> None:
    for path, expected in (("/student/waitlist/4", "wait=25"), ("/student/enrollments", None)):
        seen = asked(gateway, "GET", path, headers=bearer() | {"Prefer": "wait=25"})["headers"]
        assert seen.get("prefer") == expected


def test_an_idempotency_key_passes_with_what_changes_something(gateway: Gateway) -> None:
    key = {"Idempotency-Key": "a-key"}
    changes = [("POST", "/student/enroll/4"), ("DELETE", "/student/remove/4"), ("POST", "/student/subscribe/4")]
    for method, path in changes:
        assert asked(gateway, method, path, headers=bearer() | key)["headers"]["idempotency-key"] == "a-key"
    assert "idempotency-key" not in asked(gateway, "GET", "/student/waitlist/4", headers=bearer() | key)["headers"]
    assert "idempotency-key" not in asked(gateway, "POST", "/user/login", headers=key)["headers"]


@pytest.mark.parametrize(
    ("query", "passed"),
    [
        ("", ""),
        ("?page=abc", "?page=abc"),
        ("?x=1&page=a%26b%23&y=2", "?page=a%26b%23"),
        ("?studentid=5&JWT.sub=5", ""),
        ("?page=1&page=2", "?page=1"),
    ],
)
def test_only_the_query_strings_of_the_row_pass(gateway: Gateway, query: str, passed: str) -> None:
    assert asked(gateway, "GET", f"/student/deliveries{query}", headers=bearer())["target"] == f"/deliveries/17{passed}"
    assert asked(gateway, "GET", f"/student/list{query}", headers=bearer())["target"] == "/list"


def test_a_body_passes_whole_with_its_type_and_with_or_without_its_length(gateway: Gateway) -> None:
    text = '{"email": "jö@example.com", "pad": "' + "x" * 60_000 + '"}'
    for content in (text.encode(), iter([text[:9].encode(), text[9:].encode()])):
        headers = bearer() | {"Content-Type": "application/json"}
        seen = asked(gateway, "POST", "/student/subscribe/4", headers=headers, content=content)
        assert (seen["body"], seen["headers"]["content-type"]) == (text, "application/json")


def test_a_request_keeps_its_id_if_it_brings_a_proper_one_and_gets_one_otherwise(gateway: Gateway) -> None:
    for given, kept in (("3f2a9c-1b", True), ("x" * 65, False), ("a b", False), ('"', False), (None, False)):
        headers = bearer() | ({"X-Request-ID": given} if given else {})
        reply = gateway.request("GET", "/student/list", headers=headers)
        assert reply.headers["X-Request-ID"] == reply.json()["headers"]["x-request-id"]
        assert (reply.headers["X-Request-ID"] == given) == kept


def test_the_services_replies_pass_as_they_are_without_the_servers_name(gateway: Gateway) -> None:
    for upstream in gateway.enrollment:
        upstream.handle = lambda handler: handler.reply(409, {"detail": "full"}, ETag='"7"', Retry_After="3")
    reply = gateway.request("POST", "/student/enroll/4", headers=bearer())
    assert (reply.status_code, reply.json()) == (409, {"detail": "full"})
    assert (reply.headers["ETag"], reply.headers["Retry-After"]) == ('"7"', "3")
    assert "Server" not in reply.headers
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["X-Frame-Options"] == "DENY"
    assert reply.headers["Referrer-Policy"] == "no-referrer"


def test_requests_on_one_connection_do_not_remember_each_other(gateway: Gateway) -> None:
    """Variables of HAProxy live as long as their scope: one that outlived the request would be another user's."""
    with httpx.Client(base_url=gateway.url, trust_env=False, verify=TLS) as client:
        first = client.get("/student/waitlist/4", headers=bearer())
        without = client.get("/student/waitlist/4")
        other = client.get("/student/waitlist/5", headers=bearer(token(sub="18", username="mia", email="mia@a.test")))
        again = client.get("/student/waitlist/4", headers={"Authorization": "Bearer x.y.z"})
    assert first.json()["target"] == "/waitlist/17/4/jack/jack@example.com"
    assert without.status_code == again.status_code == 401
    assert other.json()["target"] == "/waitlist/18/5/mia/mia@a.test"
