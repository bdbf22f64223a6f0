"""The student's page where only one section of a course may be held: refused with the swap offered, and passed over."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import log_in, violations
from tests.e2e.given_replies import CLASS, GivenReplies
from tests.e2e.system import PAGES

pytestmark = pytest.mark.browser

HELD = {**CLASS, "State": "active", "EnrollmentID": 6, "EnrollmentState": "ENROLLED"}
OTHER = {**CLASS, "ClassID": 8, "CourseCode": "cpsc  449", "SectionNumber": 2, "CurrentEnrollment": 1}
REFUSED = {
    "type": "tag:course-enrollment,2026:seat_in_course",
    "title": "Conflict",
    "status": 409,
    "code": "seat_in_course",
    "detail": "Student 4 has a seat in class 2, …",
}


@pytest.fixture
def student(page: Page) -> GivenReplies:
    given = GivenReplies(page)
    given.replies |= {
        "GET /student/list": {"Classes": [OTHER]},
        "GET /student/enrollments": {"Enrollments": [HELD]},
        "POST /student/enroll/8": (409, {}, REFUSED),
    }
    return given


def enter(page: Page) -> None:
    page.goto(f"{PAGES}/")
    log_in(page)


def swapped(given: GivenReplies) -> dict[str, Any]:
    """The student has the other section from now on."""
    given.replies["GET /student/enrollments"] = {
        "Enrollments": [{**HELD, "EnrollmentState": "DROPPED"}, {**HELD, **OTHER}]
    }
    return {"message": "Classes swapped successfully", "swapped": True, "new_student": None}


def test_who_is_refused_is_offered_the_swap(page: Page, student: GivenReplies) -> None:
    enter(page)
    page.get_by_role("button", name="Enroll in cpsc 449").click()
    expect(page.locator("#sure-text")).to_contain_text(
        "You have a seat in CPSC 449 Web Back-End Engineering, section 1, and only one section of a course may be "
        "held. Swap it for cpsc  449 Web Back-End Engineering, section 2?"
    )
    assert not violations(page)
    student.replies["POST /student/swap/2/8"] = swapped(student)
    page.locator("#sure-yes").click()
    expect(page.locator("#mine-8")).to_be_visible()
    expect(page.locator("#mine-2")).to_have_count(0)


def test_who_keeps_the_seat_asks_for_nothing_more(page: Page, student: GivenReplies) -> None:
    enter(page)
    page.get_by_role("button", name="Enroll in cpsc 449").click()
    page.locator("#sure-no").click()
    expect(page.locator("#sure")).to_be_hidden()
    assert student.times("POST /student/swap/2/8") == []
    expect(page.locator("#mine-2")).to_be_visible()


def test_who_is_passed_over_sees_why_and_swaps(page: Page, student: GivenReplies) -> None:
    waits = {**HELD, **OTHER, "EnrollmentState": "WAITLISTED", "paused": True, "skipped_for": 2, "swap_from": None}
    student.replies["GET /student/enrollments"] = {"Enrollments": [HELD, waits]}
    place = {"position": 1, "length": 4, "since": "2026-02-03T14:02:00Z", "paused": True}
    student.replies["GET /student/waitlist/8"] = (200, {"ETag": '"1"'}, place)
    enter(page)
    card = page.locator("li", has=page.locator("#mine-8"))
    expect(card).to_contain_text("passed over, as you have a seat in CPSC 449 Web Back-End Engineering, section 1")
    expect(card.get_by_role("button", name="End the pause")).to_be_hidden()
    assert not violations(page)
    student.replies["POST /student/swap/2/8"] = swapped(student)
    card.get_by_role("button", name="Swap CPSC 449").click()
    page.locator("#sure-yes").click()
    expect(page.locator("#mine-2")).to_have_count(0)
