"""A mail byte for byte, and the address it goes to (notification.domain.mail)."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from notification.domain.event import EnrollmentOffered
from notification.domain.mail import MailStyle, compose, envelope_address
from notification.domain.outcome import PermanentFailure

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
OFFERED = EnrollmentOffered(
    id="0192f0c1-2b7a-7c3d-9e4f-5a6b7c8d9e0f",
    type="enrollment.offered",
    occurred_at="2026-11-22T11:59:59Z",
    student_id=4,
    class_id=2,
    message="A seat in Class 2 is held for student 4",
    email="abhinav@example.com",
    proxy_url=None,
    course_code="CPSC 449",
    class_name="Web & Co",
    history_number=7,
    history_hash="f" * 64,
    offered_until="2026-11-22T12:30:00Z",
    link="https://enroll.example.edu/offer/t?a=1&b=2",
)
STYLE = MailStyle(
    "cpsc449-backend@no-reply.com",
    zone=ZoneInfo("America/Los_Angeles"),
    page_url="https://enroll.example.edu/",
    unsubscribe_url=lambda student, class_id, _: f"https://enroll.example.edu/unsubscribe/{student}.{class_id}",
)
HISTORY = (
    "This is entry 7 in the history of the class. Its check code no longer fits if anything up to it is changed: "
    + "f" * 64
)
PLAIN = f"""\
A seat in Class 2 is held for student 4
CPSC 449: Web & Co
Sunday, 22 November 2026, 03:59 PST
Answer by Sunday, 22 November 2026, 04:30 PST
Accept or decline it: https://enroll.example.edu/offer/t?a=1&b=2
{HISTORY}
"""
HTML = f"""\
<p><strong>A seat in Class 2 is held for student 4</strong><br>
CPSC 449: Web &amp; Co<br>
Sunday, 22 November 2026, 03:59 PST<br>
Answer by Sunday, 22 November 2026, 04:30 PST<br>
<a href="https://enroll.example.edu/offer/t?a=1&amp;b=2">Accept or decline it</a><br>
{HISTORY}</p>
"""
HEADERS = """\
From: cpsc449-backend@no-reply.com
To: abhinav@example.com
Subject: A seat in Class 2 is held for you
Date: Sun, 22 Nov 2026 12:00:00 +0000
Message-ID: <0192f0c1-2b7a-7c3d-9e4f-5a6b7c8d9e0f@no-reply.com>
Auto-Submitted: auto-generated
MIME-Version: 1.0
"""


def content(*events: EnrollmentOffered) -> str:
    mail = compose(events, STYLE, NOW)
    assert mail.to == "abhinav@example.com"
    return mail.content.decode().replace("\r\n", "\n")


def body(plain: str, html: str, about: str, link: str, boundary: str) -> str:
    return f"""
--={boundary}
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 7bit

{plain}
Your classes: https://enroll.example.edu/

No more mails about {about}: {link}

--={boundary}
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: 7bit

<!DOCTYPE html>
<html lang="en">
<body style="font-family: sans-serif; overflow-wrap: anywhere">
{html}<p><a href="https://enroll.example.edu/">Your classes</a></p>
<p><a href="{link}">No more mails about {about}</a></p>
</body>
</html>

--={boundary}--
"""


def test_an_offer_is_a_mail_with_its_answers_in_text_and_in_html() -> None:
    link = "https://enroll.example.edu/unsubscribe/4.2"
    assert content(OFFERED) == (
        f'{HEADERS}Content-Type: multipart/alternative; boundary="={OFFERED.id}"\n'
        f"List-Unsubscribe: <{link}>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n"
        + body(PLAIN, HTML, "this class", link, OFFERED.id)
    )


def test_a_digest_is_one_mail_with_the_ids_of_all_its_events() -> None:
    other = OFFERED.model_copy(update={"id": OFFERED.id[::-1], "class_id": 8, "link": None})
    actions = "Accept or decline it: https://enroll.example.edu/offer/t?a=1&b=2\n"
    plain = f"{PLAIN}\n{PLAIN.replace(actions, '')}"
    html = HTML + HTML.replace(HTML[HTML.index("<a href") : HTML.index("This is")], "")
    link = "https://enroll.example.edu/unsubscribe/4.0"
    message_id = "digest-e175c5d282efbc92d6b379c3f4723696"  # made of the ids of all
    headers = (
        HEADERS.replace(OFFERED.id, message_id)
        .replace("A seat", "2 notices: A seat")
        .replace("for you", "for you and more")
    )
    assert content(OFFERED, other) == (
        f'{headers}Content-Type: multipart/alternative; boundary="={message_id}"\n'
        f"X-Event-IDs: {OFFERED.id}\n {other.id}\n"
        f"List-Unsubscribe: <{link}>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n"
        + body(plain, html, "any class", link, message_id)
    )


@pytest.mark.parametrize(
    ("message", "encoding"),
    [("plain", "7bit"), ("Zoë", "quoted-printable"), ("a\x00b", "quoted-printable"), ("x" * 2000, "quoted-printable")],
)
def test_what_7bit_cannot_carry_is_quoted_printable(message: str, encoding: str) -> None:
    said = content(OFFERED.model_copy(update={"message": message}))
    assert said.count(f"Content-Transfer-Encoding: {encoding}\n") == 2


@pytest.mark.parametrize(("length", "encoding"), [(900, "7bit"), (901, "quoted-printable")])
def test_a_line_that_mail_servers_may_cut_is_quoted_printable(length: int, encoding: str) -> None:
    said = content(OFFERED.model_copy(update={"message": "x" * length}))
    assert said.partition("text/html")[0].count(f"Content-Transfer-Encoding: {encoding}\n") == 1


def test_the_date_is_in_utc_wherever_the_machine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert "Date: Sun, 22 Nov 2026 12:00:00 +0000\n" in content(OFFERED)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("jo@example.com", "jo@example.com"),
        ("jo@Bücher.example", "jo@xn--bcher-kva.example"),
        ("zoë@bücher.example", "zoë@bücher.example"),
        ("jo@..ü", "jo@..ü"),
    ],
)
def test_an_internationalised_domain_is_written_in_ascii(address: str, written: str) -> None:
    assert envelope_address(address) == written


@pytest.mark.parametrize("address", [None, "a b@c", "a.@example.com"])
def test_what_is_no_address_is_refused_in_words(address: str | None) -> None:
    with pytest.raises(PermanentFailure) as refusal:
        compose([OFFERED.model_copy(update={"email": address})], STYLE, NOW)
    assert str(refusal.value) == "the e-mail address cannot be written into a mail"
