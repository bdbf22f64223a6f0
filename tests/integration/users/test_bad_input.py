"""What is refused, in words and with nothing changed. The tests of this file share their tables: none may write."""

import socket
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

import httpx
import pytest

from tests.integration.users.conftest import fresh_settings, fresh_tables
from tests.support.serving import served
from users.app import create_app

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

MAX = {"username": "max", "email": "max@gmail.com", "password": "correct horse"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple["DynamoDBClient", str, httpx.Client]]:
    settings = fresh_settings(tmp_path_factory.mktemp("keys"))
    with fresh_tables(settings) as database, served(create_app(settings)) as api:
        assert api.post("/register", json=MAX | {"username": "jo"}).status_code == 200
        yield database, f"{settings.table_prefix}Accounts", api


@pytest.fixture
def api(shared: tuple["DynamoDBClient", str, httpx.Client]) -> httpx.Client:
    return shared[2]


@pytest.fixture
def everything_stored(shared: tuple["DynamoDBClient", str, httpx.Client]) -> Callable[[], list[Any]]:
    database, table, _ = shared
    return lambda: sorted(map(str, database.scan(TableName=table, ConsistentRead=True)["Items"]))


@pytest.mark.parametrize(
    "changed",
    [
        {"username": "jo/1"},
        {"username": "jo?x"},
        {"username": "jo#x"},
        {"username": "jo%2F"},
        {"username": ".."},
        {"username": "{JWT.sub}"},
        {"username": ""},
        {"username": None},
        {"email": "jo"},
        {"email": "jo?subject=x@gmail.com"},
        {"email": "jo@gmail.com\nBcc: all@gmail.com"},
        {"password": "short"},
        {"password": "x" * 10_000},
    ],
    ids=str,
)
def test_bad_input_is_answered_422_and_changes_nothing(
    api: httpx.Client, everything_stored: Callable[[], list[Any]], changed: dict[str, Any]
) -> None:
    before = everything_stored()

    reply = api.post("/register", json=MAX | changed)

    assert reply.status_code == 422
    assert next(iter(changed)) in reply.json()["detail"]
    assert everything_stored() == before


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"jo"', b"\xff", b"[" * 60_000])
@pytest.mark.parametrize("path", ["/register", "/login", "/checkpwd"])
def test_a_body_that_is_none_is_refused(api: httpx.Client, path: str, body: bytes) -> None:
    reply = api.post(path, content=body, headers={"Content-Type": "application/json"})

    assert reply.status_code == 422
    assert isinstance(reply.json()["detail"], str)


@pytest.mark.parametrize("uid", ["0", "-1", "jack", "1.5", "9" * 30, "%2e%2e", "1%00"])
def test_an_id_that_is_none_is_refused(api: httpx.Client, uid: str) -> None:
    assert api.get(f"/getuser/{uid}").status_code == 422
    assert api.put(f"/roles/{uid}", json={"roles": ["student"]}).status_code == 422


def test_a_body_over_the_limit_is_refused_and_the_connection_serves_the_next_request(
    api: httpx.Client, everything_stored: Callable[[], list[Any]]
) -> None:
    before = everything_stored()
    with socket.create_connection((str(api.base_url.host), int(api.base_url.port or 0)), timeout=10) as connection:
        replies = connection.makefile("rb")
        head = b"POST /register HTTP/1.1\r\nHost: users\r\nContent-Type: application/json\r\n"
        connection.sendall(head + b"Content-Length: 1000000\r\n\r\n" + b"x" * 1_000_000)
        assert _status(replies) == 413
        connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(50):
            connection.sendall(b"4e20\r\n" + b" " * 20_000 + b"\r\n")
        connection.sendall(b"0\r\n\r\n")
        assert _status(replies) == 413
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: users\r\n\r\n")
        assert _status(replies) == 200
    assert everything_stored() == before


def _status(replies: BinaryIO) -> int:
    """Reads one reply whole."""
    status = int(replies.readline().split()[1])
    headers = dict(line.split(b": ", 1) for line in iter(replies.readline, b"\r\n"))
    replies.read(int(headers[b"content-length"]))
    return status
