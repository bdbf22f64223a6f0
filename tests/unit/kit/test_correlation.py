"""Every request has an id, every reply tells it, and every service that is asked along the way gets it."""

import httpx
import pytest

from kit.observability import correlation
from tests.unit.kit.test_gate import CARRIED, ask, service


@pytest.mark.parametrize("path", ["/enroll/4", "/nowhere", "/health/live"])
def test_a_given_id_comes_back(path: str) -> None:
    assert ask(service(), path, {**CARRIED, "X-Request-ID": "gateway-1.a_B"}).headers["x-request-id"] == "gateway-1.a_B"


def test_a_refusal_at_the_gate_tells_it_too() -> None:
    reply = ask(service(), "/enroll/4", {"X-Request-ID": "stranger-1"})
    assert (reply.status_code, reply.headers["x-request-id"]) == (403, "stranger-1")


@pytest.mark.parametrize("given", [b"", b"a" * 65, b"a b", b"a\tb", b"a;b", b"<script>", b"%0aINFO", b"\xc3\xa9"])
def test_what_is_not_well_formed_is_replaced(given: bytes) -> None:
    reply = ask(service(), "/enroll/4", [*CARRIED.items(), ("X-Request-ID", given)])
    made = reply.headers["x-request-id"]
    assert correlation.well_formed(made)
    assert made.encode() != given


def test_made_ids_differ() -> None:
    app = service()
    assert len({ask(app, "/health/live").headers["x-request-id"] for _ in range(20)}) == 20


def test_the_route_works_for_the_request_also_in_a_thread() -> None:
    app = service()
    app.add_api_route("/whose", lambda: correlation.propagation_headers())
    assert ask(app, "/whose", {**CARRIED, "X-Request-ID": "r-1"}).json() == {"x-request-id": "r-1"}


def test_a_service_that_is_asked_on_the_way_gets_it() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=request.headers.get("x-request-id", "none"))

    hooks = {"request": [correlation.inject_headers]}
    with httpx.Client(transport=httpx.MockTransport(answer), event_hooks=hooks, base_url="http://users") as client:
        with correlation.bind_from_headers({"x-request-id": "r-2"}):
            assert client.get("/").text == "r-2"
        assert client.get("/").text == "none"
