"""Clicks on the live page of which nobody knows what became: repeated with their key, and happening once."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import log_in, until
from tests.e2e.given_replies import GivenReplies
from tests.e2e.system import PAGES

pytestmark = pytest.mark.browser

RUNNING = {"detail": "The first request has not been answered yet", "code": "still_running"}


@pytest.mark.parametrize(
    "outcome", [(0, {}, None), (503, {"Retry-After": "1"}, {}), (409, {"Retry-After": "1"}, RUNNING)], ids=str
)
def test_a_click_of_which_nobody_knows_what_became_is_repeated_with_its_key(page: Page, outcome: Any) -> None:
    given = GivenReplies(page)
    given.replies["POST /student/enroll/8"] = outcome
    page.goto(f"{PAGES}/")
    log_in(page)
    page.get_by_role("button", name="Enroll in CPSC 449").click()
    expect(page.locator("#trouble")).to_contain_text("Trying again")
    given.replies["POST /student/enroll/8"] = {"message": "Enrollment added successfully"}
    expect(page.locator("#news")).to_contain_text("You are enrolled in CPSC 449")
    expect(page.locator("#trouble")).to_be_hidden()
    assert len(given.times("POST /student/enroll/8")) == len(given.keys) > len(set(given.keys)) == 1


def test_the_next_click_keeps_the_key_while_nobody_knows_what_became_of_the_first(page: Page) -> None:
    given = GivenReplies(page)
    given.replies["POST /student/enroll/8"] = (503, {"Retry-After": "30"}, {"detail": "Busy", "code": "unavailable"})
    given.replies["POST /student/enroll/2"] = (409, {}, {"detail": "Full", "code": "class_full"})
    page.goto(f"{PAGES}/")
    log_in(page)
    enroll, wait = (page.get_by_role("button", name=f"{verb} CPSC 449") for verb in ("Enroll in", "Wait in line for"))
    for button, said in ((enroll, 1), (enroll, 2), (wait, 3), (enroll, 3), (wait, 3)):
        asked = len(given.keys)
        button.click()
        until(page, lambda asked=asked: len(given.keys) > asked)
        expect(page.locator("#news li")).to_have_count(said)
        expect(button).not_to_have_attribute("aria-disabled", "true")
    first, again, other, third, fourth = given.keys[-5:]
    assert first == again
    assert len({first, other, third, fourth}) == 4, "after another change, and after a refusal, it is a new one"
