"""The pages behind the link of a mail that offers a seat, in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi.responses import HTMLResponse

from enrollment.domain.class_section import ClassSection
from enrollment.service.offers import ShownOffer
from kit.dates_in_words import in_words
from kit.errors import AppError
from kit.web import mail_pages
from kit.web.mail_pages import MailPage


@dataclass(frozen=True)
class _Words:
    """`refusals` by the code of the error."""

    section: str
    held: str
    until: str
    given_up: str
    accept: str
    decline: str
    thanks: str
    accepted: str
    declined: str
    refusals: Mapping[str, str]
    other: str

    def name(self, section: ClassSection) -> str:
        return f"{section.course_code} {section.class_name}, {self.section} {section.section_number}"


def shown(language: str, token: str, offer: ShownOffer) -> HTMLResponse:
    words = _WORDS[language]
    lines = [words.until.format(words.name(offer.section), in_words(offer.until, language))]
    if offer.given_up:
        lines.append(words.given_up.format(words.name(offer.given_up)))
    return MailPage(language, words.held, lines, _buttons(words, token)).reply()


def answered(language: str, *, accepted: bool) -> HTMLResponse:
    words = _WORDS[language]
    return MailPage(language, words.thanks, [words.accepted if accepted else words.declined]).reply()


def refused(language: str, token: str, error: AppError) -> HTMLResponse:
    words = _WORDS[language]
    return mail_pages.refused(language, error, words.refusals.get(error.code(), words.other), _buttons(words, token))


def _buttons(words: _Words, token: str) -> tuple[tuple[str, str], ...]:
    return (words.accept, f"/offer/{token}/accept"), (words.decline, f"/offer/{token}/decline")


_WORDS = {
    "en": _Words(
        section="section",
        held="A seat is held for you",
        until="{}: the seat is yours if you accept it by {}.",
        given_up="If you accept it, your seat in {} is given up at the same moment.",
        accept="Accept the seat",
        decline="Decline it and leave the line",
        thanks="Thank you",
        accepted="You have the seat.",
        declined="You have left the line; the seat goes to the next.",
        refusals={
            "offer_link_unknown": "This link is not whole: copy all of it from the mail, or log in to see your offers.",
            "no_offer": "This offer was answered already, or its time is over. Log in to see where you stand.",
            "not_waiting": "You are not in this line any more. Log in to see where you stand.",
            "seated_not_waiting": "You have the seat already.",
            "seat_in_course": "You have a seat in another section of this course, and only one may be held. "
            "Log in to swap it.",
            "class_unknown": "There is no such class any more.",
        },
        other="Log in to see where you stand.",
    ),
    "de": _Words(
        section="Gruppe",
        held="Ein Platz wird für Sie freigehalten",
        until="{}: Der Platz gehört Ihnen, wenn Sie ihn bis {} annehmen.",
        given_up="Wenn Sie ihn annehmen, geben Sie im selben Moment Ihren Platz in {} auf.",
        accept="Den Platz annehmen",
        decline="Ablehnen und die Warteliste verlassen",
        thanks="Danke",
        accepted="Sie haben den Platz.",
        declined="Sie haben die Warteliste verlassen; der Platz geht an die Nächsten.",
        refusals={
            "offer_link_unknown": "Dieser Link ist nicht vollständig: kopieren Sie ihn ganz aus der E-Mail, oder "
            "melden Sie sich an, um Ihre Angebote zu sehen.",
            "no_offer": "Dieses Angebot ist schon beantwortet, oder seine Frist ist vorbei. Melden Sie sich an, um zu "
            "sehen, wo Sie stehen.",
            "not_waiting": "Sie stehen nicht mehr auf dieser Warteliste. Melden Sie sich an, um zu sehen, "
            "wo Sie stehen.",
            "seated_not_waiting": "Sie haben den Platz schon.",
            "seat_in_course": "Sie haben einen Platz in einem anderen Kurs dieses Fachs, und nur einer ist erlaubt. "
            "Melden Sie sich an, um ihn zu tauschen.",
            "class_unknown": "Diesen Kurs gibt es nicht mehr.",
        },
        other="Melden Sie sich an, um zu sehen, wo Sie stehen.",
    ),
    "es": _Words(
        section="grupo",
        held="Se le guarda una plaza",
        until="{}: la plaza es suya si la acepta antes de {}.",
        given_up="Si la acepta, deja en el mismo momento su plaza en {}.",
        accept="Aceptar la plaza",
        decline="Rechazarla y dejar la lista de espera",
        thanks="Gracias",
        accepted="La plaza es suya.",
        declined="Ha dejado la lista de espera; la plaza va a la siguiente persona.",
        refusals={
            "offer_link_unknown": "Este enlace no está completo: cópielo entero del correo, o entre para ver "
            "sus ofertas.",
            "no_offer": "Esta oferta ya se respondió o su plazo ha terminado. Entre para ver cómo está.",
            "not_waiting": "Ya no está en esta lista de espera. Entre para ver cómo está.",
            "seated_not_waiting": "La plaza ya es suya.",
            "seat_in_course": "Tiene una plaza en otro grupo de esta asignatura y solo se puede tener una. "
            "Entre para cambiarla.",
            "class_unknown": "Este curso ya no existe.",
        },
        other="Entre para ver cómo está.",
    ),
}
