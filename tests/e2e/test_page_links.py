"""What links of mails lead to on the live page: nothing happens until somebody says so, and nothing is left behind."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import log_in, violations
from tests.e2e.given_replies import GivenReplies
from tests.e2e.system import PAGES

pytestmark = pytest.mark.browser

OVER = (409, {}, {"detail": "This link was used already", "code": "link_over"})


def test_who_forgot_the_password_asks_for_a_link(page: Page) -> None:
    GivenReplies(page, replies={"POST /user/password/forgot": {"message": "If there is such an account, …"}})
    page.goto(f"{PAGES}/")
    page.get_by_role("button", name="Forgot your password?").click()
    expect(page.get_by_label("Password", exact=True)).to_be_hidden()
    assert violations(page) == ""
    page.get_by_label("User name").fill("jo")
    with page.expect_request("**/user/password/forgot") as asked:
        page.get_by_label("User name").press("Enter")
    assert asked.value.post_data_json == {"username": "jo", "language": "en"}
    expect(page.get_by_role("status").filter(has_text="a mail with a link is on its way")).to_be_visible()
    page.get_by_role("button", name="I have an account").click()
    expect(page.get_by_label("Password", exact=True)).to_be_visible()


def test_its_link_sets_a_password_and_is_not_left_in_the_address(page: Page) -> None:
    given = GivenReplies(page)
    page.goto(f"{PAGES}/#reset=4.secret")
    expect(page.get_by_role("heading", name="Set a new password")).to_be_visible()
    assert page.url == f"{PAGES}/"
    assert violations(page) == ""
    page.keyboard.type("short")
    page.keyboard.press("Enter")
    assert given.asked == []
    page.get_by_label("Password", exact=True).fill("another sentence")
    given.replies["POST /user/password/reset"] = OVER
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="Ask for another one")).to_be_visible()
    given.replies["POST /user/password/reset"] = {"message": "The password is changed; log in with it"}
    with page.expect_request("**/user/password/reset") as asked:
        page.keyboard.press("Enter")
    assert asked.value.post_data_json == {"token": "4.secret", "new_password": "another sentence"}
    expect(page.get_by_text("The password is set. Log in with it.")).to_be_visible()
    expect(page.get_by_label("User name")).to_be_visible()


def test_a_link_to_verify_an_address_acts_on_a_click_alone(page: Page) -> None:
    given = GivenReplies(page, replies={"POST /user/email/verify": {"message": "The address is verified"}})
    page.goto(f"{PAGES}/#verify=4.secret")
    expect(page.get_by_role("heading", name="Is this your address?")).to_be_visible()
    assert violations(page) == ""
    page.wait_for_timeout(500)
    assert given.asked == []
    with page.expect_request("**/user/email/verify") as asked:
        page.keyboard.press("Enter")
    assert asked.value.post_data_json == {"token": "4.secret"}
    expect(page.get_by_role("status").filter(has_text="The address is verified.")).to_be_visible()


def test_who_is_logged_in_goes_on_after_verifying(page: Page) -> None:
    GivenReplies(page, replies={"POST /user/email/verify": {"message": "The address is verified"}})
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.get_by_role("heading", name="My classes")).to_be_visible()
    page.goto(f"{PAGES}/#verify=4.secret")
    page.reload()
    page.get_by_role("button", name="Yes, it is my address").click()
    expect(page.get_by_role("heading", name="My classes")).to_be_visible()
    expect(page.locator("#news")).to_contain_text("The address is verified.")


def test_a_link_to_verify_is_asked_for_with_the_password(page: Page) -> None:
    given = GivenReplies(page, verified=False)
    page.goto(f"{PAGES}/")
    log_in(page)
    page.get_by_role("button", name="Account", exact=True).click()
    expect(page.get_by_text("Nobody has shown yet that abhinav@example.com is your address.")).to_be_visible()
    assert violations(page) == ""
    ask = page.get_by_role("button", name="Send me a link to verify it")
    ask.click()
    expect(page.get_by_role("alert").filter(has_text="Give your present password first")).to_be_visible()
    page.get_by_label("Present password").fill("correct horse")
    given.replies["POST /user/email/ask"] = {"message": "A mail with a link goes to the address of the account"}
    with page.expect_request("**/user/email/ask") as asked:
        ask.press("Enter")
    body = {"username": "abhinav", "password": "correct horse", "language": "en"}
    assert asked.value.post_data_json == body
    expect(page.get_by_text(re.compile("A mail with a link goes to abhinav@example.com"))).to_be_visible()
