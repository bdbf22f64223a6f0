import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis.strategies import builds, characters, text

from notification.domain.event import ONE_ADDRESS as EMAIL_PATTERN
from notification.domain.event import EndpointPaused, EnrollmentPromoted, Event
from notification.domain.mail import MailStyle, compose
from notification.domain.mail_links import UnsubscribeLinks
from notification.domain.outcome import PermanentFailure
from tests.support.mailbox import body

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
EVENT = EnrollmentPromoted(
    id="0192f0c1-2b7a-7c3d-9e4f-5a6b7c8d9e0f",
    type="enrollment.promoted",
    occurred_at="2026-11-22T11:59:59Z",
    student_id=4,
    class_id=2,
    message="Student with id: 4 has been enrolled in Class 2",
    email="abhinav@example.com",
    proxy_url=None,
)
LINKS = UnsubscribeLinks("a secret for tests", "https://enroll.example.edu")
STYLE = MailStyle("cpsc449-backend@no-reply.com", page_url="https://enroll.example.edu/", unsubscribe_url=LINKS.url)


def mail_of(*events: Event, style: MailStyle = STYLE) -> EmailMessage:
    return read(compose(events, style, NOW).content)


def read(content: bytes) -> EmailMessage:
    mail = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    assert mail.defects == []
    return mail


def test_the_mail_is_the_same_on_every_attempt_but_for_its_date() -> None:
    first = mail_of(EVENT)
    assert first["Message-ID"] == "<0192f0c1-2b7a-7c3d-9e4f-5a6b7c8d9e0f@no-reply.com>"
    assert first["Subject"] == "Enrolled in Class 2"
    assert first["Date"] == "Sun, 22 Nov 2026 12:00:00 +0000"
    assert body(first, "plain").splitlines()[0] == "Student with id: 4 has been enrolled in Class 2"


def test_an_event_of_1_1_makes_a_mail_that_names_no_class() -> None:
    lines = body(mail_of(EVENT, style=MailStyle("a@example.com")), "plain").splitlines()
    assert lines == ["Student with id: 4 has been enrolled in Class 2", "Sunday, 22 November 2026, 11:59 UTC"]


def test_it_says_which_class_and_when_in_the_university_and_html_says_the_same() -> None:
    event = EVENT.model_copy(update={"course_code": "CPSC 449", "class_name": "Web <Back-End> & Café"})
    mail = mail_of(event, style=replace(STYLE, zone=ZoneInfo("America/Los_Angeles")))
    assert "CPSC 449: Web <Back-End> & Café\nSunday, 22 November 2026, 03:59 PST\n" in body(mail, "plain")
    assert "CPSC 449: Web &lt;Back-End&gt; &amp; Café<br>" in body(mail, "html")
    assert '<a href="https://enroll.example.edu/">Your classes</a>' in body(mail, "html")


def test_mails_can_be_ended_with_one_click() -> None:
    mail = mail_of(EVENT)
    link = LINKS.url(4, 2, "abhinav@example.com")
    assert mail["List-Unsubscribe"] == f"<{link}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in body(mail, "plain")
    paused = EndpointPaused(**{**EVENT.model_dump(include=set(Event.model_fields)), "type": "receiver.paused"})
    assert mail_of(paused)["List-Unsubscribe"] is None  # nobody subscribed to that


def test_a_digest_says_everything_and_ends_mails_about_all_classes() -> None:
    other = EVENT.model_copy(update={"id": EVENT.id[::-1], "class_id": 8, "message": "Another sentence"})
    mail = mail_of(EVENT, other)
    assert mail["Subject"] == "2 notices: Enrolled in Class 2 and more"
    assert mail["X-Event-IDs"].split() == [EVENT.id, other.id]
    assert mail["Message-ID"] == mail_of(EVENT, other)["Message-ID"] != mail_of(other, EVENT)["Message-ID"]
    assert mail["List-Unsubscribe"] == f"<{LINKS.url(4, 0, 'abhinav@example.com')}>"
    for event in (EVENT, other):
        assert event.message in body(mail, "plain").splitlines()
        assert event.message in body(mail, "html")


@given(text(), text(), text())
def test_whatever_is_said_stays_in_the_body_and_can_be_read_back(message: str, code: str, name: str) -> None:
    event = EVENT.model_copy(update={"message": message, "course_code": code, "class_name": name})
    try:
        content = compose([event], STYLE, NOW).content
    except UnicodeEncodeError:  # a surrogate, which no event can hold
        return
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 998
    mail = read(content)
    assert {part.get_content_type() for part in mail.iter_parts()} == {"text/plain", "text/html"}
    assert " ".join(body(mail, "plain").split()).startswith(" ".join(message.split()))


@pytest.mark.parametrize(
    "address",
    [
        "a@example.com\r\nBcc: eve@example.com",
        "a@example.com, eve@example.com",
        "<a@example.com>",
        "a b@c",
        "",
        "ö\r\nBcc: eve@example.com",
    ],
)
def test_an_address_can_not_smuggle_headers_or_recipients(address: str) -> None:
    with pytest.raises(PermanentFailure):
        mail_of(EVENT.model_copy(update={"email": address}))


def test_line_breaks_in_the_sentence_stay_in_the_body() -> None:
    event = EVENT.model_copy(update={"message": "hello\r\nBcc: eve@example.com\r\n\r\n.\r\nQUIT"})
    headers, _, rest = compose([event], STYLE, NOW).content.partition(b"\r\n\r\n")
    assert b"Bcc" not in headers
    assert b"Bcc" in rest


# Drawn by the pattern itself, a character at a time, they take three times as long.
OF_AN_ADDRESS = text(characters(min_codepoint=0x21, exclude_characters='\x7f@,;:<>()[]\\"'), min_size=1)
ADDRESSES = builds("{}@{}".format, OF_AN_ADDRESS, OF_AN_ADDRESS)


@given(ADDRESSES.filter(lambda address: len(address) <= 254 and re.search(EMAIL_PATTERN, address)))
def test_any_address_an_event_may_hold_makes_a_mail_to_one_recipient_or_is_refused(address: str) -> None:
    event = EVENT.model_copy(update={"email": address})
    try:
        content = compose([event], STYLE, NOW).content
    except (PermanentFailure, UnicodeEncodeError):
        return
    headers = content.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert sum(header.startswith(b"To: ") for header in headers) == 1
    assert len(read(content)["To"].addresses) == 1
