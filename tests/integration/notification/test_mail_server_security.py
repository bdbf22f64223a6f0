"""Mail servers that want TLS and a login, as real ones do."""

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.support.certificates import certificate_for
from tests.support.consumers import Consumers
from tests.support.mailbox import Mailbox
from tests.support.post_office import PostOffice, an_event
from tests.support.waiting import until


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    return certificate_for("localhost", tmp_path)


@pytest.fixture
def serving(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    return context


def _knows_the_backend(server: Any, session: Any, envelope: Any, mechanism: str, login: Any) -> AuthResult:
    known = login == LoginPassword(b"backend", b"right password")
    return AuthResult(success=known, handled=known)  # not handled: the server says 535


@pytest.fixture
def submission(serving: ssl.SSLContext) -> Iterator[Mailbox]:
    """STARTTLS first, then a login, then mail: port 587 of the real ones."""
    options = {"require_starttls": True, "authenticator": _knows_the_backend, "auth_required": True}
    with Mailbox(tls_context=serving, **options) as box:
        yield box


def _settings(port: int | str, certificate: tuple[Path, Path], **more: str) -> dict[str, str]:
    return {"SMTP_HOST": "localhost", "SMTP_PORT": str(port), "SSL_CERT_FILE": str(certificate[0])} | more


def _talk_smtp(listener: socket.socket, context: ssl.SSLContext, heard: list[bytes]) -> None:
    """One conversation over TLS from the start (aiosmtpd's controller cannot be started so)."""
    connection, _ = listener.accept()
    with context.wrap_socket(connection, server_side=True) as stream, stream.makefile("rb") as lines:
        stream.sendall(b"220 mail.example ESMTP\r\n")
        in_data = False
        for line in lines:
            heard.append(line)
            in_data = in_data and line != b".\r\n"
            if line.upper().startswith(b"DATA"):
                in_data = True
                stream.sendall(b"354 go on\r\n")
            elif not in_data:
                stream.sendall(b"250 OK\r\n")


def test_mail_goes_out_over_starttls_with_a_login(
    post_office: PostOffice, submission: Mailbox, consumers: Consumers, certificate: tuple[Path, Path]
) -> None:
    login = {"SMTP_TLS": "starttls", "SMTP_USERNAME": "backend", "SMTP_PASSWORD": "right password"}
    consumer = consumers.start("email", **_settings(submission.port, certificate, **login))
    post_office.publish(an_event(email="abhinav@example.com"))
    until(lambda: submission.delivered)
    assert "right password" not in consumer.log


def test_mail_goes_out_over_tls_from_the_start(
    post_office: PostOffice, consumers: Consumers, serving: ssl.SSLContext, certificate: tuple[Path, Path]
) -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_talk_smtp, args=(listener, serving, heard), daemon=True).start()
        port = str(listener.getsockname()[1])
        consumers.start("email", **_settings(port, certificate, SMTP_TLS="tls"))
        post_office.publish(an_event(email="abhinav@example.com"))
        until(lambda: b".\r\n" in heard)
    assert b"Subject: Enrolled in Class 2\r\n" in heard


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"SMTP_PASSWORD": "wrong password"}, "SMTPAuthenticationError while connecting"),
        ({"SSL_CERT_FILE": "/dev/null"}, "SSLCertVerificationError while connecting"),
        ({"SMTP_TLS": "none"}, "while connecting"),
    ],
)
def test_a_wrong_setting_of_ours_is_retried_and_costs_no_mail_its_life_at_once(
    wrong: dict[str, str],
    reason: str,
    post_office: PostOffice,
    submission: Mailbox,
    consumers: Consumers,
    certificate: tuple[Path, Path],
) -> None:
    login = {"SMTP_TLS": "starttls", "SMTP_USERNAME": "backend", "SMTP_PASSWORD": "right password"}
    consumer = consumers.start("email", **_settings(submission.port, certificate, **(login | wrong)))
    post_office.publish(an_event(email="abhinav@example.com"))
    [(_, headers)] = until(lambda: post_office.dead("email"))
    assert headers["x-reason"].startswith("gave up after 4 attempts")
    assert headers["x-reason"].endswith(reason)
    assert submission.delivered == []
    assert "password" not in consumer.log
