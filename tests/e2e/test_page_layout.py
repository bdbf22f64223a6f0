"""Where things stand on the live page: nothing jumps, nothing is covered, and colours are not needed."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e import staff, system
from tests.e2e.browser import log_in, until, violations
from tests.e2e.given_replies import CLASS, DELIVERY, GivenReplies
from tests.e2e.system import PAGES

pytestmark = pytest.mark.browser


def box(page: Page, selector: str) -> Any:
    found = page.locator(selector).bounding_box()
    assert found
    return found


def enter(page: Page, notices: int = 0, classes: int = 2) -> GivenReplies:
    given = GivenReplies(page)
    deliveries = [{**DELIVERY, "id": f"{number}-email"} for number in range(notices)]
    given.replies["GET /student/deliveries"] = {"deliveries": deliveries, "next_page": None}
    listed = [{**CLASS, "ClassID": 20 + number, "CurrentEnrollment": 1} for number in range(classes)]
    given.replies["GET /student/list"] = {"Classes": listed}
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.locator("#open .card")).to_have_count(classes)
    expect(page.locator("#sent > li")).to_have_count(notices)
    return given


def test_the_buttons_of_a_class_do_not_make_its_card_a_tower(page: Page) -> None:
    given = enter(page)
    given.give_seat()
    expect(page.locator("#mine .acts button:visible")).to_have_count(4)
    assert box(page, "#mine .card")["height"] < 160, "two by two, where one below the other took 215 px"


def test_on_a_phone_a_full_class_has_room_for_its_name(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    given = enter(page)
    given.replies["GET /student/list"] = {"Classes": [{**CLASS, "CurrentWaitlist": CLASS["WaitlistMaximum"]}]}
    expect(page.locator("#open .card.full")).to_have_count(1)
    assert box(page, "#open h3")["width"] > 0.8 * box(page, "#open .card")["width"]
    page.close()


def test_many_notices_do_not_push_the_classes_down(page: Page) -> None:
    enter(page, notices=0)
    without = box(page, "#filter")["y"]
    page.reload()
    page.evaluate("localStorage.clear()")
    enter(page, notices=20)
    assert box(page, "#filter")["y"] == without


def test_on_a_wide_screen_all_begins_at_one_edge(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 2560, "height": 900})
    enter(page)
    assert abs(box(page, ".top h1")["x"] - box(page, ".desk")["x"]) < 10
    page.close()


def test_on_a_phone_the_classes_come_before_the_notices(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    enter(page, notices=20)
    assert box(page, "#open")["y"] < box(page, "#sent-title")["y"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=system.artifacts() / "page-390.png")
    page.close()


MOST_SHIFTED = 0.1  # what web.dev calls good
SHIFTS = """window.shifted = 0; new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });"""


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_pushed_down_while_the_first_replies_come(browser: Browser, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.add_init_script(SHIFTS)
    given = GivenReplies(page)
    given.give_seat()
    held: list[Route] = []
    page.route("**/student/enrollments", lambda route: held.append(route))
    page.goto(f"{PAGES}/")
    log_in(page)
    until(page, lambda: held and given.times("GET /student/list") and given.times("GET /student/deliveries"))
    page.wait_for_timeout(300)
    page.evaluate("shifted = 0")
    page.unroute("**/student/enrollments")
    for route in held:
        route.fallback()
    expect(page.locator("#mine .card")).to_have_count(1)
    expect(page.locator("#sent > li")).to_have_count(1)
    assert page.evaluate("shifted") < MOST_SHIFTED
    page.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_what_has_just_happened_covers_no_button(browser: Browser, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 700})
    given = enter(page, classes=30)
    for _ in range(3):
        given.replies["POST /student/enroll/20"] = (409, {}, {"detail": "Class 20 is not open for enrollment"})
        page.locator("#open-20").locator("xpath=../..").get_by_role("button").click()
    expect(page.locator("#news li")).to_have_count(3)
    last = page.locator("#open .card").last.get_by_role("button")
    last.scroll_into_view_if_needed()
    button = last.bounding_box()
    assert button
    assert button["y"] + button["height"] <= box(page, "#news")["y"]
    assert violations(page) == ""
    page.screenshot(path=system.artifacts() / f"page-news-{width}.png")
    page.close()


def test_a_heading_that_gets_the_focus_has_no_ring(page: Page) -> None:
    enter(page)
    expect(page.get_by_role("heading", name="My classes")).to_be_focused()
    assert page.locator("#mine-title").evaluate("node => getComputedStyle(node).outlineStyle") == "none"


def test_seats_are_seen_with_forced_colours(browser: Browser) -> None:
    page = browser.new_page(forced_colors="active")
    enter(page)
    bar = page.locator("#open .bar.seats i").first
    assert bar.evaluate("node => getComputedStyle(node).backgroundColor") != page.locator("body").evaluate(
        "node => getComputedStyle(node).backgroundColor"
    )
    page.close()


def test_a_class_is_printed_without_what_can_only_be_pressed(page: Page, registrar: GivenReplies) -> None:
    staff.enter(page, "#class=2")
    expect(page.get_by_role("row", name="jack")).to_be_visible()
    pressed = [page.locator(".tabs").first, page.get_by_text("Change", exact=True), page.get_by_role("button")]
    for one in pressed:
        expect(one.first).to_be_visible()
    page.emulate_media(media="print")
    for one in pressed:
        expect(one.filter(visible=True)).to_have_count(0)
    expect(page.get_by_role("row", name="jack")).to_contain_text("jack@example.com")


ONE_ROW = 64
MOST_LOADED = 80_000  # bytes, compressed as they are sent


@pytest.mark.parametrize("role", ["student", "instructor", "registrar"])
def test_the_first_load_is_light(page: Page, role: str) -> None:
    received: list[float] = []
    names: list[str] = []
    page.on("request", lambda asked: names.append(asked.url.rpartition("/")[2]))
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda done: received.append(done["encodedDataLength"]))
    GivenReplies(page, roles=[role])
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.locator("#log-out")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert 10_000 < sum(received) < MOST_LOADED
    desks = {"student": "student.js", "instructor": "teaching.js", "registrar": "registry.js"}
    assert set(desks.values()) & set(names) == {desks[role]}, "of the desks the own one alone"


@pytest.mark.parametrize("width", [320, 390])
def test_a_long_name_is_cut_and_makes_no_page_wider(browser: Browser, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844})
    GivenReplies(page, username="a-name-of-thirty-two-letters-1234")
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.locator("#who")).to_contain_text("a-name-of")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_on_a_phone_all_above_the_page_is_in_one_row(browser: Browser, language: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale=language)
    page = context.new_page()
    GivenReplies(page)
    page.goto(f"{PAGES}/")
    expect(page.locator("#login")).to_be_visible()
    assert box(page, ".top")["height"] < ONE_ROW
    page.locator("#username").fill("abhinav")
    page.locator("#password").fill("a password for tests")
    page.locator("#login-submit").click()
    expect(page.locator("#log-out")).to_be_visible()
    assert box(page, ".top")["height"] < ONE_ROW
    assert box(page, "#who")["width"] > 50, "the name can be read, or most of it"
    context.close()
