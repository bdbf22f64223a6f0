"""The webhook sender against real sockets: names, TLS, cookies, and what strange servers do to it."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from notification.adapters.resolver import Resolver
from notification.domain.addresses import Unresolvable
from notification.domain.event import EnrollmentPromoted
from notification.domain.outcome import PermanentFailure, TemporaryFailure
from notification.domain.signature import SigningSecrets
from notification.senders.webhook import WebhookSender
from tests.support.certificates import certificate_for
from tests.support.post_office import an_event
from tests.support.receiver import Answer, Receiver
from tests.support.tcp_server import TcpServer, hear_request

LOOPBACK = (ip_network("127.0.0.0/8"),)


class Names(Resolver):
    """Resolves as told, and notes what it was asked."""

    def __init__(self, names: dict[str, list[str]]) -> None:
        self.names = names
        self.asked: list[str] = []

    def addresses(self, host: str, port: int, timeout_s: float) -> list[str]:
        self.asked.append(host)
        if host not in self.names:
            raise Unresolvable("the name of the host does not resolve")
        return self.names[host]


def a_sender(names: Names, allowed: Any, **options: Any) -> WebhookSender:
    return WebhookSender(
        names,
        allowed,
        secrets_of=lambda _: SigningSecrets("whsec_" + "c2VjcmV0" * 4),
        end_subscription=lambda _: None,
        **options,
    )


def an_event_for(url: str) -> EnrollmentPromoted:
    return EnrollmentPromoted.model_validate(an_event(proxy_url=quote(url, safe="")))


def test_the_name_is_resolved_once_and_stays_in_the_host_header(receiver: Receiver) -> None:
    names = Names({"hooks.example": ["127.0.0.1"]})
    sender = a_sender(names, LOOPBACK, timeout_s=2)
    sender.send(an_event_for(f"http://hooks.example:{receiver.port}/abc"))
    assert names.asked == ["hooks.example"]
    assert receiver.received[0].headers["host"] == f"hooks.example:{receiver.port}"


def test_each_attempt_is_checked_anew_so_a_name_that_moves_inwards_is_refused(receiver: Receiver) -> None:
    names = Names({"hooks.example": ["127.0.0.1"]})
    sender = a_sender(names, LOOPBACK, timeout_s=2)
    event = an_event_for(f"http://hooks.example:{receiver.port}/abc")
    sender.send(event)
    names.names["hooks.example"] = ["10.0.0.1", "::1", "::ffff:127.0.0.1"]
    with pytest.raises(PermanentFailure, match="forbidden address"):
        sender.send(event)
    assert len(receiver.received) == 1


def test_of_several_addresses_only_permitted_ones_are_tried_in_turn(receiver: Receiver) -> None:
    names = Names({"hooks.example": ["10.0.0.1", "127.0.0.9", "127.0.0.1"]})  # nobody listens on the second
    a_sender(names, LOOPBACK, timeout_s=2).send(an_event_for(f"http://hooks.example:{receiver.port}/"))
    assert len(receiver.received) == 1


def test_a_name_that_does_not_resolve_is_tried_again_later() -> None:
    with pytest.raises(TemporaryFailure, match="does not resolve"):
        a_sender(Names({}), LOOPBACK, timeout_s=2).send(an_event_for("http://hooks.example/"))


def test_an_address_stands_in_the_host_header_as_in_the_url(receiver: Receiver) -> None:
    sender = a_sender(Names({"2001:db8::7": ["127.0.0.1"]}), LOOPBACK, timeout_s=2)
    sender.send(an_event_for(f"http://[2001:db8::7]:{receiver.port}/a%20b?c=d#e"))
    assert receiver.received[0].headers["host"] == f"[2001:db8::7]:{receiver.port}"
    assert receiver.received[0].path == "/a%20b?c=d"


def test_a_lookup_that_hangs_counts_as_no_answer() -> None:
    with pytest.raises(Unresolvable):
        Resolver(lookups=0).addresses("localhost", 80, timeout_s=0.1)


def test_cookies_are_not_kept(receiver: Receiver) -> None:
    sender = a_sender(Names({"hooks.example": ["127.0.0.1"]}), LOOPBACK, timeout_s=2)
    receiver.answers = [Answer(headers=(("Set-Cookie", "who=me; Path=/"),))]
    for _ in range(2):
        sender.send(an_event_for(f"http://hooks.example:{receiver.port}/"))
    assert "cookie" not in receiver.received[1].headers


def test_proxies_of_the_environment_are_ignored(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    sender = a_sender(Names({"hooks.example": ["127.0.0.1"]}), LOOPBACK, timeout_s=2)
    sender.send(an_event_for(f"http://hooks.example:{receiver.port}/"))
    assert len(receiver.received) == 1


def test_a_long_reply_is_not_read_to_its_end(receiver: Receiver) -> None:
    receiver.always = Answer(body=b"x" * 1_000_000)
    began = time.monotonic()
    a_sender(Names({"hooks.example": ["127.0.0.1"]}), LOOPBACK, timeout_s=5).send(
        an_event_for(f"http://hooks.example:{receiver.port}/")
    )
    assert time.monotonic() - began < 4


STRANGE = {
    "closes at once": [],
    "no HTTP": [b"220 mail.example ESMTP\r\n"],
    "endless headers": [b"HTTP/1.1 200 OK\r\n"] + [b"X-A: " + b"a" * 1000 + b"\r\n"] * 500,
    "a status that is none": [b"HTTP/1.1 999999 NO\r\n\r\n"],
    "a broken body after 500": [b"HTTP/1.1 500 Oops\r\ncontent-length: 10\r\n\r\nabc"],
}


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_server_is_a_temporary_failure(name: str) -> None:
    with _speaking(STRANGE[name]) as port, pytest.raises(TemporaryFailure):
        a_sender(Names({"hooks.example": ["127.0.0.1"]}), LOOPBACK, timeout_s=2).send(
            an_event_for(f"http://hooks.example:{port}/")
        )


@pytest.mark.parametrize("piece", [b"", b"H"], ids=["silent", "trickling its headers"])
def test_an_attempt_ends_in_time_whatever_the_server_does(piece: bytes) -> None:
    with _speaking([piece] * 100, pause_s=0.2) as port:
        began = time.monotonic()
        with pytest.raises(TemporaryFailure, match="no answer in time"):
            a_sender(Names({"hooks.example": ["127.0.0.1"]}), LOOPBACK, timeout_s=1).send(
                an_event_for(f"http://hooks.example:{port}/")
            )
        assert 0.9 < time.monotonic() - began < 10, "the server goes on for 20 s"


def test_tls_names_the_host_and_checks_its_certificate(tmp_path: Path) -> None:
    certificate, key = certificate_for("hooks.example", tmp_path)
    trusting = ssl.create_default_context(cafile=str(certificate))
    names = Names({"hooks.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]})
    sender = a_sender(names, LOOPBACK, timeout_s=2, tls=trusting)
    asked: list[str | None] = []
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(certificate, key)
    serving.sni_callback = lambda _, name, __: asked.append(name)
    with _speaking([b"HTTP/1.1 204 No Content\r\n\r\n"], tls=serving) as port:
        sender.send(an_event_for(f"https://hooks.example:{port}/"))
        assert asked == ["hooks.example"]
        with pytest.raises(TemporaryFailure, match="CERTIFICATE_VERIFY_FAILED"):
            sender.send(an_event_for(f"https://other.example:{port}/"))


@contextmanager
def _speaking(pieces: list[bytes], pause_s: float = 0, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port of a server that says these pieces to everybody, once it has heard the whole request."""

    def serve(connection: socket.socket) -> None:
        with tls.wrap_socket(connection, server_side=True) if tls else connection as stream:
            # Closing on what was not read would reset the connection, and the reply could be lost.
            hear_request(stream)
            for piece in pieces:
                time.sleep(pause_s)
                stream.sendall(piece)

    with TcpServer(serve) as server:
        yield server.port
