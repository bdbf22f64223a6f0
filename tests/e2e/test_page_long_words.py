"""Titles, departments, names and addresses of the longest, without a space: nothing is wider than its place."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import log_in
from tests.e2e.given_replies import CLASS, GivenReplies
from tests.e2e.staff import DETAILS, enter, given_registrar, roster, student
from tests.e2e.system import PAGES

pytestmark = pytest.mark.browser

LONG = {"CourseCode": "X" * 100, "ClassName": "Elektrizitätswerk" * 6, "Department": "D" * 100}
NAME, ADDRESS = "a-name-of-thirty-two-letters-123", f"{'e' * 60}@{'d' * 60}.example.com"
WIDER = """() => [...document.querySelectorAll("body *")].filter((node) => node.checkVisibility()
  && node.clientWidth > 0 && node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflowX === "visible"
  && getComputedStyle(node).display !== "inline").map((node) => `${node.tagName} ${node.className} ${node.id}`)"""


def wider(page: Page) -> Any:
    """What is wider than the place it has."""
    page.wait_for_timeout(50)
    return page.evaluate(WIDER)


@pytest.mark.parametrize("width", [390, 1280])
def test_a_student_reads_long_words_in_every_place(browser: Browser, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844})
    given = GivenReplies(page, username=NAME)
    given.give_seat()
    held = {**given.replies["GET /student/enrollments"]["Enrollments"][0], **LONG}
    given.replies["GET /student/enrollments"] = {"Enrollments": [held]}
    given.replies["GET /student/list"] = {"Classes": [{**CLASS, **LONG, "ClassID": 8, "CurrentEnrollment": 1}]}
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.locator("#mine .card")).to_have_count(1)
    assert wider(page) == []
    for name in ("Notices", "Why", "Swap", "Drop"):
        page.locator("#mine .card").get_by_role("button", name=name).click()
        expect(page.locator("dialog[open]")).to_contain_text("XXX")
        assert wider(page) == [], name
        page.keyboard.press("Escape")
    page.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_registrar_reads_long_words_in_every_place(browser: Browser, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844})
    given = given_registrar(page)
    long = {**DETAILS, **LONG}
    everybody = [{**student(1, NAME), "email": ADDRESS}]
    roster(given, "registrar", long, {"enrolled": everybody, "waiting": [{**everybody[0], "position": 1}]})
    given.replies["GET /registrar/classes"] = {"Classes": [long], "next_after": None}
    person = {"id": 5, "username": NAME, "email": ADDRESS, "roles": ["student"]}
    given.replies["GET /registrar/people"] = {"people": [person]}
    given.replies["GET /registrar/enrollments/5"] = {"Enrollments": [{**long, "EnrollmentState": "WAITLISTED"}]}
    enter(page)
    expect(page.get_by_role("row", name="XXX")).to_be_visible()
    assert wider(page) == []
    for show in ("enrolled", "waiting", "history"):
        page.evaluate(f"location.hash = 'class=2&show={show}'")
        expect(page.locator(".class-view").get_by_role("heading", name="XXX")).to_be_visible()
        expect(page.locator(".class-view tbody tr, .story > li").filter(visible=True)).not_to_have_count(0)
        assert wider(page) == [], show
    for name in ("Enroll a student", "Edit", "Remove"):
        page.get_by_role("button", name=name).first.click()
        expect(page.locator("dialog[open]")).to_contain_text("XXX")
        assert wider(page) == [], name
        page.keyboard.press("Escape")
    page.evaluate("location.hash = 'registry=people'")
    page.get_by_role("searchbox", name="User name or e-mail").fill(NAME)
    page.keyboard.press("Enter")
    page.get_by_role("button", name=f"Classes: {NAME}").click()
    expect(page.locator(".person .plain a")).to_be_visible()
    assert wider(page) == []
    page.close()
