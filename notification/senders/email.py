"""Sending mail by SMTP over connections that are kept. Each worker thread has its own; a broken one is replaced."""

import smtplib
import ssl
import threading
import time
from datetime import UTC, datetime

from notification.domain.event import EnrollmentPromoted
from notification.domain.mail import compose
from notification.domain.outcome import PermanentFailure, TemporaryFailure
from notification.settings import MailSettings

_TAKEN = 250  # RFC 5321 §4.2.3
_FRESH_S = 1.0  # a connection used within this time is not asked whether it still answers


class EmailSender:
    """Thread-safe; one for the process."""

    channel = "email"

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._kept = threading.local()

    def wants(self, event: EnrollmentPromoted) -> bool:
        return event.email is not None

    def host(self, event: EnrollmentPromoted) -> str:
        return ""  # all mail goes through one server, so there is one line

    def send(self, event: EnrollmentPromoted) -> int:
        """The SMTP code the mail server took the mail with.

        Raises:
            PermanentFailure: it refused this mail with a 5yz reply (RFC 5321 §4.2.1).
            TemporaryFailure: a 4yz reply, or any trouble before it came to this mail (connecting, TLS, login),
                which a wrong setting of ours can cause and mending it cures.
        """
        mail = compose(event, sender=self._settings.mail_from, now=datetime.now(UTC))
        server = self._server()
        try:
            server.send_message(mail, self._settings.mail_from, [str(event.email)])
        except smtplib.SMTPNotSupportedError as error:
            raise PermanentFailure("the mail server can not take an address with these characters") from error
        except smtplib.SMTPRecipientsRefused as error:
            [(code, text)] = error.recipients.values()
            raise _refused(code, text) from error
        except smtplib.SMTPResponseException as error:
            raise _refused(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            self._forget()
            raise TemporaryFailure(f"mail server: {type(error).__name__}") from error
        self._kept.used_at = time.monotonic()
        return _TAKEN  # smtplib keeps the code to itself, but any other would have raised

    def _server(self) -> smtplib.SMTP:
        kept: smtplib.SMTP | None = getattr(self._kept, "server", None)
        if kept is not None and (time.monotonic() - self._kept.used_at < _FRESH_S or _answers(kept)):
            return kept
        self._forget()
        try:
            self._kept.server, self._kept.used_at = self._connect(), time.monotonic()
        except (smtplib.SMTPException, OSError) as error:
            raise TemporaryFailure(f"mail server: {type(error).__name__} while connecting") from error
        server: smtplib.SMTP = self._kept.server
        return server

    def _connect(self) -> smtplib.SMTP:
        host, port, timeout_s = self._settings.smtp_host, self._settings.smtp_port, self._settings.smtp_timeout_s
        if self._settings.smtp_tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=timeout_s, context=ssl.create_default_context())
        else:
            server = smtplib.SMTP(host, port, timeout=timeout_s)
        try:
            if self._settings.smtp_tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            server.ehlo_or_helo_if_needed()
            if self._settings.smtp_username:
                server.login(self._settings.smtp_username, self._settings.smtp_password or "")
        except BaseException:
            server.close()
            raise
        return server

    def _forget(self) -> None:
        kept: smtplib.SMTP | None = getattr(self._kept, "server", None)
        if kept is not None:
            kept.close()
            self._kept.server = None


class OneMailSender(EmailSender):
    """Where mails are rare: no connection is kept after one."""

    def send(self, event: EnrollmentPromoted) -> int:
        try:
            return super().send(event)
        finally:
            self._forget()


def _answers(server: smtplib.SMTP) -> bool:
    try:
        return server.noop()[0] == 250
    except (smtplib.SMTPException, OSError):
        return False


def _refused(code: int, text: bytes | str) -> TemporaryFailure | PermanentFailure:
    said = text.decode("ascii", "replace") if isinstance(text, bytes) else text
    reason = f"the mail server answered {code} {' '.join(said.split())}"[:200]
    return PermanentFailure(reason, status=code) if 500 <= code <= 599 else TemporaryFailure(reason, status=code)
