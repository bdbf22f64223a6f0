"""/docs in a browser without internet, used as a person would: "Try it out", fill, "Execute"."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import system
from tests.e2e.browser import Watch, open_docs, violations
from tests.e2e.system import ENROLLMENT, NOTIFICATION, USERS, redis_value

pytestmark = pytest.mark.browser


def execute(page: Page, operation: str, fields: dict[str, str]) -> Locator:
    """Fill in an operation, press Execute, and return its live reply. Any earlier one is closed."""
    block = page.locator(".opblock").filter(has=page.locator(f"[data-path='{operation}']")).first
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Try it out").click()
    for name, value in fields.items():
        block.locator(f"tr[data-param-name='{name}'] input").fill(value)
    block.get_by_role("button", name="Execute").click()
    reply = block.locator(".live-responses-table tbody tr.response")
    expect(reply).to_be_visible()
    page.screenshot(path=system.artifacts() / f"swagger{re.sub('[^a-z]+', '-', operation)}.png", full_page=True)
    return reply


@pytest.mark.parametrize(
    ("name", "url"), [("users", USERS), ("enrollment", ENROLLMENT), ("notification", NOTIFICATION)]
)
def test_the_docs_need_no_internet(page: Page, name: str, url: str) -> None:
    watch = Watch(page, url)
    page.goto(f"{url}/docs")
    operations = page.locator("#overview li").count()
    assert (operations > 5, violations(page)) == (True, "")
    page.mouse.move(5, 5)
    expect(page.locator(".opblock")).to_have_count(operations)
    expect(page.locator(".opblock").first).to_be_visible()
    assert violations(page) == ""
    assert (watch.strangers, watch.complaints) == ([], [])
    page.screenshot(path=system.artifacts() / f"docs-{name}.png", full_page=True)


def test_a_person_subscribes_and_lists_as_in_the_founding_document(page: Page) -> None:
    open_docs(page, NOTIFICATION)
    proxy = quote("https://smee.io/iYNweRTyM49bnItt", safe="")
    subscribed = execute(
        page,
        "/subscribe/{studentid}/{classid}/{username}/{email}/{proxyURL}",
        {
            "studentid": "9",
            "classid": "8",
            "username": "rishub",
            "email": "rishub@example.com",
            "proxyURL": proxy,
        },
    )
    expect(subscribed.locator(".response-col_status")).to_contain_text("200")
    assert redis_value("subscription:9") == f'{{"8": {{"email": "rishub@example.com", "proxy": "{proxy}"}}}}'

    listed = execute(page, "/subscribe/list/{studentid}", {"studentid": "9"})
    expect(listed.locator(".response-col_status")).to_contain_text("200")
    expect(listed.locator(".response-col_description")).to_contain_text(re.compile(r'"subscriptions":\s*\[\s*"8"'))


def test_a_person_lists_the_classes(page: Page) -> None:
    open_docs(page, ENROLLMENT)
    reply = execute(page, "/list", {})
    expect(reply.locator(".response-col_description")).to_contain_text("Web Back-End Engineering")
