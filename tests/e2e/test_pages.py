"""The live page and the gateway's Swagger UI, from the process that serves them, in a browser without internet."""

import pytest
from playwright.sync_api import Browser, Page, expect

from krakend.pages.table import routes
from tests.e2e.browser import Watch, log_in, violations
from tests.e2e.system import PAGES

pytestmark = pytest.mark.browser


def test_the_page_loads_from_here_alone_and_breaks_no_rule_of_its_policy(page: Page) -> None:
    watch = Watch(page, PAGES)
    page.goto(f"{PAGES}/")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert (watch.strangers, watch.complaints) == ([], [])


def test_swagger_ui_lists_every_route_and_breaks_no_rule_of_its_policy(page: Page) -> None:
    watch = Watch(page, PAGES)
    page.goto(f"{PAGES}/docs")
    expect(page.locator(".opblock")).to_have_count(len(routes()))
    listed = page.locator(".opblock .opblock-summary-path").evaluate_all("all => all.map(one => one.dataset.path)")
    assert sorted(listed) == sorted(row.path for row in routes())
    page.get_by_role("button", name="Authorize").first.click()
    expect(page.get_by_role("heading", name="token (http, Bearer)")).to_be_visible()
    page.get_by_role("button", name="Close", exact=True).click()
    page.locator(".opblock", has=page.locator("[data-path='/student/enroll/{classid}']")).click()
    expect(page.get_by_text("For students. Who you are comes from your token.").first).to_be_visible()
    assert (watch.strangers, watch.complaints) == ([], [])


def test_swagger_ui_has_no_fault_that_axe_finds_and_fills_path_parameters(browser: Browser, scheme: str) -> None:
    page = browser.new_page(color_scheme=scheme)
    page.goto(f"{PAGES}/docs")
    block = page.locator(".opblock", has=page.locator("[data-path='/student/enroll/{classid}']"))
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Try it out").click()
    expect(block.locator("tr[data-param-name='classid'] input")).to_have_value("2")
    assert violations(page) == ""
    page.close()


def test_the_way_in_has_no_fault_that_axe_finds(browser: Browser, scheme: str) -> None:
    page = browser.new_page(color_scheme=scheme)
    page.goto(f"{PAGES}/")
    expect(page.get_by_label("User name")).to_be_focused()
    assert violations(page) == ""
    page.get_by_role("button", name="No account yet? Register").click()
    expect(page.locator("#email")).to_be_visible()
    assert violations(page) == ""
    page.close()


def test_without_a_gateway_the_login_says_what_to_do(page: Page) -> None:
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.get_by_role("alert").filter(has_text="Open this page through the gateway")).to_be_visible()
    page.route("**/user/login", lambda route: route.abort())
    page.locator("#door-submit").click()
    expect(page.get_by_role("alert").filter(has_text="The gateway does not answer")).to_be_visible()
