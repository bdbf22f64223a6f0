"""No service reads more of a body than its limit, whether the body says its length or not."""

import pytest
from pydantic import BaseModel

from tests.unit.kit.raw_requests import Reply, send
from tests.unit.kit.test_gate import service

MOST = 65_536
APP = service(secret=None, environment="development")
JSON = (b"content-type", b"application/json")
CHUNKED = (b"transfer-encoding", b"chunked")
REFUSAL = {"detail": "The body is larger than 65536 bytes; send less"}


class Note(BaseModel):
    text: str


@APP.post("/note")
def note(given: Note) -> int:
    return len(given.text)


def body_of(size: int) -> bytes:
    return b'{"text": "' + b"x" * (size - 12) + b'"}'


def post(*chunks: bytes, header: tuple[bytes, bytes], path: str = "/note") -> Reply:
    return send(APP, path, "POST", [JSON, header], chunks)


@pytest.mark.parametrize("size", [12, MOST])
def test_a_body_up_to_the_limit_is_read(size: int) -> None:
    body = body_of(size)
    with_length = post(body, header=(b"content-length", str(size).encode()))
    in_parts = post(body[:7], body[7:], header=CHUNKED)
    assert [reply.json() for reply in (with_length, in_parts)] == [size - 12, size - 12]


def test_a_larger_one_that_says_so_is_refused_unread() -> None:
    reply = post(body_of(MOST + 1), header=(b"content-length", str(MOST + 1).encode()))
    assert (reply.status, reply.json(), reply.chunks_read) == (413, REFUSAL, 0)


def test_one_that_does_not_say_is_refused_when_it_passes_the_limit_and_read_no_further() -> None:
    reply = post(*[b"x" * 10_000] * 1_000, header=CHUNKED)
    assert (reply.status, reply.json(), reply.chunks_read) == (413, REFUSAL, 7)


def test_a_body_that_no_route_reads_is_refused_all_the_same() -> None:
    reply = send(APP, "/enroll/4", "GET", [(b"content-length", b"65537")])
    assert (reply.status, reply.json()) == (413, REFUSAL)
