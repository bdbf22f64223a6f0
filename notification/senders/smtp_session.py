"""smtplib's client with a bound for each reply as a whole.

smtplib's own time-out is for each read, so a server that trickles holds its caller for ever; and it is one for all
replies, whereas the server may take minutes over the one to the mail itself: it answers only when the mail is safe, and
who hangs up before sends it twice (RFC 5321 §4.5.3.2.6 and §6.1).
"""

import io
import smtplib
import ssl
import time
from socket import socket
from typing import Any

from notification.settings import MailSettings

_LONGEST_REPLY_BYTES = 64 * 1024


class SmtpSession(smtplib.SMTP):
    """`sent_mail` says whether the mail itself was sent since it was last set to False, be it taken or not."""

    mail_timeout_s: float = 600
    sent_mail = False
    _reply_within_s: float | None = None

    def send(self, s: Any) -> None:
        self.sent_mail = self.sent_mail or isinstance(s, bytes)  # commands are text
        self._reply_within_s = self.mail_timeout_s if isinstance(s, bytes) else None
        if self.sock:
            self.sock.settimeout(self.timeout)
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None:
            assert self.sock
            self.file = io.BufferedReader(_Replies(self.sock))
        self.file.raw.expect(self._reply_within_s or self.timeout)
        return super().getreply()


class SmtpTlsSession(SmtpSession, smtplib.SMTP_SSL):
    """TLS from the first byte."""


class _Replies(io.RawIOBase):
    """The server's reply. Raises TimeoutError when a reply's time is up, and OSError when it is endless."""

    def __init__(self, sock: socket) -> None:
        self._socket = sock
        self._end_s = 0.0
        self._left_bytes = 0

    def expect(self, within_s: float) -> None:
        """From now on it is another reply."""
        self._end_s = time.monotonic() + within_s
        self._left_bytes = _LONGEST_REPLY_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left_s = self._end_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the reply took too long")
        self._socket.settimeout(left_s)
        count = self._socket.recv_into(buffer)
        self._left_bytes -= count
        if self._left_bytes < 0:
            raise OSError("the reply is endless")
        return count


def open_session(settings: MailSettings, *, mail_timeout_s: float) -> SmtpSession:
    """Connected, encrypted and logged in, as the settings say. Raises smtplib.SMTPException or OSError."""
    host, port, timeout_s = settings.smtp_host, settings.smtp_port, settings.smtp_timeout_s
    if settings.smtp_tls == "tls":
        session: SmtpSession = SmtpTlsSession(host, port, timeout=timeout_s, context=ssl.create_default_context())
    else:
        session = SmtpSession(host, port, timeout=timeout_s)
    session.mail_timeout_s = mail_timeout_s
    try:
        if settings.smtp_tls == "starttls":
            session.starttls(context=ssl.create_default_context())
        session.ehlo_or_helo_if_needed()
        if settings.smtp_username:
            session.login(settings.smtp_username, settings.smtp_password or "")
    except BaseException:
        session.close()
        raise
    return session
