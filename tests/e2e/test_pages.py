"""The live page and the gateway's Swagger UI, from the process that serves them, in a browser without internet."""

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from krakend.pages.table import routes
from tests.e2e import system
from tests.e2e.browser import Watch, log_in, open_docs, violations
from tests.e2e.system import PAGES
from tests.support.waiting import until

pytestmark = pytest.mark.browser


def test_the_page_loads_from_here_alone_and_breaks_no_rule_of_its_policy(page: Page) -> None:
    watch = Watch(page, PAGES)
    page.goto(f"{PAGES}/")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert (watch.strangers, watch.complaints) == ([], [])


def test_swagger_ui_lists_every_route_and_breaks_no_rule_of_its_policy(page: Page) -> None:
    watch = Watch(page, PAGES)
    open_docs(page, PAGES)
    expect(page.locator(".opblock")).to_have_count(len(routes()))
    listed = page.locator(".opblock .opblock-summary-path").evaluate_all("all => all.map(one => one.dataset.path)")
    assert sorted(listed) == sorted(row.path for row in routes())
    page.get_by_role("button", name="Authorize").first.click()
    expect(page.get_by_role("heading", name="token (http, Bearer)")).to_be_visible()
    page.get_by_role("button", name="Close", exact=True).click()
    page.locator(".opblock", has=page.locator("[data-path='/student/enroll/{classid}']")).click()
    expect(page.get_by_text("For students. Who you are comes from your token.").first).to_be_visible()
    assert (watch.strangers, watch.complaints) == ([], [])


def open_list(page: Page) -> list[Route]:
    """The list of routes, and Swagger UI held back; `continue_` lets it come."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/swagger-ui-bundle.js", hold)
    page.goto(f"{PAGES}/docs")
    expect(page.locator("#overview li")).to_have_count(len(routes()))
    until(lambda: held or page.wait_for_timeout(20), "Swagger UI was not asked for")
    return held


def test_a_list_of_routes_comes_first_and_a_route_that_is_chosen_is_open_in_swagger_ui(page: Page) -> None:
    watch, chosen = Watch(page, PAGES), page.locator("#operations-pages-file_of_the_pages")
    [swagger_ui] = open_list(page)
    page.locator("#overview").get_by_role("link", name="/pages/{file}").press("Enter")
    swagger_ui.continue_()
    expect(chosen.get_by_role("button", name="Try it out")).to_be_in_viewport()
    assert page.locator("#overview").count() == 0
    page.reload()
    expect(chosen.get_by_role("button", name="Try it out")).to_be_in_viewport()
    assert watch.strangers == []
    # Swagger UI takes the "_" of names for blanks that somebody escaped as one did before its version 4.
    assert [said for said in watch.complaints if "deep link whitespace" not in said] == []


def test_who_goes_through_the_list_with_the_keyboard_goes_on_in_swagger_ui(page: Page) -> None:
    [swagger_ui] = open_list(page)
    page.locator("#overview").get_by_role("link", name="/pages/{file}").focus()
    swagger_ui.continue_()
    expect(page.locator("#operations-pages-file_of_the_pages button").first).to_be_focused()


def test_the_list_stays_until_every_operation_is_drawn(page: Page) -> None:
    page.add_init_script("""new MutationObserver(() => {
      if (document.querySelector("#overview")) window.drawn = document.querySelectorAll(".opblock").length;
    }).observe(document, { childList: true, subtree: true });""")
    open_docs(page, PAGES)
    assert page.evaluate("drawn") == len(routes())


PERSON = {
    "title": "Person",
    "type": "object",
    "properties": {"name": {"$ref": "#/components/schemas/Name"}, "friend": {"$ref": "#/components/schemas/Person"}},
}


def test_an_open_operation_shows_what_its_references_lead_to_also_in_a_circle(page: Page) -> None:
    watch = Watch(page, PAGES)
    described = page.request.get(f"{PAGES}/openapi.json").json()
    name = {"type": "string", "description": "as on the *list*", "examples": ["Jo"]}
    described["components"]["schemas"] |= {"Person": PERSON, "Name": name}
    [operation] = described["paths"]["/pages/{file}"].values()
    reference = {"application/json": {"schema": {"$ref": "#/components/schemas/Person"}}}
    operation["responses"]["200"]["content"] = reference
    page.route("**/openapi.json", lambda route: route.fulfill(json=described))
    open_docs(page, PAGES)
    block = page.locator("#operations-pages-file_of_the_pages")
    block.locator(".opblock-summary-control").click()
    success = block.locator(".response", has_text="200")
    expect(success.locator(".example")).to_contain_text('"name": "Jo"')
    success.get_by_role("tab", name="Schema").click()
    success.get_by_role("button", name="Expand all").first.click()
    expect(success.get_by_text("as on the list")).to_be_visible()
    assert (watch.strangers, watch.complaints) == ([], [])


def test_without_swagger_ui_the_list_stays_and_says_so(page: Page) -> None:
    page.route("**/swagger-ui-bundle.js", lambda route: route.abort())
    page.goto(f"{PAGES}/docs")
    expect(page.get_by_role("status")).to_contain_text("could not be loaded")
    expect(page.locator("#overview li")).to_have_count(len(routes()))


@pytest.mark.parametrize("width", [390, 1280])
def test_the_docs_have_no_fault_that_axe_finds_and_fill_path_parameters(
    browser: Browser, scheme: str, width: int
) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 844}, reduced_motion="reduce")
    [swagger_ui] = open_list(page)
    assert violations(page) == ""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=system.artifacts() / f"docs-list-{width}-{scheme}.png")
    swagger_ui.continue_()
    expect(page.locator(".opblock").first).to_be_visible()
    assert violations(page) == ""
    block = page.locator(".opblock", has=page.locator("[data-path='/pages/{file}']"))
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Try it out").click()
    expect(block.locator("tr[data-param-name='file'] input")).to_have_value("page.css")
    assert violations(page) == ""
    block.get_by_role("button", name="Execute").click()
    expect(block.locator(".live-responses-table tbody tr.response")).to_be_visible()
    assert violations(page) == ""
    page.screenshot(path=system.artifacts() / f"docs-executed-{width}-{scheme}.png")
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
