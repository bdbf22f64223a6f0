"""The page behind `List-Unsubscribe` in mails (RFC 8058): looking changes nothing, only the button's POST ends mails.

Mail scanners follow every link, and mail readers POST to it when their own button is pressed; neither logs in.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import HTMLResponse

from kit.errors import AppError
from kit.web import mail_pages
from kit.web.app import COMMON_PROBLEMS
from kit.web.mail_pages import MailPage, ReaderLanguage, pages
from kit.web.wired import wired
from notification.domain.mail_links import Unsubscription
from notification.service.unsubscribing import Unsubscribing

router = APIRouter(
    prefix="/unsubscribe",
    tags=["subscriptions"],
    default_response_class=HTMLResponse,
    responses=COMMON_PROBLEMS
    | pages(_200="A page", _404="A page that says that the link is not one of ours", _503="A page that says to wait"),
)

Token = Annotated[str, Path(description="From the link in a mail", max_length=200, pattern=r"^[0-9A-Za-z._~=-]+$")]


@dataclass(frozen=True)
class _Words:
    """`{}` is what the mails are about: a class by its name, `one_class` without it, or `any_class`."""

    ask: str
    would: str
    button: str
    done: str
    ended: str
    one_class: str
    any_class: str
    unknown: str


Service = Annotated[Unsubscribing, Depends(wired("unsubscribing"))]


@router.get("/{token}", summary="Ask Whether To End Mails")
def ask(service: Service, language: ReaderLanguage, token: Token) -> HTMLResponse:
    """The page a link in a mail leads to, with a button. It changes nothing."""
    words = _WORDS[language]
    try:
        link = service.require(token)
    except AppError as error:
        return _refused(language, error)
    about = words.would.format(_about(service, link, words))
    return MailPage(language, words.ask, [about], [(words.button, "")]).reply()


@router.post("/{token}", summary="End Mails")
def end(service: Service, language: ReaderLanguage, token: Token) -> HTMLResponse:
    """Ends the mails, but not the webhooks, of the subscription that the link is about. Repeating it is allowed."""
    words = _WORDS[language]
    try:
        link = service.require(token)
        service.end(link)
    except AppError as error:
        return _refused(language, error)
    return MailPage(language, words.done, [words.ended.format(_about(service, link, words))]).reply()


def _about(service: Unsubscribing, link: Unsubscription, words: _Words) -> str:
    return (service.class_name(link) or words.one_class) if link.class_id else words.any_class


def _refused(language: str, error: AppError) -> HTMLResponse:
    words = _WORDS[language]
    return mail_pages.refused(language, error, words.unknown, [(words.button, "")])


_WORDS = {
    "en": _Words(
        ask="End these mails?",
        would="You would get no more mails about {}.",
        button="Send me no more mails",
        done="Done",
        ended="You get no more mails about {}. To get them again, switch its notices on.",
        one_class="this class",
        any_class="any class",
        unknown="This link is not one of ours, or not whole: copy all of it from the mail.",
    ),
    "de": _Words(
        ask="Diese E-Mails beenden?",
        would="Sie bekämen keine E-Mails mehr zu: {}.",
        button="Keine E-Mails mehr senden",
        done="Erledigt",
        ended="Sie bekommen keine E-Mails mehr zu: {}. Um wieder welche zu bekommen, schalten Sie die "
        "Benachrichtigungen ein.",
        one_class="diesem Kurs",
        any_class="allen Kursen",
        unknown="Dieser Link ist keiner von uns oder nicht vollständig: kopieren Sie ihn ganz aus der E-Mail.",
    ),
    "es": _Words(
        ask="¿No recibir más estos correos?",
        would="Ya no recibiría correos sobre {}.",
        button="No enviarme más correos",
        done="Hecho",
        ended="Ya no recibe correos sobre {}. Para recibirlos de nuevo, active los avisos.",
        one_class="este curso",
        any_class="ningún curso",
        unknown="Este enlace no es nuestro o no está completo: cópielo entero del correo.",
    ),
}
