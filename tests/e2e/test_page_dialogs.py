"""Dialogs and classes that are left otherwise than by a button: by "back", a log-out elsewhere, before a reply."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.browser import log_in, until
from tests.e2e.given_replies import CLASS, GivenReplies
from tests.e2e.staff import DETAILS, enter, roster
from tests.e2e.system import PAGES

pytestmark = pytest.mark.browser

OTHER = {**DETAILS, "ClassID": 8, "CourseCode": "ART 1", "ClassName": "Drawing"}


def other_class(given: GivenReplies, role: str) -> None:
    """One more, with the same people in it."""
    for key, reply in list(given.replies.items()):
        if key.startswith(f"GET /{role}/roster/2"):
            given.replies[key.replace("/roster/2", "/roster/8")] = {**reply, "class_details": OTHER}
    given.replies[f"GET /{role}/history/8"] = given.replies[f"GET /{role}/history/2"]


def to_the_other_class(page: Page) -> None:
    page.evaluate("location.hash = location.hash.replace('=2', '=8')")
    expect(page.get_by_role("heading", name="ART 1 Drawing")).to_be_visible()


def from_one_class_to_the_other(page: Page) -> None:
    """So that "back" leads to the one, and what is done there is not meant for the other."""
    expect(page.get_by_role("heading", name="CPSC 449 Web")).to_be_visible()
    to_the_other_class(page)
    expect(page.get_by_role("row", name="jack")).to_be_visible()


def held(page: Page, path: str, method: str) -> list[Route]:
    """Requests that get no reply until the test gives one."""
    routes: list[Route] = []
    page.route(path, lambda route: routes.append(route) if route.request.method == method else route.fallback())
    return routes


def test_back_leaves_a_question_unanswered(page: Page, instructor: GivenReplies) -> None:
    other_class(instructor, "instructor")
    enter(page, "#taught=2")
    from_one_class_to_the_other(page)
    page.get_by_role("button", name="Drop jack").click()
    expect(page.locator("#sure")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="CPSC 449 Web")).to_be_visible()
    expect(page.locator("#sure")).to_be_hidden()
    assert not [key for _, key in instructor.asked if key.startswith("DELETE")]


@pytest.mark.parametrize("name", ["Enroll a student", "Edit", "Remove"])
def test_back_closes_the_dialogs_of_a_class(page: Page, registrar: GivenReplies, name: str) -> None:
    other_class(registrar, "registrar")
    enter(page, "#class=2")
    from_one_class_to_the_other(page)
    page.get_by_role("button", name=name).first.click()
    expect(page.locator("dialog[open]")).to_contain_text("ART 1 Drawing")
    page.go_back()
    expect(page.get_by_role("heading", name="CPSC 449 Web")).to_be_visible()
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_a_log_out_in_another_tab_leaves_no_question_with_names(page: Page, instructor: GivenReplies) -> None:
    enter(page, "#taught=2")
    page.get_by_role("button", name="Drop jack").click()
    expect(page.locator("#sure")).to_be_visible()
    page.evaluate("localStorage.clear(); dispatchEvent(new StorageEvent('storage', { key: null }))")
    expect(page.locator("#login")).to_be_visible()
    expect(page.locator("#sure")).to_be_hidden()
    assert not [key for _, key in instructor.asked if key.startswith("DELETE")]


def test_a_slow_reply_changes_nothing_of_the_class_that_is_edited_next(page: Page, registrar: GivenReplies) -> None:
    other_class(registrar, "registrar")
    offering = {**DETAILS, "promotion": "offer", "offer_window_s": 86400}
    registrar.replies["PATCH /registrar/classes/2"] = {"message": "…", "class_details": {**offering, "MaxCapacity": 9}}
    registrar.replies["PATCH /registrar/classes/8"] = {"message": "…", "class_details": OTHER}
    registrar.replies["PUT /registrar/policy/2"] = {"message": "…", "class_details": offering}
    enter(page, "#class=2")
    form = page.locator("#class-form")
    page.get_by_role("button", name="Edit").click()
    form.get_by_label("Seats").fill("9")
    form.get_by_label("A free seat").select_option("offer")
    slow = held(page, "**/registrar/policy/2", "PUT")
    form.get_by_role("button", name="Save").click()
    until(page, lambda: slow)
    page.keyboard.press("Escape")
    to_the_other_class(page)
    page.get_by_role("button", name="Edit").click()
    form.get_by_label("Title").fill("Drawing from life")
    with page.expect_request(lambda asked: asked.method == "PATCH") as sent:
        slow[0].fallback()
    assert sent.value.url.endswith("/registrar/classes/2")
    assert sent.value.post_data_json == {"max_capacity": 9}
    expect(page.locator("#news")).to_contain_text("CPSC 449 Web Back-End Engineering was changed")
    expect(form.get_by_label("Title")).to_have_value("Drawing from life")
    with page.expect_request(lambda asked: asked.method == "PATCH") as sent:
        form.get_by_role("button", name="Save").click()
    assert sent.value.url.endswith("/registrar/classes/8")
    assert sent.value.post_data_json == {"class_name": "Drawing from life"}
    expect(form).to_be_hidden()


def test_a_mail_that_is_written_while_another_goes_out_stays(page: Page, instructor: GivenReplies) -> None:
    roster(instructor, "instructor")
    other_class(instructor, "instructor")
    instructor.replies["POST /instructor/message/2"] = {"message": "…", "recipients": 2}
    enter(page, "#taught=2")
    page.get_by_role("button", name="Write to all of them").click()
    page.get_by_label("Subject").fill("Room change")
    page.get_by_label("Text").fill("We meet in CS 101.")
    slow = held(page, "**/instructor/message/2", "POST")
    page.get_by_role("button", name="Send", exact=True).click()
    until(page, lambda: slow)
    page.keyboard.press("Escape")
    to_the_other_class(page)
    page.get_by_role("button", name="Write to all of them").click()
    page.get_by_label("Subject").fill("Pencils")
    slow[0].fallback()
    expect(page.locator("#news")).to_contain_text("The mail goes to 2 students")
    expect(page.get_by_label("Subject")).to_have_value("Pencils")


def test_a_slow_reply_about_notices_of_one_class_says_nothing_of_another(page: Page) -> None:
    given = GivenReplies(page)
    given.give_seat()
    given.replies["GET /student/enrollments"]["Enrollments"].append(
        {**given.replies["GET /student/enrollments"]["Enrollments"][0], "ClassID": 8, "ClassName": "Drawing"}
    )
    given.replies["GET /student/list"] = {"Classes": []}
    given.replies["POST /student/subscribe/2"] = {"message": "…"}
    page.goto(f"{PAGES}/")
    log_in(page)
    cards = page.locator("#mine .card")
    cards.filter(has_text="Web").get_by_role("button", name="Notices").click()
    slow = held(page, "**/student/subscribe/2", "POST")
    page.get_by_role("button", name="Tell me").click()
    until(page, lambda: slow)
    page.keyboard.press("Escape")
    cards.filter(has_text="Drawing").get_by_role("button", name="Notices").click()
    asked = len(given.times("GET /student/subscribe/list"))
    slow[0].fallback()
    until(page, lambda: len(given.times("GET /student/subscribe/list")) > asked)
    expect(page.locator("#notify-title")).to_contain_text("Drawing")
    expect(page.locator("#notify-test")).to_be_hidden()
    expect(page.locator("#notify-results li")).to_have_count(0)


def test_a_swap_begins_with_nothing_of_the_one_before(page: Page) -> None:
    given = GivenReplies(page)
    given.give_seat()
    seat = given.replies["GET /student/enrollments"]["Enrollments"][0]
    given.replies["GET /student/enrollments"]["Enrollments"].append({**seat, "ClassID": 8, "ClassName": "Drawing"})
    given.replies["GET /student/list"] = {"Classes": [{**CLASS, "ClassID": 8, "ClassName": "Drawing"}]}
    page.goto(f"{PAGES}/")
    log_in(page)
    page.locator("#mine .card").filter(has_text="Web").get_by_role("button", name="Swap").click()
    expect(page.locator("#swap-found button")).to_have_count(1)
    page.keyboard.press("Escape")
    slow = held(page, "**/student/list?limit=9", "GET")
    page.locator("#mine .card").filter(has_text="Drawing").get_by_role("button", name="Swap").click()
    until(page, lambda: slow)
    expect(page.locator("#swap-found button")).to_have_count(0)


@pytest.mark.parametrize(
    ("path", "reply"),
    [
        ("**/instructor/history/2?*", None),
        ("**/instructor/roster/2?*", (403, {}, {"detail": "Class 2 is not taught by instructor 4"})),
    ],
)
def test_what_comes_late_of_one_class_says_nothing_of_the_next(
    page: Page, instructor: GivenReplies, path: str, reply: object
) -> None:
    other_class(instructor, "instructor")
    slow = held(page, path, "GET")
    enter(page, "#taught=2&show=history")
    until(page, lambda: slow)
    page.evaluate("location.hash = 'taught=8&show=history'")
    page.wait_for_timeout(100)
    for key in [key for key in instructor.replies if key.startswith("GET /instructor/roster/2")]:
        instructor.replies[key] = reply or instructor.replies[key]
    slow[0].fallback()
    expect(page.get_by_role("heading", name="ART 1 Drawing")).to_be_visible()
    expect(page.locator(".class-view .problem")).to_be_empty()
    expect(page.locator("#trouble")).to_be_hidden()
