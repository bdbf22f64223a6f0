"""Sending mail by SMTP over connections that are kept. Each worker thread has its own; a broken one is replaced."""

import smtplib
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from etc.contracts.channel import Channel
from notification.domain.delivery import masked_address
from notification.domain.event import Event
from notification.domain.mail import Mail, MailStyle, compose
from notification.domain.mail_links import UnsubscribeLinks
from notification.domain.outcome import PermanentFailure, TemporaryFailure
from notification.domain.sender import Destination
from notification.senders.smtp_session import SmtpSession, open_session
from notification.settings import MailSettings

_ACCEPTED = 250  # RFC 5321 §4.2.3
_CLOSING = 421
# 5yz replies that say nothing about the mail: a command out of order or not known, authentication required or failed
# (RFC 5321 §4.2.2, RFC 4954 §6). A setting of ours is wrong, and correcting it helps.
_OUR_FAULT = frozenset((500, 502, 503, 504, 530, 534, 535, 538))
_FRESH_S = 1.0  # a connection used within this time is not asked whether it still answers


class _ClosedMeanwhile(Exception):
    """The connection was kept for too long, as it turned out before the mail was sent."""


class EmailSender:
    """Thread-safe; one for the process."""

    channel = Channel.EMAIL

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._style = style_of(settings)
        self._mail_timeout_s = settings.smtp_mail_timeout_s
        self._kept = threading.local()

    def wants(self, event: Event) -> bool:
        return event.email is not None

    def destination(self, event: Event) -> Destination:
        return Destination("", "")  # all mail goes through one server

    def target(self, event: Event) -> str:
        """As `a…@example.com`."""
        return masked_address(event.email or "")

    def endpoint(self, event: Event) -> None:
        """The mail server says of an address at once what webhooks tell only by failing."""

    def send(self, event: Event) -> int:
        """As send_digest, of one event."""
        return self.send_digest([event])

    def send_digest(self, events: Sequence[Event]) -> int:
        """The SMTP code the mail server took the mail of these events of one student with.

        Raises:
            PermanentFailure: it refused the recipient or the mail with a 5yz reply (RFC 5321 §4.2.1).
            TemporaryFailure: a 4yz reply, or any trouble that is not this mail's (connecting, TLS, login, our sender's
                address), which a wrong setting of ours can cause and correcting it cures.
        """
        mail = compose(events, self._style, datetime.now(UTC))
        try:
            return self._send(mail)
        except _ClosedMeanwhile:
            return self._send(mail)  # on a new connection, so it is not raised again

    def _send(self, mail: Mail) -> int:
        session, is_new = self._session()
        session.sent_mail = False
        try:
            session.sendmail(self._settings.mail_from, [mail.to], mail.content, _options(session, mail.to))
        except smtplib.SMTPNotSupportedError as error:
            raise PermanentFailure("the mail server cannot take an address with these characters") from error
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
            failure = _refusal(error)
            if failure.status == _CLOSING:
                self.close()
                if not is_new and not session.sent_mail:
                    raise _ClosedMeanwhile from error
            raise failure from error
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            if not is_new and not session.sent_mail:
                raise _ClosedMeanwhile from error
            raise TemporaryFailure(f"mail server: {type(error).__name__}") from error
        self._kept.used_at = time.monotonic()
        return _ACCEPTED  # smtplib keeps the code to itself, but any other would have raised

    def _session(self) -> tuple[SmtpSession, bool]:
        """This thread's connection, and whether it is a new one."""
        kept: SmtpSession | None = getattr(self._kept, "session", None)
        if kept is not None and (time.monotonic() - self._kept.used_at < _FRESH_S or _answers(kept)):
            return kept, False
        self.close()
        try:
            session = open_session(self._settings, mail_timeout_s=self._mail_timeout_s)
        except (smtplib.SMTPException, OSError) as error:
            raise TemporaryFailure(f"mail server: {type(error).__name__} while connecting") from error
        self._kept.session, self._kept.used_at = session, time.monotonic()
        return session, True

    def close(self) -> None:
        """Close this thread's connection; its next mail opens another."""
        kept: SmtpSession | None = getattr(self._kept, "session", None)
        if kept is not None:
            kept.close()
            self._kept.session = None


class OneMailSender(EmailSender):
    """Where mails are rare and somebody waits: no connection is kept, and the server is not waited for so long."""

    def __init__(self, settings: MailSettings) -> None:
        super().__init__(settings)
        self._mail_timeout_s = settings.smtp_timeout_s

    def send_digest(self, events: Sequence[Event]) -> int:
        try:
            return super().send_digest(events)
        finally:
            self.close()


def style_of(settings: MailSettings) -> MailStyle:
    """As these settings have it; links that end mails need a secret that signs them."""
    secret = settings.unsubscribe_link_secret
    return MailStyle(
        sender=settings.mail_from,
        zone=settings.zone,
        page_url=f"{settings.public_url}/",
        unsubscribe_url=UnsubscribeLinks(secret, settings.public_url).url if secret else None,
    )


def _options(session: SmtpSession, to: str) -> Sequence[str]:
    """Of MAIL FROM. Raises SMTPNotSupportedError where the server cannot take an address beyond ASCII (RFC 6531)."""
    if to.isascii():
        return ()
    if not session.has_extn("smtputf8"):
        raise smtplib.SMTPNotSupportedError("the server lacks SMTPUTF8")
    return ("SMTPUTF8", "BODY=8BITMIME")


def _answers(session: SmtpSession) -> bool:
    try:
        return session.noop()[0] == _ACCEPTED
    except (smtplib.SMTPException, OSError):
        return False


def _refusal(
    error: smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException,
) -> TemporaryFailure | PermanentFailure:
    code: int
    text: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        [(code, text)] = error.recipients.values()
    else:
        code, text = error.smtp_code, error.smtp_error
    said = text.decode("ascii", "replace") if isinstance(text, bytes) else text
    reason = f"the mail server answered {code} {' '.join(said.split())}"[:200]
    if isinstance(error, smtplib.SMTPSenderRefused):
        return TemporaryFailure(f"MAIL_FROM is refused: {reason}"[:200], status=code)
    if 500 <= code <= 599 and code not in _OUR_FAULT:
        return PermanentFailure(reason, status=code)
    return TemporaryFailure(reason, status=code)
