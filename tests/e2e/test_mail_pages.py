"""The small pages behind links of mails, in a browser: in each language, on a phone, by the keyboard alone."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from fastapi.responses import HTMLResponse
from playwright.sync_api import Browser, Page, expect

from enrollment.api import offer_pages
from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.errors import NoOffer
from enrollment.service.offers import ShownOffer
from kit.errors import Unavailable
from notification.api import unsubscribe
from notification.domain.mail_links import UnsubscribeLinks
from notification.domain.subscription import Subscription
from notification.service.unsubscribing import Unsubscribing
from tests.e2e import system
from tests.e2e.browser import violations

pytestmark = pytest.mark.browser

HELD = ClassSection(
    class_id=987,
    course_code="CPSC 449",
    section_number=2,
    class_name="Web Back-End Engineering for People with Very Long Titles and_no_space_to_break_lines_at_all",
    department="Computer Science",
    instructor_id=5,
    max_capacity=2,
    waitlist_maximum=5,
    current_enrollment=1,
    current_waitlist=3,
    status=ClassStatus.ACTIVE,
    version=1,
    line_version=1,
)
OFFER = ShownOffer(HELD, datetime(2026, 11, 22, 17, 30, tzinfo=UTC), replace(HELD, class_id=986, section_number=1))
TOKEN = UnsubscribeLinks("a secret for tests").url(654, 987, "jo@x.org").rpartition("/")[2]


class NoSubscriptions:
    def get(self, student_id: int, class_id: int) -> Subscription | None:
        return None


def service(name: str | None = "CPSC 449 Web") -> Unsubscribing:
    return Unsubscribing(NoSubscriptions(), UnsubscribeLinks("a secret for tests"), lambda _: name)  # type: ignore[arg-type]


def shown(language: str) -> HTMLResponse:
    return offer_pages.shown(language, "t", OFFER)


def asked(language: str) -> HTMLResponse:
    return unsubscribe.ask(service(), language, TOKEN)


PAGES: Mapping[str, Callable[[str], HTMLResponse]] = {
    "offer": shown,
    "accepted": lambda language: offer_pages.answered(language, accepted=True),
    "declined": lambda language: offer_pages.answered(language, accepted=False),
    "over": lambda language: offer_pages.refused(language, "t", NoOffer(654, 987)),
    "away": lambda language: offer_pages.refused(language, "t", Unavailable("no store")),
    "unsubscribe": asked,
    "unsubscribe-unnamed": lambda language: unsubscribe.ask(service(None), language, TOKEN),
    "unsubscribed": lambda language: unsubscribe.end(service(), language, TOKEN),
    "unsubscribe-unknown": lambda language: unsubscribe.ask(service(), language, "x"),
}


def show(page: Page, made: HTMLResponse) -> None:
    """The page as the service sends it, whatever is asked for."""
    reply = {"status": made.status_code, "headers": dict(made.headers), "body": bytes(made.body)}
    page.route("http://mails.test/**", lambda route: route.fulfill(**reply))
    page.goto("http://mails.test/offer/t")


def posted(page: Page, *keys: str) -> str:
    """Where these keys post to; the page that comes of it is there."""
    with page.expect_request(lambda asked: asked.method == "POST") as sent, page.expect_navigation():
        for key in keys:
            page.keyboard.press(key)
    return sent.value.url


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("de", 390), ("es", 390)])
def test_they_have_no_fault_that_axe_finds_fit_and_name_no_ids(browser: Browser, language: str, width: int) -> None:
    scheme = "dark" if width == 390 else "light"
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    for name, make in PAGES.items():
        show(page, make(language))
        assert violations(page) == "", name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        assert not re.search("654|98[67]|[{}]|None", page.locator("body").inner_text()), name
        page.screenshot(path=system.artifacts() / f"mail-{name}-{language}-{width}.png")
        page.unroute_all()
    page.close()


def test_every_page_is_worded_in_its_language() -> None:
    for name, make in PAGES.items():
        bodies = [bytes(make(language).body).decode() for language in ("en", "de", "es")]
        texts = [set(re.findall(r"<(?:h1|p|button)>([^<]+)", body)) for body in bodies]
        assert texts[0].isdisjoint(texts[1] | texts[2]), name
        assert texts[1].isdisjoint(texts[2]), name


def test_an_offer_is_accepted_or_declined_by_the_keyboard_alone(page: Page) -> None:
    show(page, shown("en"))
    expect(page.get_by_text("by Sunday, 22 November 2026, 17:30 UTC")).to_be_visible()
    expect(page.get_by_text("your seat in CPSC 449")).to_contain_text("section 1 is given up")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Accept the seat")).to_be_focused()
    assert posted(page, "Enter") == "http://mails.test/offer/t/accept"
    show(page, shown("en"))
    assert posted(page, "Tab", "Tab", "Tab", "Shift+Tab", "Enter") == "http://mails.test/offer/t/decline"


def test_mails_are_ended_by_the_keyboard_alone_at_the_link_itself(page: Page) -> None:
    show(page, asked("en"))
    assert posted(page, "Tab", "Enter") == "http://mails.test/offer/t"


def test_its_looks_are_those_of_the_live_page_under_its_own_policy(page: Page) -> None:
    show(page, shown("en"))
    accept = page.get_by_role("button", name="Accept the seat")
    expect(accept).to_have_css("background-color", "rgb(11, 93, 91)")
