"""Requests byte for byte: every client library would tidy up what is tried here."""

import json
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from tests.e2e import gateway

TIMEOUT_S = 15


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def send(request: bytes, *, replies: int = 1) -> list[Reply]:
    """The replies that come, at most so many; fewer if the gateway ends the connection first."""
    where = urlsplit(gateway.url())
    with socket.create_connection((where.hostname, where.port or 80), timeout=TIMEOUT_S) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before all of it was there
            connection.sendall(request)
        with connection.makefile("rb") as stream:
            method = request.split(b" ", 1)[0]
            found = []
            while len(found) < replies and (reply := _read(stream, method)):
                found.append(reply)
            return found


def request(
    method: str, path: str, headers: Sequence[tuple[str, str]] = (), body: bytes = b"", *, token: str | None = None
) -> Reply:
    """One request, with these header lines and no others but Host and the token."""
    lines = [("Host", urlsplit(gateway.url()).netloc), *headers]
    if token:
        lines.append(("Authorization", f"Bearer {token}"))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines)
    [reply] = send(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body)
    return reply


def _read(stream: BinaryIO, method: bytes) -> Reply | None:
    try:
        first = stream.readline().split()
    except ConnectionResetError:
        return None
    if len(first) < 2:
        return None
    headers = {}
    for line in iter(stream.readline, b"\r\n"):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    status = int(first[1])
    if status in (204, 304) or status < 200 or method == b"HEAD":
        return Reply(status, headers, b"")
    if headers.get("transfer-encoding") == "chunked":
        return Reply(status, headers, _chunks(stream))
    length = headers.get("content-length")
    return Reply(status, headers, stream.read() if length is None else stream.read(int(length)))


def _chunks(stream: BinaryIO) -> bytes:
    body = b""
    while size := int(stream.readline(), 16):
        body += stream.read(size)
        stream.readline()
    stream.readline()
    return body
