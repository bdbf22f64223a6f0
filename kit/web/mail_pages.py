"""The small pages behind links of mails: no script, nothing to log in to, in the language of the reader's browser.

Such a page shows itself and posts to where it is from, nothing else; no cache keeps it, no search engine lists it, and
its address, which holds the link's secret, is passed to nobody.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Annotated, Any

from fastapi import Depends, Header
from fastapi.responses import HTMLResponse

from kit.errors import AppError, Unavailable


@dataclass(frozen=True)
class _Words:
    """The words that all such pages share. `home` is the label of the link to the live page."""

    home: str
    refused: str
    again: str


_WORDS = {
    "en": _Words(
        home="To the enrollment page",
        refused="That did not work",
        again="A part of the system does not answer. Try again in a moment.",
    ),
    "de": _Words(
        home="Zur Kursanmeldung",
        refused="Das hat nicht geklappt",
        again="Ein Teil des Systems antwortet nicht. Versuchen Sie es gleich noch einmal.",
    ),
    "es": _Words(
        home="A la página de inscripción",
        refused="No ha sido posible",
        again="Una parte del sistema no responde. Inténtelo de nuevo en un momento.",
    ),
}
LANGUAGES = tuple(_WORDS)

# As the live page looks (krakend/pages/static/page.css); every contrast is 4.5:1 or more.
_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  --ground: #f4f5f2; --panel: #fff; --ink: #1b2427; --edge: #56636a; --own: #0b5d5b; --own-ink: #fff; --focus: #1a4fd0 }
@media (prefers-color-scheme: dark) { :root {
  --ground: #12181a; --panel: #1b2326; --ink: #e8edec; --edge: #a4b1b3; --own: #6fd3c6; --own-ink: #06201e;
  --focus: #9dbdff } }
body { margin: 0; padding: 1rem; color: var(--ink); background: var(--ground); overflow-wrap: anywhere }
main { max-width: 34rem; margin: 2rem auto; padding: 1.5rem; background: var(--panel); border-radius: 10px }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.2 }
form { display: inline-block; margin: .5rem .5rem .5rem 0 }
button { font: inherit; font-weight: 600; min-height: 2.75rem; padding: .4rem 1.1rem; border-radius: 8px;
  cursor: pointer; border: 1px solid var(--own); color: var(--own-ink); background: var(--own) }
form + form button { color: var(--ink); background: transparent; border-color: var(--edge) }
a { color: var(--own); display: inline-block; padding: .4rem 0 }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px }
"""
_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="icon" href="/pages/icon.svg" type="image/svg+xml"><style>{style}</style></head>
<body><main><h1>{title}</h1>{rest}</main></body></html>
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
    "X-Robots-Tag": "noindex",
}


@dataclass(frozen=True)
class MailPage:
    """`buttons` by their labels: where each posts to, empty for the page's own address. The first is what most want."""

    language: str
    title: str
    lines: Sequence[str]
    buttons: Sequence[tuple[str, str]] = ()

    def reply(self, status: int = 200) -> HTMLResponse:
        lines = "".join(f"<p>{escape(line)}</p>" for line in self.lines)
        rest = f'{lines}{"".join(map(_form, self.buttons))}<p><a href="/">{escape(_WORDS[self.language].home)}</a></p>'
        page = _PAGE.format(language=self.language, title=escape(self.title), style=_STYLE, rest=rest)
        return HTMLResponse(page, status, {**_HEADERS, "Content-Language": self.language})


def refused(language: str, error: AppError, why: str, buttons: Sequence[tuple[str, str]]) -> HTMLResponse:
    """With the status of the error. A passing failure says so instead, and the buttons try again."""
    words = _WORDS[language]
    if not isinstance(error, Unavailable):
        return MailPage(language, words.refused, [why]).reply(error.status)
    reply = MailPage(language, words.refused, [words.again], buttons).reply(error.status)
    reply.headers["Retry-After"] = str(error.retry_after_s)
    return reply


def preferred_language(accepted: str | None) -> str:
    """The one of LANGUAGES that an Accept-Language header likes best (RFC 9110 §12.5.4); English if it names none."""
    liked = [_weighed(part) for part in (accepted or "").split(",")]
    known = [(weight, name) for weight, name in liked if name in LANGUAGES and weight > 0]
    return max(known, key=lambda one: one[0])[1] if known else LANGUAGES[0]


def _weighed(part: str) -> tuple[float, str]:
    name, _, weight = part.partition(";")
    _, _, quality = weight.partition("=")
    try:
        return float(quality or 1), name.strip().lower().partition("-")[0]
    except ValueError:
        return 0, ""


def _of_the_browser(
    accept_language: Annotated[str | None, Header(description="what the reader likes", examples=["de"])] = None,
) -> str:
    return preferred_language(accept_language)


ReaderLanguage = Annotated[str, Depends(_of_the_browser)]


def pages(**texts: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries for replies that are pages, as kit.web.app.problems has them for those that are JSON."""
    html: Mapping[str, Any] = {"text/html": {"schema": {"type": "string"}}}
    return {int(status.lstrip("_")): {"description": text, "content": html} for status, text in texts.items()}


def _form(button: tuple[str, str]) -> str:
    label, action = button
    to = f' action="{escape(action)}"' if action else ""
    return f'<form method="post"{to}><button>{escape(label)}</button></form>'
