"""Hostile receivers are hostile until they are switched to friendly."""

import contextlib
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest
from verify.hostile import TRICKS, HostileReceivers


@pytest.fixture
def receivers() -> Iterator[HostileReceivers]:
    made = HostileReceivers()
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize("number", range(len(TRICKS)))
def test_none_of_the_tricks_is_a_delivery(receivers: HostileReceivers, number: int) -> None:
    """Whatever comes within a moment, it is no whole 2xx."""
    url = urlsplit(receivers.url(number))
    with socket.create_connection((url.hostname, url.port), 5) as client:
        client.settimeout(0.1)
        client.sendall(f"POST {url.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
        said = b""
        with contextlib.suppress(TimeoutError, ConnectionResetError):
            while len(said) < 100_000 and (piece := client.recv(65536)):
                said += piece
    assert not said.startswith((b"HTTP/1.1 204 No Content\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0"))


def test_in_the_end_they_take_everything(receivers: HostileReceivers) -> None:
    receivers.become_friendly()
    with ThreadPoolExecutor(len(TRICKS)) as pool, httpx.Client(trust_env=False) as client:
        replies = list(pool.map(lambda number: client.post(receivers.url(number), json={}), range(len(TRICKS))))
    assert [reply.status_code for reply in replies] == [204] * len(TRICKS)
