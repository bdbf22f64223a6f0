"""Mails in the language that was chosen with the subscription."""

from typing import Any

import pytest

from notification.domain.event import EndpointPaused, EnrollmentOffered, EnrollmentOfferEnded, EnrollmentPromoted, Event
from notification.domain.mail_words import words_of
from tests.support.mailbox import body
from tests.unit.notification.test_mail import EVENT, mail_of

COMMON = EVENT.model_dump(include=set(Event.model_fields)) | {"course_code": "CPSC 449", "class_name": "Café & Web"}
HISTORY = {"history_number": 7, "history_hash": "0" * 64}
OFFER = {"offered_until": "2026-11-22T17:30:00Z", "link": "https://enroll.example.edu/offer/x"}


def event(kind: type[Event], type_: str, language: str | None, **more: Any) -> Event:
    return kind(**{**COMMON, "type": type_, "language": language, **more})


def events(language: str | None) -> list[Event]:
    return [
        event(EnrollmentPromoted, "enrollment.promoted", language),
        event(EnrollmentOffered, "enrollment.offered", language, **HISTORY, **OFFER),
        event(EnrollmentOfferEnded, "enrollment.offer_ended", language, **HISTORY, reason="declined"),
        event(EnrollmentOfferEnded, "enrollment.offer_ended", language, **HISTORY, reason="expired"),
        event(EndpointPaused, "receiver.paused", language),
    ]


@pytest.mark.parametrize("language", ["de", "es"])
def test_every_event_has_words_that_name_the_class_and_no_id(language: str) -> None:
    for one in events(language):
        words = words_of(one)
        assert words.names_class(one), one.kind
        for text in (words.sentence(one), words.subject(one)):
            assert "CPSC 449 Café & Web" in text
            assert "{" not in text


def test_a_german_mail_is_german_throughout() -> None:
    mail = mail_of(events("de")[1])
    assert mail["Subject"] == "Ein Platz in CPSC 449 Café & Web wird für Sie freigehalten"
    assert body(mail, "plain").splitlines()[:5] == [
        "Ein Platz in CPSC 449 Café & Web wird für Sie freigehalten.",
        "Sonntag, 22. November 2026, 11:59 UTC",
        "Antworten Sie bis Sonntag, 22. November 2026, 17:30 UTC",
        "Annehmen oder ablehnen: https://enroll.example.edu/offer/x",
        "Das ist Eintrag 7 im Verlauf des Kurses. Sein Prüfcode passt nicht mehr, wenn bis dahin etwas geändert wird: "
        + "0" * 64,
    ]
    assert '<html lang="de">' in body(mail, "html")
    assert "Ihre Kurse" in body(mail, "html")
    assert "Keine E-Mails mehr zu diesem Kurs" in body(mail, "plain")


def test_a_spanish_digest_says_everything() -> None:
    one, other = events("es")[0], events("es")[2].model_copy(update={"id": EVENT.id[::-1], "class_id": 8})
    one = one.model_copy(update={"history_number": 6, "history_hash": "6" * 64})
    mail = mail_of(one, other)
    assert mail["Subject"] == "2 avisos: Plaza en CPSC 449 Café & Web y más"
    for text in ("Ha obtenido una plaza en", "Ha rechazado la plaza en", "domingo, 22 de noviembre de 2026"):
        assert text in body(mail, "plain")
    for number, check_code in (("6", "6" * 64), ("7", "0" * 64)):
        for kind in ("plain", "html"):
            [line] = [line for line in body(mail, kind).splitlines() if check_code in line]
            assert line.startswith(f"Es la entrada {number} en la historia del curso.")


@pytest.mark.parametrize("language", [None, "en", "fr"])
def test_english_and_what_is_not_known_are_as_the_founding_document_has_it(language: str | None) -> None:
    mail = mail_of(EVENT.model_copy(update={"language": language}))
    assert mail["Subject"] == "Enrolled in Class 2"
    assert body(mail, "plain").splitlines()[0] == "Student with id: 4 has been enrolled in Class 2"


def test_a_class_that_the_event_does_not_name_is_named_by_its_number() -> None:
    assert words_of(EVENT.model_copy(update={"language": "de"})).sentence(
        EVENT.model_copy(update={"language": "de"})
    ) == ("Sie haben einen Platz in Kurs 2 bekommen.")
