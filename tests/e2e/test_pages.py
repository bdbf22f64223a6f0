"""The live page and the gateway's Swagger UI, from the process that serves them, in a browser without internet."""

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

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
    until(lambda: held or page.wait_for_timeout(20), "Swagger UI was not fetched ahead")
    return held


def test_who_only_looks_gets_swagger_ui_too_and_not_at_once(page: Page) -> None:
    page.clock.install()
    page.goto(f"{PAGES}/docs")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("'SwaggerUIBundle' in window") is False
    page.clock.fast_forward(3_000)
    expect(page.locator(".opblock")).to_have_count(len(routes()))


@pytest.mark.parametrize("sign", ["mouse", "wheel", "key", "focus", "hash"])
def test_swagger_ui_comes_at_the_first_sign_of_who_reads(page: Page, sign: str) -> None:
    page.clock.install()
    page.clock.pause_at("2100-01-01")  # nothing comes by itself
    page.goto(f"{PAGES}/docs")
    give = {
        "mouse": lambda: page.mouse.move(9, 9),
        "wheel": lambda: page.mouse.wheel(0, 200),
        "key": lambda: page.keyboard.press("ArrowDown"),
        "focus": lambda: page.locator("#overview a").nth(3).focus(),
        "hash": lambda: page.evaluate("location.hash = '#/pages/live_page'"),
    }
    give[sign]()
    until(lambda: page.evaluate("'SwaggerUIBundle' in window"), "Swagger UI did not come")


def test_what_was_read_stays_where_it_is_when_swagger_ui_takes_the_place(page: Page) -> None:
    [swagger_ui] = open_list(page)
    read = page.locator("#overview").get_by_role("link", name="GET /registrar/people", exact=False).first
    read.scroll_into_view_if_needed()
    page.mouse.wheel(0, 300)
    [where, top] = page.evaluate("""() => {
      const all = [...document.querySelectorAll("#overview li a")].map((a) => [a.hash, a.getBoundingClientRect().top]);
      return all.find(([, top]) => top >= 0);
    }""")
    swagger_ui.continue_()
    expect(page.locator("#overview")).to_have_count(0)
    assert abs(top_of(page, where) - top) < 2


def test_what_the_pointer_is_on_stays_under_it_and_a_click_opens_it(page: Page) -> None:
    [swagger_ui] = open_list(page)
    link = page.locator("#overview li a").nth(4)
    link.hover()
    box, where = link.bounding_box(), link.get_attribute("href") or ""
    assert box
    swagger_ui.continue_()
    expect(page.locator("#overview")).to_have_count(0)
    assert abs(top_of(page, where) - box["y"]) < 2
    page.mouse.down()
    page.mouse.up()
    expect(block_of(page, where).get_by_role("button", name="Try it out")).to_be_visible()


def top_of(page: Page, place: str) -> float:
    return float(block_of(page, place).evaluate("node => node.getBoundingClientRect().top"))


def block_of(page: Page, place: str) -> Locator:
    """What Swagger UI shows of an operation."""
    return page.locator(f"#operations-{place.removeprefix('#/').replace('/', '-')}")


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
    page.mouse.move(5, 5)
    expect(page.get_by_role("status")).to_contain_text("could not be loaded")
    expect(page.locator("#overview li")).to_have_count(len(routes()))


SOME = ["/user/login", "/pages/{file}", "/student/list", "/student/remove/{classid}", "/registrar/roles/{uid}"]


def show_some(page: Page) -> None:
    """Swagger UI of a few operations, one of each method: axe takes a quarter of a minute to look at all."""
    described = page.request.get(f"{PAGES}/openapi.json").json()
    described["paths"] = {path: described["paths"][path] for path in SOME}
    page.route("**/openapi.json", lambda route: route.fulfill(json=described))


@pytest.mark.parametrize("width", [390, 1280])
def test_the_docs_have_no_fault_that_axe_finds_and_fill_path_parameters(
    browser: Browser, scheme: str, width: int
) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 844}, reduced_motion="reduce")
    show_some(page)
    [swagger_ui] = open_list(page)
    assert violations(page) == ""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=system.artifacts() / f"docs-list-{width}-{scheme}.png")
    swagger_ui.continue_()
    page.mouse.move(5, 5)
    expect(page.locator(".opblock").first).to_be_visible()
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
    page.locator("#login-submit").click()
    expect(page.get_by_role("alert").filter(has_text="The gateway does not answer")).to_be_visible()
