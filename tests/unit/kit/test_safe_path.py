"""A path parameter that means something in a path reaches no route, at any port."""

from urllib.parse import unquote

import pytest

from tests.unit.kit.raw_requests import send
from tests.unit.kit.test_gate import service

APP = service(secret=None, environment="development")


@APP.get("/say/{word}/to/{other}")
def say(word: str, other: str) -> dict[str, str]:
    return {"word": word, "other": other}


# What the gateway's scripts refused until 1.1, encoded as it comes.
UNSAFE = {
    "control characters": ["%00", "a%0Ab", "%0d%0aX-User-Id:%201", "a%1F", "%7F"],
    "braces": ["%7Bclassid%7D", "%7B", "%7d", "{", "}"],
    "slashes": ["a%2Fb", "a%2fb", "..%2F..", "%5C", "%5c..%5c", "a\\b"],
    "names of folders": [".", "..", "%2e", "%2E%2e", ".%2e"],
    "what KrakenD itself refused": ["%3F", "%3fa=b", "%23", "%25", "%252F", "%252e%252e"],
    "no encoding": ["%", "%2", "%zz", "a%u002f"],
}


@pytest.mark.parametrize("value", [value for values in UNSAFE.values() for value in values])
def test_what_has_a_meaning_in_a_path_is_refused_in_words(value: str) -> None:
    for path in (f"/say/{value}/to/b", f"/say/a/to/{value}"):
        reply = send(APP, path)
        assert reply.status == 422, path
        assert list(reply.json()) == ["detail"]


@pytest.mark.parametrize("placeholder", ["{{.JWT.sub}}", "%7B%7B.JWT.sub%7D%7D", "{JWT.sub}", "%7bJWT.email%7d"])
def test_a_claim_that_the_token_lacks_is_401(placeholder: str) -> None:
    reply = send(APP, f"/say/{placeholder}/to/b")
    assert reply.status == 401
    assert reply.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert "log in again" in reply.json()["detail"]


@pytest.mark.parametrize(
    "value", ["a", "a b", "a.b", "...", ".a", "a..", "jack@example.com", "Zo%C3%AB", "a:b;c=d", "1"]
)
def test_what_has_none_passes(value: str) -> None:
    sent = value.replace(" ", "%20")
    assert send(APP, f"/say/{sent}/to/b").json() == {"word": unquote(value), "other": "b"}
