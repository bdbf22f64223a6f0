"""The mails that tell students of seats: one notice each, or a digest of several to one student.

A mail is `multipart/alternative`: plain text, whose first line is the notice's sentence as it is, and the same as HTML
without images, scripts or anything fetched. Where a link secret is set, `List-Unsubscribe` leads to the page that ends
mails, with one click (RFC 8058).
"""

import hashlib
import quopri
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.utils import format_datetime
from html import escape

import idna

from notification.domain.event import ONE_ADDRESS, AccountMail, ClassMessage, EnrollmentOffered, Event
from notification.domain.mail_words import Words, words_of
from notification.domain.outcome import PermanentFailure

_ADDRESS = re.compile(ONE_ADDRESS.strip("^$"))
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_LONGEST_LINE = 900  # SMTP takes 998 bytes
_LINE_ENDS = re.compile("\r\n|\r|\n")
_ALL_CLASSES = 0


@dataclass(frozen=True)
class MailStyle:
    """The common part of all mails.

    `unsubscribe_url` of a student and class (0: of all classes); None where there is no link.
    """

    sender: str
    zone: tzinfo = UTC
    page_url: str | None = None
    unsubscribe_url: Callable[[int, int, str], str] | None = None


@dataclass(frozen=True)
class Mail:
    """The recipient as SMTP wants it, and the mail as RFC 5322 does, its lines ended by CRLF."""

    to: str
    content: bytes


@dataclass(frozen=True)
class _Link:
    label: str
    url: str


def compose(events: Sequence[Event], style: MailStyle, now: datetime) -> Mail:
    """The mail of these events of one student: the same Message-ID on every attempt, so that readers can drop a copy.

    Raises:
        PermanentFailure: the address cannot stand in a header.
    """
    to = envelope_address(events[0].email or "")
    _require_one_address(to)
    words = words_of(events[0])
    unsubscribe = _unsubscribe(events, style, words)
    links = [_Link(words.your_classes, style.page_url)] if style.page_url else []
    links += [unsubscribe] if unsubscribe else []
    message_id = _message_id(events)
    headers = [
        f"From: {style.sender}",
        f"To: {to}",
        f"Subject: {_in_a_header(_subject(events, words))}",
        f"Date: {format_datetime(now.astimezone(UTC))}",
        f"Message-ID: <{message_id}@{style.sender.rpartition('@')[2]}>",
        "Auto-Submitted: auto-generated",  # RFC 3834: no vacation replies to this
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative; boundary="={message_id}"',
    ]
    if isinstance(events[0], ClassMessage) and len(events) == 1:
        _require_one_address(events[0].reply_to)
        headers.append(f"Reply-To: {events[0].reply_to}")
    if len(events) > 1:
        headers.append("X-Event-IDs: " + "\r\n ".join(event.id for event in events))
    if unsubscribe:
        headers += [f"List-Unsubscribe: <{unsubscribe.url}>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"]
    told = [_told(event, words, style.zone) for event in events]
    parts = [_part("plain", _as_text(told, links)), _part("html", _as_html(told, links, words.language))]
    lines = [*headers, "", *(f"--={message_id}\r\n{part}" for part in parts), f"--={message_id}--", ""]
    return Mail(to, "\r\n".join(lines).encode())


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


def _require_one_address(text: str) -> None:
    """Of a well-formed event it is one; what could be more, or could end its header, is refused all the same.

    Most have nothing that a parser, which takes as long as all the rest of a mail, could find fault with.
    """
    if _PLAIN_ADDRESS.fullmatch(text):
        return
    try:
        if not _ADDRESS.fullmatch(text):
            raise ValueError("no address")
        if text.isascii():
            Address(addr_spec=text)
    except (MessageError, ValueError, IndexError) as error:
        raise PermanentFailure("the e-mail address cannot be written into a mail") from error


def _message_id(events: Sequence[Event]) -> str:
    if len(events) == 1:
        return events[0].id
    return f"digest-{hashlib.sha256(' '.join(event.id for event in events).encode()).hexdigest()[:32]}"


def _subject(events: Sequence[Event], words: Words) -> str:
    first = words.subject(events[0])
    return first if len(events) == 1 else words.digest.format(count=len(events), first=first)


