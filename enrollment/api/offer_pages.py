"""The pages behind the link of a mail that offers a seat, in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi.responses import HTMLResponse

from enrollment.domain.class_section import ClassSection
from enrollment.service.offers import ShownOffer
from kit.dates_in_words import in_words
from kit.errors import AppError, Unavailable
from kit.web.mail_pages import MailPage


@dataclass(frozen=True)
class _Words:
    """`refusals` by the code of the error."""

    home: str
    section: str
    held: str
    until: str
    given_up: str
    accept: str
    decline: str
    thanks: str
    accepted: str
    declined: str
    refused: str
    refusals: Mapping[str, str]
    again: str
    other: str

    def name(self, section: ClassSection) -> str:
        return f"{section.course_code} {section.class_name}, {self.section} {section.section_number}"


def shown(language: str, token: str, offer: ShownOffer) -> HTMLResponse:
    words = _WORDS[language]
    lines = [words.until.format(words.name(offer.section), in_words(offer.until, language))]
    if offer.given_up:
        lines.append(words.given_up.format(words.name(offer.given_up)))
    return MailPage(language, words.held, lines, words.home, _buttons(words, token)).reply()


def answered(language: str, *, accepted: bool) -> HTMLResponse:
    words = _WORDS[language]
    return MailPage(language, words.thanks, [words.accepted if accepted else words.declined], words.home).reply()


def refused(language: str, token: str, error: AppError) -> HTMLResponse:
    """What failed for now can be tried again at once."""
    words = _WORDS[language]
    passes = isinstance(error, Unavailable)
    text = words.again if passes else words.refusals.get(error.code(), words.other)
    buttons = _buttons(words, token) if passes else ()
    return MailPage(language, words.refused, [text], words.home, buttons).refusal(error)


def _buttons(words: _Words, token: str) -> tuple[tuple[str, str], ...]:
    return (words.accept, f"/offer/{token}/accept"), (words.decline, f"/offer/{token}/decline")


_WORDS = {
    "en": _Words(
        home="To the enrollment page",
        section="section",
        held="A seat is held for you",
        until="{}: the seat is yours if you accept it by {}.",
        given_up="If you accept it, your seat in {} is given up at the same moment.",
        accept="Accept the seat",
        decline="Decline it and leave the line",
        thanks="Thank you",
        accepted="You have the seat.",
        declined="You have left the line; the seat goes to the next.",
        refused="That did not work",
        refusals={
            "offer_link_unknown": "This link is not whole: copy all of it from the mail, or log in to see your offers.",
            "no_offer": "This offer was answered already, or its time is over. Log in to see where you stand.",
            "not_waiting": "You are not in this line any more. Log in to see where you stand.",
            "seated_not_waiting": "You have the seat already.",
            "seat_in_course": "You have a seat in another section of this course, and only one may be held. "
            "Log in to swap it.",
            "class_unknown": "There is no such class any more.",
        },
        again="A part of the system does not answer. Try again in a moment.",
        other="Log in to see where you stand.",
    ),
    "de": _Words(
        home="Zur Kursanmeldung",
        section="Gruppe",
        held="Ein Platz wird für Sie freigehalten",
        until="{}: Der Platz gehört Ihnen, wenn Sie ihn bis {} annehmen.",
        given_up="Wenn Sie ihn annehmen, geben Sie im selben Moment Ihren Platz in {} auf.",
        accept="Den Platz annehmen",
        decline="Ablehnen und die Warteliste verlassen",
        thanks="Danke",
        accepted="Sie haben den Platz.",
        declined="Sie haben die Warteliste verlassen; der Platz geht an die Nächsten.",
        refused="Das hat nicht geklappt",
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
        again="Ein Teil des Systems antwortet nicht. Versuchen Sie es gleich noch einmal.",
        other="Melden Sie sich an, um zu sehen, wo Sie stehen.",
    ),
    "es": _Words(
        home="A la página de inscripción",
        section="grupo",
        held="Se le guarda una plaza",
        until="{}: la plaza es suya si la acepta antes de {}.",
        given_up="Si la acepta, deja en el mismo momento su plaza en {}.",
        accept="Aceptar la plaza",
        decline="Rechazarla y dejar la lista de espera",
        thanks="Gracias",
        accepted="La plaza es suya.",
        declined="Ha dejado la lista de espera; la plaza va a la siguiente persona.",
        refused="No ha sido posible",
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
        again="Una parte del sistema no responde. Inténtelo de nuevo en un momento.",
        other="Entre para ver cómo está.",
    ),
}
