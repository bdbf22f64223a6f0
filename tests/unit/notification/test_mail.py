from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis.strategies import from_regex

from notification.domain.event import ONE_ADDRESS as EMAIL_PATTERN
from notification.domain.event import EnrollmentPromoted
from notification.domain.mail import compose
from notification.domain.outcome import PermanentFailure

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


def test_the_mail_is_the_same_on_every_attempt_but_for_its_date() -> None:
    first = compose(EVENT, sender="cpsc449-backend@no-reply.com", now=NOW)
    assert first["Message-ID"] == "<0192f0c1-2b7a-7c3d-9e4f-5a6b7c8d9e0f@no-reply.com>"
    assert first["Subject"] == "Enrolled in Class 2"
    assert first["Date"] == "Sun, 22 Nov 2026 12:00:00 +0000"
    assert first.get_content() == "Student with id: 4 has been enrolled in Class 2\n"


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
    event = EVENT.model_copy(update={"email": address})
    with pytest.raises(PermanentFailure):
        compose(event, sender="cpsc449-backend@no-reply.com", now=NOW)


def test_line_breaks_in_the_sentence_stay_in_the_body() -> None:
    event = EVENT.model_copy(update={"message": "hello\r\nBcc: eve@example.com\r\n\r\n.\r\nQUIT"})
    mail = compose(event, sender="cpsc449-backend@no-reply.com", now=NOW)
    headers, _, body = mail.as_bytes().partition(b"\r\n\r\n")
    assert b"Bcc" not in headers
    assert b"Bcc" in body


@given(from_regex(EMAIL_PATTERN, fullmatch=True).filter(lambda text: len(text) <= 254))
def test_any_address_an_event_may_hold_makes_a_mail_to_one_recipient_or_is_refused(address: str) -> None:
    try:
        mail = compose(EVENT.model_copy(update={"email": address}), sender="cpsc449-backend@no-reply.com", now=NOW)
    except PermanentFailure:
        return
    assert len(mail["To"].addresses) == 1
    assert b"\nBcc" not in mail.as_bytes()
