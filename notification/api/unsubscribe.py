"""The page behind `List-Unsubscribe` in mails (RFC 8058): looking changes nothing, only the button's POST ends mails.

Mail scanners follow every link, and mail readers POST to it when their own button is pressed; neither logs in.
"""

from html import escape
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse

from kit.web.app import COMMON_PROBLEMS, problems
from notification.domain.mail_links import Unsubscription
from notification.service.unsubscribing import Unsubscribing

router = APIRouter(
    prefix="/unsubscribe",
    tags=["subscriptions"],
    default_response_class=HTMLResponse,
    responses=COMMON_PROBLEMS | problems(_404="The link is not one of ours"),
)

# Nothing is fetched, nothing runs, and the link is passed to nobody (as a referrer, say).
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>body {{ font-family: sans-serif; max-width: 34rem; margin: 3rem auto; padding: 0 1rem }}
button {{ font: inherit; padding: .6rem 1rem }}</style></head>
<body><h1>{title}</h1><p>{text}</p>{rest}</body></html>
"""
_BUTTON = '<form method="post"><button>Send me no more mails</button></form>'

Token = Annotated[str, Path(description="From the link in a mail", max_length=200, pattern=r"^[0-9A-Za-z._~=-]+$")]


def _service(request: Request) -> Unsubscribing:
    return cast("Unsubscribing", request.app.state.unsubscribing)


Service = Annotated[Unsubscribing, Depends(_service)]


@router.get("/{token}", summary="Ask Whether To End Mails")
def ask(service: Service, token: Token) -> HTMLResponse:
    """The page a link in a mail leads to, with a button. It changes nothing."""
    link = service.require(token)
    return _page("End these mails?", f"You would get no more mails about {_about(link)}.", _BUTTON)


@router.post("/{token}", summary="End Mails")
def end(service: Service, token: Token) -> HTMLResponse:
    """Ends the mails, but not the webhooks, of the subscription that the link is about. Repeating it is allowed."""
    link = service.require(token)
    service.end(link)
    return _page("Done", f"You get no more mails about {_about(link)}. To get them again, subscribe again.")


def _about(link: Unsubscription) -> str:
    return f"Class {link.class_id}" if link.class_id else "any class"


def _page(title: str, text: str, rest: str = "") -> HTMLResponse:
    return HTMLResponse(_PAGE.format(title=escape(title), text=escape(text), rest=rest), headers=_HEADERS)
