"""The student's page, with given replies: what was dropped, who teaches, webhooks' secret and form, what was read."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import system
from tests.e2e.browser import log_in, violations
from tests.e2e.given_replies import CLASS, DELIVERY, GivenReplies
from tests.e2e.system import PAGES

pytestmark = pytest.mark.browser

HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def enter(page: Page) -> GivenReplies:
    given = GivenReplies(page)
    given.wait_in_line(3, 7)
    page.goto(f"{PAGES}/")
    return given


def test_dropped_classes_are_there_when_somebody_looks_for_them(page: Page) -> None:
    given = enter(page)
    dropped = {**CLASS, "ClassID": 9, "ClassName": "Compilers", "State": "active", "EnrollmentState": "DROPPED"}
    given.replies["GET /student/enrollments"]["Enrollments"].append(
        {**dropped, "HistoryNumber": 7, "HistoryHash": HASH}
    )
    entry = {"at": "2026-02-03T14:02:00Z", "what": "dropped", "text": "You dropped the class"}
    given.replies["GET /student/waitlist/9/history"] = {"entries": [entry]}
    log_in(page)
    page.get_by_text("Dropped (1)").click()
    expect(page.locator("#dropped")).to_contain_text("CPSC 449 Compilers, section 1")
    page.locator("#dropped").get_by_role("button", name="Why?").click()
    expect(page.locator("#why")).to_contain_text("You dropped the class")
    expect(page.locator("#why")).to_contain_text(f"7 entries now, and the latest has this number: {HASH}")
    assert violations(page) == ""


def test_classes_name_their_instructors_and_ask_for_each_once(page: Page) -> None:
    given = enter(page)
    log_in(page)
    for part in ("mine", "open"):
        expect(page.locator(f"#{part} .card").first).to_contain_text("section 1, taught by lovelace")
    page.get_by_label("Find", exact=True).fill("web")
    page.wait_for_timeout(500)
    assert [key for _, key in given.asked if "instructors" in key] == ["GET /student/instructors?ids=5"]


def test_a_webhook_has_a_form_and_a_secret(page: Page) -> None:
    given = enter(page)
    given.replies |= {
        "GET /student/subscribe/list": {"subscriptions": ["2"]},
        "GET /student/subscribe/2": {"email": None, "proxyURL": "https://a.example/x", "format": "event"},
        "GET /student/subscribe/secret": {"secret": "whsec_first", "old_until": None},
        "POST /student/subscribe/secret/rotate": {"secret": "whsec_second", "old_until": "2026-02-04T14:02:00Z"},
        "POST /student/subscribe/2": {"message": "…"},
    }
    log_in(page)
    page.get_by_role("button", name="Notices: on").click()
    dialog = page.locator("#notify")
    expect(dialog.get_by_label("What the webhook holds")).to_have_value("event")
    expect(dialog.get_by_text("whsec_first")).to_have_count(0)
    dialog.get_by_text("What webhooks are signed with").click()
    expect(dialog.get_by_text("whsec_first")).to_be_visible()
    assert violations(page) == ""
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.screenshot(path=system.artifacts() / f"page-secret-{width}.png")
    dialog.get_by_role("button", name="Replace it").click()
    page.get_by_role("button", name="Replace the secret").click()
    expect(dialog.get_by_text("whsec_second")).to_be_visible()
    expect(dialog).to_contain_text("The one before it counts, too, until")
    dialog.get_by_label("What the webhook holds").select_option("message")
    with page.expect_request(lambda asked: asked.method == "POST") as sent:
        dialog.get_by_role("button", name="Save").click()
    assert sent.value.url.endswith("/student/subscribe/2?format=message")
    dialog.get_by_label("Webhook URL").fill("")
    expect(dialog.get_by_label("What the webhook holds")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.get_by_text("whsec_second")).to_have_count(0)


def test_notices_that_were_shown_before_are_put_away(page: Page) -> None:
    given = enter(page)
    given.replies["GET /student/deliveries"] = {"deliveries": [DELIVERY], "next_page": None}
    log_in(page)
    expect(page.locator("#sent > li")).to_have_count(1)
    page.reload()
    expect(page.locator("#sent-read-count")).to_have_text("Read before (1)")
    expect(page.locator("#sent-read")).to_be_hidden()
    later = {**DELIVERY, "id": "later", "attempts": [{**DELIVERY["attempts"][0], "at": "2026-03-03T04:05:06.789Z"}]}
    given.replies["GET /student/deliveries"] = {"deliveries": [later, DELIVERY], "next_page": None}
    expect(page.locator("#sent > li")).to_have_count(1)
    page.get_by_text("Read before (1)").click()
    expect(page.locator("#sent-read > li")).to_have_count(1)
    assert violations(page) == ""


def test_a_swap_that_comes_true_is_told_as_a_swap_and_not_as_a_loss(page: Page) -> None:
    given = enter(page)
    [waiting] = given.replies["GET /student/enrollments"]["Enrollments"]
    seat = {**waiting, "ClassID": 11, "ClassName": "Compilers", "EnrollmentState": "ENROLLED"}
    given.replies["GET /student/enrollments"] = {"Enrollments": [{**waiting, "swap_from": 11}, seat]}
    log_in(page)
    expect(page.locator("#mine .card")).to_have_count(2)
    swapped = [{**waiting, "EnrollmentState": "ENROLLED"}, {**seat, "EnrollmentState": "DROPPED"}]
    given.replies["GET /student/enrollments"] = {"Enrollments": swapped}
    given.replies["GET /student/waitlist/2"] = (404, {}, {"detail": "not in line"})
    news = page.locator("#news")
    expect(news).to_contain_text("You gave up CPSC 449 Compilers for a seat in CPSC 449 Web Back-End Engineering")
    expect(page.get_by_text("Dropped (1)")).to_be_visible()
    expect(news.locator("li")).to_have_count(1)


def test_a_class_of_mine_that_gets_another_title_shows_it(page: Page) -> None:
    given = GivenReplies(page)
    given.give_seat()
    page.goto(f"{PAGES}/")
    log_in(page)
    heading = page.locator("#mine-2")
    expect(heading).to_have_text("CPSC 449 Web Back-End Engineering")
    given.replies["GET /student/list"] = {"Classes": [{**CLASS, "ClassName": "Web Engineering"}]}
    expect(heading).to_have_text("CPSC 449 Web Engineering")
