"""What the gateway's scripts refused until 1.1, each service refuses at its own port, whichever gateway is in front.

Nothing is connected to: everything here is refused before a store is asked.
"""

from typing import Any

import pytest
from fastapi import FastAPI

from tests.contract.test_gateway_routes import ROUTES, all_services
from tests.unit.kit.raw_requests import Reply, send

UNSAFE = ["%00", "a%0Ab", "%7Bx%7D", "%7B%7B.JWT.jti%7D%7D", "a%2Fb", "a%5Cb", ".", "..", "%2e%2e", "%3F", "%23", "%25"]
GOOD = {"JWT.sub": "4", "JWT.username": "jack", "JWT.email": "jack@example.com"}

# What scripts let pass of each claim was its pattern; here is what they did not, as KrakenD writes it into the path.
BAD_CLAIMS = {
    "JWT.sub": ["", "0", "04", "-4", "4.0", "4/../5", "4/5", "x", "9" * 17, "%7B%7B.JWT.sub%7D%7D", "4%2F5", "4%20"],
    "JWT.username": ["", "a/b", "a?b", "a%23b", "-a", "a%20b", "a%0Ab", "%C3%AB", "%7B%7B.JWT.username%7D%7D"],
    "JWT.email": ["", "jack", "a/b@example.com", "a?@example.com", "a!b@example.com", "%7B%7B.JWT.email%7D%7D"],
}


@pytest.fixture(scope="module")
def services() -> dict[str, FastAPI]:
    return all_services()


@pytest.mark.parametrize("service", ["users", "enrollment", "notification", "pages"])
def test_no_path_parameter_may_hold_what_means_something_in_a_path(services: dict[str, FastAPI], service: str) -> None:
    app = services[service]
    asked = [
        (method.upper(), path, parameter["name"])
        for path, operations in app.openapi()["paths"].items()
        for method, operation in operations.items()
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "path" and parameter["name"] != "proxyURL"  # which is a URL, and may be any
    ]
    assert asked
    for method, path, name in asked:
        for value in UNSAFE:
            filled = path.replace(f"{{{name}}}", value).replace("{", "").replace("}", "")
            refused_in_words(send(app, filled, method))


@pytest.mark.parametrize("claim", BAD_CLAIMS)
def test_no_claim_may_be_what_it_should_not(services: dict[str, FastAPI], claim: str) -> None:
    taking = [route for route in ROUTES if f"{{{claim}}}" in route["to"]]
    assert taking
    for route in taking:
        for value in BAD_CLAIMS[claim]:
            path = route["to"]
            for name, given in {**GOOD, claim: value, "classid": "2", "studentid": "4", "id": "x"}.items():
                path = path.replace(f"{{{name}}}", given)
            refused_in_words(send(services[route["service"]], path, route["method"]))


@pytest.mark.parametrize("route", [route for route in ROUTES if route.get("body")], ids=lambda route: route["path"])
def test_no_body_may_be_larger_than_the_limit(services: dict[str, FastAPI], route: dict[str, Any]) -> None:
    path = route["to"]
    for name, given in {**GOOD, "classid": "2", "uid": "4"}.items():
        path = path.replace(f"{{{name}}}", given)
    app = services[route["service"]]
    for header in ((b"content-length", b"65537"), (b"transfer-encoding", b"chunked")):
        reply = send(app, path, route["method"], [header], [b"x" * 65_537])
        assert reply.status == 413
        refused_in_words(reply)


def refused_in_words(reply: Reply) -> None:
    assert 400 <= reply.status < 500, reply
    assert isinstance(reply.json()["detail"], str)
