"""The mail that tells a student of a seat."""

from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import idna

from notification.domain.event import Event
from notification.domain.outcome import PermanentFailure


def compose(event: Event, *, sender: str, now: datetime) -> EmailMessage:
    """The mail as RFC 5322 wants it: the same Message-ID on every attempt, so that mail readers can drop a copy.

    Values are set through header objects, which refuse line breaks, so no header can be smuggled in.

    Raises:
        PermanentFailure: the address cannot stand in a header.
    """
    mail = EmailMessage(policy=SMTP)
    try:
        mail["From"] = Address(addr_spec=sender)
        mail["To"] = _header_address(envelope_address(event.email or ""))
    except (MessageError, ValueError, IndexError) as error:
        raise PermanentFailure("the e-mail address cannot be written into a mail") from error
    mail["Subject"] = event.subject
    mail["Date"] = format_datetime(now.astimezone(UTC))
    mail["Message-ID"] = f"<{event.id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation replies to this
    mail.set_content(event.mail_text + "\n")
    return mail


def envelope_address(text: str) -> str:
    """The address as SMTP wants it.

    An internationalised domain is written in ASCII (`xn--`, RFC 5890): any mail server takes that. Only a local part
    beyond ASCII needs a server that can do SMTPUTF8 (RFC 6531), and goes there as it is.
    """
    local, _, domain = text.rpartition("@")
    if text.isascii() or not local.isascii():
        return text
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError:
        return text


def _header_address(text: str) -> Address:
    if text.isascii():
        return Address(addr_spec=text)
    # addr_spec calls a local part beyond ASCII (RFC 6531) a defect; its parts are taken, and quoted where they must.
    local, _, domain = text.rpartition("@")
    return Address(username=local, domain=domain)
