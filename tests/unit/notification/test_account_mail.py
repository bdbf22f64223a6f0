"""The mails about accounts: with a link, in the language that was asked for, and in no list of what was sent."""

import pytest

from etc.contracts.account_mails import Purpose, body
from kit.errors import Unavailable
from notification.consumer.attempt_log import AttemptLog
from notification.domain.attempt import Attempt
from notification.domain.event import Event, decode
from notification.domain.outcome import Ack
from notification.domain.retries import RetrySchedule
from tests.support.mailbox import body as part_of
from tests.unit.notification.test_mail import NOW, mail_of

LINK = "https://enroll.example.edu/#reset=13.secret"


def event(purpose: Purpose = "reset", language: str = "en") -> Event:
    who = {"user_id": 13, "username": "jo", "email": "jo@example.com"}
    times = {"valid_until": "2026-11-22T12:30:00Z", "now": "2026-11-22T12:00:00Z"}
    return decode(body(**who, **times, purpose=purpose, link=LINK, language=language)[1])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("purpose", "language", "subject", "said"),
    [
        ("reset", "en", "A new password for jo", "asked for a new password for the account jo"),
        ("verify", "en", "Is this your address, jo?", "this is the address of the account jo"),
        ("reset", "de", "Ein neues Passwort für jo", "will ein neues Passwort für das Konto jo"),
        ("verify", "de", "Ist das Ihre Adresse, jo?", "als die des Kontos jo"),
        ("reset", "es", "Una contraseña nueva para jo", "pidió una contraseña nueva para la cuenta jo"),
        ("verify", "es", "¿Es esta su dirección, jo?", "la dirección de la cuenta jo"),
    ],
)
def test_it_says_what_the_link_does_and_until_when(purpose: Purpose, language: str, subject: str, said: str) -> None:
    mail = mail_of(event(purpose, language))
    assert (mail["Subject"], mail["To"], mail["List-Unsubscribe"]) == (subject, "jo@example.com", None)
    text = part_of(mail, "plain")
    assert said in text.splitlines()[0]
    assert f": {LINK}" in text
    assert "12:30 UTC" in text
    assert f'href="{LINK}"' in part_of(mail, "html")


def test_it_is_in_no_list_of_deliveries() -> None:
    class Refusing:
        def add_all(self, *_: object) -> list[bool | Unavailable]:
            raise AssertionError("it was logged")

    log = AttemptLog("email", Refusing(), RetrySchedule((1,)), lambda _: None)
    log.log_attempts([(None, event(), Ack(Attempt(NOW)))])  # type: ignore[list-item]
