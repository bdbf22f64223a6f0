"""How large a body may be, whether it says so or not."""

import json

import pytest

from tests.e2e.gateway import Person
from tests.e2e.gateway_contract import raw
from tests.support.waiting import until

pytestmark = pytest.mark.gateway

MOST = 65_536
JSON = ("Content-Type", "application/json")
CHUNKED = ("Transfer-Encoding", "chunked")


def credentials(size: int) -> bytes:
    return json.dumps({"username": "nobody", "password": "x"}).encode().ljust(size)


def chunks(body: bytes, each: int = 8_000) -> bytes:
    parts = [body[start : start + each] for start in range(0, len(body), each)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def log_in(body: bytes, *, chunked: bool) -> raw.Reply:
    headers = [JSON, CHUNKED if chunked else ("Content-Length", str(len(body)))]
    return raw.request("POST", "/user/login", headers, chunks(body) if chunked else body)


@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "chunked"])
def test_a_body_up_to_the_limit_arrives_and_a_larger_one_is_413(chunked: bool) -> None:
    # Read it was, and the password is wrong; on a busy machine it may take some tries to be told.
    until(lambda: log_in(credentials(MOST), chunked=chunked).status == 401)
    for size in (MOST + 1, 1_000_000):
        refused = log_in(credentials(size), chunked=chunked)
        assert (refused.status, type(refused.json()["detail"])) == (413, str)


def test_a_body_on_a_route_that_takes_none_changes_nothing(attacker: Person) -> None:
    body = b"x" * 1_000
    headers = [("Content-Length", str(len(body)))]
    assert raw.request("GET", "/student/list", headers, body, token=attacker.token).status in {200, 400}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 60_000])
def test_a_body_that_is_none_is_refused_in_words(body: bytes) -> None:
    refused = raw.request("POST", "/user/login", [JSON, ("Content-Length", str(len(body)))], body)
    assert (refused.status, type(refused.json()["detail"])) == (422, str)
