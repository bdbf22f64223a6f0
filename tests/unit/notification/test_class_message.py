"""The mail of an instructor's message."""

from notification.domain.event import ClassMessage
from tests.support.mailbox import body
from tests.unit.notification.test_mail import EVENT, mail_of

MESSAGE = ClassMessage(
    **EVENT.model_dump()
    | {
        "type": "class.message",
        "message": "Message of lovelace: Room change",
        "course_code": "CPSC 449",
        "class_name": "Web",
        "title": "Raumänderung",
        "text": "We meet in <CS 101>.\n\nBring your laptops.",
        "sender": "lovelace",
        "reply_to": "lovelace@example.com",
    }
)


def test_it_says_what_was_written_and_who_wrote_it_and_answers_go_there() -> None:
    mail = mail_of(MESSAGE)
    assert (mail["Subject"], mail["Reply-To"]) == ("CPSC 449: Raumänderung", "lovelace@example.com")
    lines = body(mail, "plain").splitlines()
    assert lines[:6] == ["Raumänderung", "", "We meet in <CS 101>.", "", "Bring your laptops.", ""]
    assert lines[6] == "lovelace, CPSC 449: Web"
    assert "We meet in &lt;CS 101&gt;.<br>" in body(mail, "html")


def test_it_is_no_notice_that_could_be_ended() -> None:
    assert mail_of(MESSAGE)["List-Unsubscribe"] is None
    assert "No more mails" not in body(mail_of(MESSAGE), "plain")


def test_in_a_digest_it_stands_beside_the_others() -> None:
    mail = mail_of(EVENT, MESSAGE.model_copy(update={"id": EVENT.id[::-1]}))
    assert "Bring your laptops." in body(mail, "plain")
    assert EVENT.message in body(mail, "plain")
    assert mail["Reply-To"] is None
