"""Mail servers that are slow, hang up or refuse us, and addresses that not every one of them can take."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest

from notification.domain.event import Event, decode
from notification.domain.outcome import PermanentFailure, TemporaryFailure
from notification.senders.email import EmailSender
from notification.settings import MailSettings
from tests.support.mailbox import Mailbox
from tests.support.post_office import an_event
from tests.support.tcp_server import TcpServer

Maker: TypeAlias = Callable[..., EmailSender]


@pytest.fixture
def a_sender() -> Iterator[Maker]:
    """Makes senders, and closes their connections."""
    senders: list[EmailSender] = []

    def make(port: int, **changes: Any) -> EmailSender:
        settings = MailSettings(environment="development", smtp_host="127.0.0.1", smtp_port=port, **changes)
        senders.append(EmailSender(settings))
        return senders[-1]

    yield make
    for sender in senders:
        sender.close()


def an_event_for(email: str) -> Event:

    return decode(json.dumps(an_event(email=email)).encode())


class ScriptedServer(TcpServer):
    """Greets, then answers each command with what `answer` says to it; None hangs up."""

    def __init__(self, answer: Callable[[str], bytes | None], greeting: bytes = b"220 mail.example ESMTP\r\n") -> None:
        super().__init__(self._converse)
        self.commands: list[str] = []
        self._answer, self._greeting = answer, greeting

    def _converse(self, connection: socket.socket) -> None:
        in_mail = False
        with connection.makefile("rb") as lines:
            connection.sendall(self._greeting)
            for line in lines:
                command = line.decode().strip()
                if in_mail and command != ".":
                    continue
                self.commands.append(command)
                answer = self._answer(command)
                if answer is None:
                    return
                in_mail = command == "DATA" or command.startswith("data")
                for byte in answer if answer.startswith(b"250-slowly") else [answer]:
                    connection.sendall(bytes([byte]) if isinstance(byte, int) else byte)
                    time.sleep(0.2 if isinstance(byte, int) else 0)


def polite(command: str) -> bytes:
    return b"354 go on\r\n" if command == "data" else b"250 OK\r\n"


def test_a_server_that_takes_longer_than_the_timeout_over_the_mail_itself_is_waited_for(a_sender: Maker) -> None:
    def slow(command: str) -> bytes:
        if command == ".":
            time.sleep(1.5)
        return polite(command)

    with ScriptedServer(slow) as server:
        assert a_sender(server.port, smtp_timeout_s=0.5).send(an_event_for("abhinav@example.com")) == 250


def test_a_reply_that_trickles_ends_with_the_timeout(a_sender: Maker) -> None:
    with ScriptedServer(lambda _: b"250-slowly" * 100) as server:
        began = time.monotonic()
        with pytest.raises(TemporaryFailure, match="while connecting"):
            a_sender(server.port, smtp_timeout_s=1).send(an_event_for("abhinav@example.com"))
        assert 0.9 < time.monotonic() - began < 6


def test_a_reply_without_an_end_ends_with_its_size(a_sender: Maker) -> None:
    with ScriptedServer(lambda _: b"250-more\r\n" * 1_000_000) as server:
        began = time.monotonic()
        with pytest.raises(TemporaryFailure, match="while connecting"):
            a_sender(server.port, smtp_timeout_s=20).send(an_event_for("abhinav@example.com"))
        assert time.monotonic() - began < 15


@pytest.mark.parametrize("code", [530, 550, 553])
def test_a_refusal_of_our_own_address_is_tried_again_and_not_blamed_on_the_student(a_sender: Maker, code: int) -> None:
    def refusing(command: str) -> bytes:
        return f"{code} no\r\n".encode() if command.startswith("mail FROM") else polite(command)

    with ScriptedServer(refusing) as server, pytest.raises(TemporaryFailure, match="MAIL_FROM is refused") as failure:
        a_sender(server.port).send(an_event_for("abhinav@example.com"))
    assert failure.value.status == code


def test_a_recipient_refused_for_want_of_authentication_is_tried_again(a_sender: Maker) -> None:
    def refusing(command: str) -> bytes:
        return b"530 5.7.0 Authentication required\r\n" if command.startswith("rcpt") else polite(command)

    with ScriptedServer(refusing) as server, pytest.raises(TemporaryFailure):
        a_sender(server.port).send(an_event_for("abhinav@example.com"))


def test_after_a_421_the_next_mail_goes_over_a_new_connection(a_sender: Maker) -> None:
    closing = [False]

    def shutting_down(command: str) -> bytes:
        return b"421 shutting down\r\n" if closing[0] and command.startswith("mail") else polite(command)

    with ScriptedServer(shutting_down) as server:
        sender = a_sender(server.port)
        sender.send(an_event_for("abhinav@example.com"))
        closing[0] = True
        with pytest.raises(TemporaryFailure, match="421"):
            sender.send(an_event_for("abhinav@example.com"))
        closing[0] = False
        assert sender.send(an_event_for("abhinav@example.com")) == 250


def test_a_kept_connection_that_the_server_has_closed_costs_no_attempt(a_sender: Maker) -> None:
    mails = [0]

    def once(command: str) -> bytes | None:
        mails[0] += command.startswith("mail")
        return None if mails[0] == 2 and command.startswith("mail") else polite(command)

    with ScriptedServer(once) as server:
        sender = a_sender(server.port)
        assert [sender.send(an_event_for("abhinav@example.com")) for _ in range(2)] == [250, 250]
        assert server.connections == 2


def test_what_was_lost_after_the_mail_itself_is_not_sent_again_at_once(a_sender: Maker) -> None:
    def losing(command: str) -> bytes | None:
        return None if command == "." and mails[0] else polite(command)

    mails = [0]
    with ScriptedServer(losing) as server:
        sender = a_sender(server.port)
        sender.send(an_event_for("abhinav@example.com"))
        mails[0] = 1
        with pytest.raises(TemporaryFailure):
            sender.send(an_event_for("abhinav@example.com"))
        assert server.commands.count(".") == 2


@pytest.mark.parametrize("address", ["abhinav@bücher.example", "abhinav@xn--bcher-kva.example"])
def test_an_internationalised_domain_needs_no_smtputf8(a_sender: Maker, address: str) -> None:
    with Mailbox(enable_SMTPUTF8=False) as mailbox:
        a_sender(mailbox.port).send(an_event_for(address))
        [got] = mailbox.delivered
    assert got.recipients == ["abhinav@xn--bcher-kva.example"]
    assert got.mail["To"] == "abhinav@xn--bcher-kva.example"


def test_a_local_part_beyond_ascii_needs_smtputf8(a_sender: Maker) -> None:
    with Mailbox(enable_SMTPUTF8=False) as mailbox, pytest.raises(PermanentFailure):
        a_sender(mailbox.port).send(an_event_for("jösé@example.com"))