def _in_a_header(text: str) -> str:
    """As encoded words where it is not ASCII (RFC 2047)."""
    return text if text.isascii() else Header(text, "utf-8").encode(linesep="\r\n")


def _unsubscribe(events: Sequence[Event], style: MailStyle, words: Words) -> _Link | None:
    first = events[0]
    if style.unsubscribe_url is None or not all(event.is_notice for event in events):
        return None
    classes = {event.class_id for event in events}
    if len(classes) == 1:
        return _Link(words.unsubscribe, _url(style, first, first.class_id))
    return _Link(words.unsubscribe_all, _url(style, first, _ALL_CLASSES))


def _url(style: MailStyle, event: Event, class_id: int) -> str:
    assert style.unsubscribe_url is not None
    return style.unsubscribe_url(event.student_id, class_id, event.email or "")


@dataclass(frozen=True)
class _Told:
    """Of one event: the sentence and what follows it, what the student can do about it (a label and a URL for each),
    and what holds the registrar to the class's history."""

    lines: list[str]
    actions: list[tuple[str, str]]
    proof: list[str]


def _told(event: Event, words: Words, zone: tzinfo) -> _Told:
    proof = [words.history_entry(event.history)] if event.history else []
    return _Told(_lines(event, words, zone), _actions(event, words), proof)


def _lines(event: Event, words: Words, zone: tzinfo) -> list[str]:
    """The sentence, the class if the event names it and the sentence does not, and when."""
    named = ": ".join(filter(None, (event.course_code, event.class_name)))
    if isinstance(event, ClassMessage):
        return [event.title, "", *event.text.split("\n"), "", ", ".join(filter(None, (event.sender, named)))]
    lines = [words.sentence(event)]
    if named and not words.names_class(event):
        lines.append(named)
    lines.append(words.moment(event.occurred_at, zone))
    if isinstance(event, EnrollmentOffered):
        lines.append(f"{words.answer_by} {words.moment(event.offered_until, zone)}")
    if isinstance(event, AccountMail):
        lines.append(f"{words.open_by} {words.moment(event.valid_until, zone)}")
    return lines


def _actions(event: Event, words: Words) -> list[tuple[str, str]]:
    if isinstance(event, AccountMail):
        return [(words.open, event.link)]
    return [(words.answer, event.link)] if isinstance(event, EnrollmentOffered) and event.link else []


def _as_text(told: Sequence[_Told], links: Sequence[_Link]) -> str:
    paragraphs = ["\n".join([*one.lines, *map(": ".join, one.actions), *one.proof]) for one in told]
    return "\n\n".join([*paragraphs, *(f"{link.label}: {link.url}" for link in links)]) + "\n"


def _as_html(told: Sequence[_Told], links: Sequence[_Link], language: str) -> str:
    paragraphs = []
    for one in told:
        sentence, *details = map(escape, one.lines)
        actions = [f'<a href="{escape(url)}">{escape(label)}</a>' for label, url in one.actions]
        lines = [f"<p><strong>{sentence}</strong>", *details, *actions, *map(escape, one.proof)]
        paragraphs.append("<br>\n".join(lines) + "</p>")
    paragraphs += [f'<p><a href="{escape(link.url)}">{escape(link.label)}</a></p>' for link in links]
    body = "\n".join(paragraphs)
    style = "font-family: sans-serif; overflow-wrap: anywhere"  # the 64 characters of a hash on a phone
    opened = f'<!DOCTYPE html>\n<html lang="{language}">\n<body style="{style}">'
    return f"{opened}\n{body}\n</body>\n</html>\n"


def _part(kind: str, text: str) -> str:
    """Readable as it stands wherever it can be: 7bit, or else quoted-printable (RFC 2045 §6.7)."""
    lines = _LINE_ENDS.split(text)
    encoding = "7bit"
    if not text.isascii() or "\x00" in text or max(map(len, lines)) > _LONGEST_LINE:
        encoding = "quoted-printable"
        lines = quopri.encodestring("\n".join(lines).encode()).decode("ascii").split("\n")
    head = [f"Content-Type: text/{kind}; charset=utf-8", f"Content-Transfer-Encoding: {encoding}", ""]
    return "\r\n".join([*head, *lines])
