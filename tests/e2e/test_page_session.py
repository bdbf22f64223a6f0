"""Staying logged in on the live page: renewed in time, in all tabs at once, until it is logged out or over."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import log_in, until, violations
from tests.e2e.given_replies import GivenReplies, token
from tests.e2e.system import PAGES

pytestmark = pytest.mark.browser

REFRESH = "POST /user/refresh"


def granted(number: int, *, lifetime_s: float = 300, ends_in_s: float = 43_200) -> dict[str, Any]:
    """The reply to a login or refresh, with refresh token `number`."""
    return {
        "access_token": f"{token(['student'], lifetime_s)}{number}",
        "expires_in": lifetime_s,
        "refresh_token": f"refresh-{number}",
        "refresh_expires_in": 7200,
        "session_ends_in": ends_in_s,
    }


def enter(page: Page, **replies: Any) -> GivenReplies:
    given = GivenReplies(page, replies={key.replace("_", " /user/", 1): reply for key, reply in replies.items()})
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.get_by_role("heading", name="My classes")).to_be_visible()
    return given


def test_a_login_that_is_over_leads_back_to_the_door_and_leaves_nothing_behind(page: Page) -> None:
    given = GivenReplies(page, lifetime_s=6)
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.get_by_role("heading", name="My classes")).to_be_visible()
    expect(page.get_by_text("Your login has ended. Log in again.")).to_be_visible()
    assert page.evaluate("[sessionStorage.length, localStorage.length, document.cookie]") == [0, 0, ""]
    expect(page.locator("#student")).to_be_hidden()
    count = len(given.asked)
    page.wait_for_timeout(2_000)
    assert len(given.asked) == count


def test_two_minutes_before_a_login_ends_it_is_said(page: Page) -> None:
    page.clock.install()
    GivenReplies(page, lifetime_s=600)
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.get_by_role("heading", name="My classes")).to_be_visible()
    expect(page.locator("#news")).not_to_contain_text("Your login ends at")
    page.clock.fast_forward("08:05")
    expect(page.locator("#news")).to_contain_text("Your login ends at")


def test_a_token_that_the_gateway_refuses_leads_back_to_the_door(page: Page) -> None:
    given = GivenReplies(page)
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.get_by_role("heading", name="My classes")).to_be_visible()
    given.replies["GET /student/list"] = (401, {}, None)
    expect(page.get_by_text("Your login has ended. Log in again.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("User name")).to_be_visible()


def test_a_token_is_renewed_before_it_expires_and_nobody_notices(page: Page) -> None:
    given = enter(page, POST_login=granted(1, lifetime_s=2), POST_refresh=granted(2))
    page.evaluate("window.sameDocument = true")
    with page.expect_request(lambda asked: asked.headers.get("authorization", "").endswith("2"), timeout=10_000):
        until(page, lambda: given.times(REFRESH))
    page.wait_for_timeout(2_500)
    expect(page.get_by_role("heading", name="My classes")).to_be_visible()
    assert page.evaluate("window.sameDocument")
    assert len(given.times(REFRESH)) == 1


def test_a_renewal_that_fails_is_tried_again(page: Page) -> None:
    page.clock.install()
    given = enter(page, POST_login=granted(1), POST_refresh=(503, {"Retry-After": "1"}, {"detail": "busy"}))
    page.clock.fast_forward(241_000)
    until(page, lambda: given.times(REFRESH))
    given.replies[REFRESH] = granted(2)
    count = len(given.times(REFRESH))
    page.clock.fast_forward(6_000)
    until(page, lambda: len(given.times(REFRESH)) > count)
    expect(page.get_by_role("heading", name="My classes")).to_be_visible()
    until(page, lambda: stored(page)["refreshToken"] == "refresh-2")


def test_a_refused_token_is_renewed_and_the_question_asked_again(page: Page) -> None:
    given = enter(page, POST_login=granted(1), POST_refresh=granted(2))
    given.refused_tokens.add(stored(page)["token"])
    until(page, lambda: given.times(REFRESH))
    page.get_by_role("button", name="Enroll").first.click()
    until(page, lambda: given.times("POST /student/enroll/8"))
    expect(page.get_by_label("User name")).to_be_hidden()


def test_back_from_another_site_shows_nothing_of_who_has_logged_out_meanwhile(page: Page) -> None:
    """A page that the browser kept for "back" (bfcache) is told nothing of what other tabs do meanwhile."""
    enter(page, POST_login=granted(1))
    page.evaluate("localStorage.clear()")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page.get_by_label("User name")).to_be_visible()
    assert page.locator("#student").is_hidden()


def test_who_has_registered_and_could_not_be_logged_in_logs_in(page: Page) -> None:
    given = GivenReplies(page)
    given.replies["POST /user/register"] = (201, {}, {"id": 4})
    login, given.replies["POST /user/login"] = given.replies["POST /user/login"], (503, {}, {"detail": "busy"})
    page.goto(f"{PAGES}/")
    page.get_by_role("button", name="No account yet? Register").click()
    for label, value in (("User name", "jo"), ("E-mail", "jo@example.com"), ("Password", "a password for tests")):
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.locator("#login-problem")).to_have_text("busy")
    given.replies["POST /user/login"] = login
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("heading", name="My classes")).to_be_visible()
    assert len(given.times("POST /user/register")) == 1


def test_a_session_that_is_over_leads_back_to_the_door(page: Page) -> None:
    given = enter(page, POST_login=granted(1), POST_refresh=(401, {}, {"detail": "The session is over; log in again"}))
    given.refused_tokens.add(stored(page)["token"])
    expect(page.get_by_text("Your login has ended. Log in again.")).to_be_visible()
    assert page.evaluate("localStorage.length") == 0


def test_a_login_counts_in_all_tabs_and_so_does_logging_out(browser: Browser) -> None:
    context = browser.new_context()
    one, other = context.new_page(), context.new_page()
    GivenReplies(other)
    other.goto(f"{PAGES}/")
    enter(one, POST_login=granted(1), POST_logout={"message": "You are logged out"})
    for page in (one, other):
        expect(page.get_by_role("heading", name="My classes")).to_be_visible()
    other.reload()
    expect(other.get_by_role("heading", name="My classes")).to_be_visible()
    with one.expect_request("**/user/logout") as asked:
        one.get_by_role("button", name="Log out").click()
    assert asked.value.post_data_json == {"refresh_token": "refresh-1"}
    for page in (one, other):
        expect(page.get_by_label("User name")).to_be_visible()
    context.close()


def test_tabs_take_turns_to_renew_and_use_a_token_once(browser: Browser) -> None:
    context = browser.new_context()
    tabs = [context.new_page() for _ in range(3)]
    givens = [GivenReplies(tab) for tab in tabs[1:]]
    givens.insert(0, enter(tabs[0], POST_login=granted(1, lifetime_s=4)))
    for given in givens:
        given.replies[REFRESH] = granted(2)
    for tab in tabs[1:]:
        tab.goto(f"{PAGES}/")
        expect(tab.get_by_role("heading", name="My classes")).to_be_visible()
    until(tabs[0], lambda: all(stored(tab)["refreshToken"] == "refresh-2" for tab in tabs))
    tabs[0].wait_for_timeout(4_500)
    for tab in tabs:
        tab.evaluate("1")  # so that playwright hears of what it has asked
    assert sum(len(given.times(REFRESH)) for given in givens) == 1
    context.close()


def test_a_new_password_keeps_this_tab_logged_in(page: Page) -> None:
    given = enter(page, POST_login=granted(1), POST_password=(401, {}, {"detail": "User name or password is wrong"}))
    page.get_by_role("button", name="Account", exact=True).click()
    page.get_by_label("Present password").fill("wrong horse")
    page.get_by_label("New password").fill("another sentence")
    assert violations(page) == ""
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("alert").filter(has_text="The present password is wrong")).to_be_visible()
    given.replies["POST /user/password"] = granted(2)
    page.get_by_label("Present password").press("Enter")
    expect(page.get_by_text("The password is changed")).to_be_visible()
    expect(page.get_by_role("heading", name="My classes")).to_be_visible()
    assert stored(page)["refreshToken"] == "refresh-2"


def stored(page: Page) -> Any:
    return page.evaluate("JSON.parse(localStorage.getItem('course-enrollment.session'))")
