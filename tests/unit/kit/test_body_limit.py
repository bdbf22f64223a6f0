"""No service takes more of a body than its limit, whether the body says its length or not."""

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


def length(size: int) -> tuple[bytes, bytes]:
    return (b"content-length", str(size).encode())


def test_a_larger_one_is_refused_when_all_of_it_was_read() -> None:
    """Answered earlier, KrakenD ends the connection, and its client gets a 413 without the words."""
    parts = [b"x" * 10_000] * 100
    with_length = post(*parts, header=length(1_000_000))
    in_parts = post(*parts, header=CHUNKED)
    for reply in (with_length, in_parts):
        assert (reply.status, reply.json(), reply.chunks_read) == (413, REFUSAL, 101)


def test_one_of_many_megabytes_is_refused_unread() -> None:
    reply = post(b"x" * 10_000, header=length(5_000_000))
    assert (reply.status, reply.json(), reply.chunks_read) == (413, REFUSAL, 0)


def test_one_without_a_length_is_read_for_four_megabytes_at_most() -> None:
    reply = post(*[b"x" * 10_000] * 1_000, header=CHUNKED)
    assert (reply.status, reply.json()) == (413, REFUSAL)
    assert 400 < reply.chunks_read < 450


def test_a_client_that_asks_before_it_sends_is_refused_at_once() -> None:
    headers = [JSON, length(MOST + 1), (b"expect", b"100-continue")]
    reply = send(APP, "/note", "POST", headers, [body_of(MOST + 1)])
    assert (reply.status, reply.json(), reply.chunks_read) == (413, REFUSAL, 0)


def test_a_body_that_no_route_reads_is_refused_all_the_same() -> None:
    reply = send(APP, "/enroll/4", "GET", [(b"content-length", b"65537")])
    assert (reply.status, reply.json()) == (413, REFUSAL)
