"""The small pages behind links of mails: which language, what they may do, and that nothing in them is markup."""

import pytest

from kit.errors import Unavailable
from kit.web.mail_pages import MailPage, preferred_language, refused


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("de", "de"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("fr;q=1, de-AT;q=0.4, en;q=0.6", "en"),
        ("DE-de", "de"),
        ("de;q=0, es;q=0.1", "es"),
        ("de;q=much, es;q=0.1", "es"),
        ("fr, *", "en"),
        ("en;q=0.5, de;q=0.5", "en"),
        (";;;,,=", "en"),
    ],
)
def test_the_language_the_reader_likes_best_is_spoken(accepted: str | None, language: str) -> None:
    assert preferred_language(accepted) == language


def test_a_page_is_in_one_language_and_nothing_that_is_put_into_it_is_markup() -> None:
    reply = MailPage("de", "<Ja>", ['C# & "I/O"'], [("Los", "/offer/a&b")]).reply()
    text = bytes(reply.body).decode()
    assert '<html lang="de">' in text
    assert "<title>&lt;Ja&gt;</title>" in text
    assert "<p>C# &amp; &quot;I/O&quot;</p>" in text
    assert '<form method="post" action="/offer/a&amp;b"><button>Los</button></form>' in text
    assert reply.headers["Content-Language"] == "de"
    assert reply.headers["Vary"] == "Accept-Language"


def test_a_page_is_kept_by_no_cache_and_passes_its_address_to_nobody() -> None:
    headers = refused("en", Unavailable("away", 3), "", []).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Retry-After"] == "3"
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert "form-action 'self'" in headers["Content-Security-Policy"]
