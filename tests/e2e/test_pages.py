"""The live page and the gateway's Swagger UI, from the process that serves them, in a browser without internet."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from krakend.pages.table import routes
from tests.e2e import system
from tests.e2e.browser import Watch, chromium, until
from tests.e2e.pretended_gateway import DELIVERY, PretendedGateway, log_in
from tests.e2e.system import PAGES

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield page
    page.close()


def violations(page: Page) -> str:
    found = Axe().run(page)
    return found.generate_report() if found.violations_count else ""


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


def test_the_way_in_has_no_fault_that_axe_finds(browser: Browser, scheme: str) -> None:
    page = browser.new_page(color_scheme=scheme)
    page.goto(f"{PAGES}/")
    expect(page.get_by_label("User name")).to_be_focused()
    assert violations(page) == ""
    page.get_by_role("button", name="No account yet? Register").click()
    expect(page.locator("#email")).to_be_visible()
    assert violations(page) == ""
    page.close()


def test_the_desk_has_no_fault_that_axe_finds_and_fits_a_phone(browser: Browser, scheme: str) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": 360, "height": 740})
    pretended = PretendedGateway(page)
    pretended.wait_in_line(3, 7)
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.get_by_text("3rd of 7, since")).to_be_visible()
    pretended.give_seat()
    expect(page.get_by_text("The seat is yours")).to_be_visible()
    expect(page.locator("#sent").get_by_text("Delivered")).to_be_visible()
    assert violations(page) == ""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Notices: off").click()
    assert violations(page) == ""
    page.screenshot(path=system.artifacts() / f"page-360-{scheme}.png", full_page=True)
    page.close()


def test_the_desks_of_instructors_and_registrars_have_no_fault_that_axe_finds(browser: Browser, scheme: str) -> None:
    page = browser.new_page(color_scheme=scheme)
    pretended = PretendedGateway(page, roles=["instructor", "registrar"])
    enrolled = {"StudentID": 4, "EnrollmentID": 6, "EnrollmentState": "ENROLLED"}
    pretended.replies["GET /instructor/enrolled/2"] = {"Enrolled Students": [enrolled]}
    pretended.replies["PUT /registrar/state/2/active"] = (404, {}, {"detail": "Class 2 does not exist"})
    page.goto(f"{PAGES}/")
    log_in(page)
    page.locator("#teaching-class").fill("2")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("heading", name="Enrolled: 1")).to_be_visible()
    expect(page.get_by_role("heading", name="In line: 0")).to_be_visible()
    page.locator("#registry-class").fill("2")
    page.get_by_role("button", name="Open to newcomers").click()
    expect(page.get_by_text("Class 2 does not exist")).to_be_visible()
    assert violations(page) == ""
    page.get_by_role("button", name="Drop student 4").click()
    expect(page.get_by_text("Drop student 4 from class 2?")).to_be_visible()
    assert violations(page) == ""
    page.close()


def test_it_can_be_used_with_the_keyboard_alone(page: Page) -> None:
    pretended = PretendedGateway(page)
    page.goto(f"{PAGES}/")
    page.keyboard.type("abhinav")
    page.keyboard.press("Tab")
    page.keyboard.type("a password for tests")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="My classes")).to_be_focused()
    expect(page.get_by_role("button", name="Wait in line for CPSC 449 Web Back-End Engineering")).to_be_visible()
    for _ in range(20):
        page.keyboard.press("Tab")
        if (page.locator(":focus").get_attribute("aria-label") or "").startswith("Wait in line"):
            break
    pretended.replies["POST /student/enroll/2"] = {"message": "Student added to waitlist"}
    pretended.wait_in_line(4, 4)
    page.keyboard.press("Enter")
    expect(page.get_by_text("4th of 4, since")).to_be_visible()
    expect(page.locator("#mine-2")).to_be_focused()


def test_positions_are_refreshed_by_304_while_the_line_rests(page: Page) -> None:
    pretended = PretendedGateway(page)
    pretended.wait_in_line(3, 7)
    watch = Watch(page, PAGES)
    page.goto(f"{PAGES}/")
    log_in(page)
    until(page, lambda: watch.statuses("/student/waitlist/2").count(304) >= 2)
    assert watch.statuses("/student/waitlist/2").count(200) == 1
    pretended.wait_in_line(2, 6)
    expect(page.get_by_text("2nd of 6, since")).to_be_visible()


def test_a_place_that_was_lost_is_said(page: Page) -> None:
    pretended = PretendedGateway(page)
    pretended.wait_in_line(3, 7)
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.get_by_text("3rd of 7, since")).to_be_visible()
    pretended.drop()
    expect(page.get_by_text("You are no longer in line for CPSC 449")).to_be_visible()
    expect(page.get_by_text("You are in no class yet")).to_be_visible()


def test_what_was_done_is_not_undone_by_an_index_that_lags(page: Page) -> None:
    pretended = PretendedGateway(page)
    pretended.replies["POST /student/enroll/8"] = {"message": "Enrollment added successfully"}
    page.goto(f"{PAGES}/")
    log_in(page)
    until(page, lambda: pretended.times("GET /student/enrollments"))
    before = len(pretended.times("GET /student/enrollments"))
    page.get_by_role("button", name="Enroll in CPSC 449").click()
    card = page.locator("#mine .card:has(#mine-8)")
    expect(card.get_by_text("Enrolled", exact=True)).to_be_visible()
    page.wait_for_timeout(2_000)
    assert len(pretended.times("GET /student/enrollments")) > before, "which still say that there is nothing"
    expect(card).to_be_visible()


def test_it_says_that_the_gateway_is_away_waits_as_long_as_asked_and_recovers(page: Page) -> None:
    pretended = PretendedGateway(page)
    pretended.wait_in_line(3, 7)
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.get_by_text("3rd of 7, since")).to_be_visible()
    good = pretended.replies["GET /student/waitlist/2"]
    pretended.replies["GET /student/waitlist/2"] = (503, {"Retry-After": "4"}, {"detail": "Redis does not answer"})
    expect(page.get_by_role("alert").filter(has_text="Redis does not answer")).to_be_visible()
    refused = pretended.times("GET /student/waitlist/2")[-1]
    pretended.replies["GET /student/waitlist/2"] = good
    expect(page.locator("#trouble")).to_be_hidden()
    assert next(t for t in pretended.times("GET /student/waitlist/2") if t > refused) - refused >= 3.9
    pretended.replies["GET /student/list"] = (0, {}, None)
    expect(page.locator("#trouble")).to_have_text("The gateway does not answer. Trying again")
    expect(page.get_by_text("3rd of 7, since")).to_be_visible()


def test_it_asks_less_often_while_nobody_looks(page: Page) -> None:
    pretended = PretendedGateway(page)
    pretended.wait_in_line(3, 7)
    page.add_init_script("Object.defineProperty(document, 'hidden', { get: () => true })")
    page.goto(f"{PAGES}/")
    log_in(page)
    until(page, lambda: pretended.times("GET /student/waitlist/2"))
    page.wait_for_timeout(4_000)
    assert len(pretended.times("GET /student/waitlist/2")) <= 2
    assert len(pretended.times("GET /student/list")) <= 2


def test_a_login_that_is_over_leads_back_to_the_door_and_leaves_nothing_behind(page: Page) -> None:
    pretended = PretendedGateway(page, lifetime_s=6)
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.get_by_role("heading", name="My classes")).to_be_visible()
    expect(page.get_by_text("Your login has ended. Log in again.")).to_be_visible()
    assert page.evaluate("[sessionStorage.length, localStorage.length, document.cookie]") == [0, 0, ""]
    expect(page.locator("#student")).to_be_hidden()
    count = len(pretended.asked)
    page.wait_for_timeout(2_000)
    assert len(pretended.asked) == count


def test_a_token_that_the_gateway_refuses_leads_back_to_the_door(page: Page) -> None:
    pretended = PretendedGateway(page)
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.get_by_role("heading", name="My classes")).to_be_visible()
    pretended.replies["GET /student/list"] = (401, {}, None)
    expect(page.get_by_text("Your login has ended. Log in again.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("User name")).to_be_visible()


def test_a_login_survives_a_reload_but_not_a_new_tab(browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    PretendedGateway(page)
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.get_by_role("heading", name="My classes")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="My classes")).to_be_visible()
    other = context.new_page()
    other.goto(f"{PAGES}/")
    expect(other.get_by_label("User name")).to_be_visible()
    context.close()


def test_what_others_have_written_is_text_and_never_markup(page: Page) -> None:
    name = "<img src=x onerror=document.title='taken'><script>document.title='taken'</script>"
    pretended = PretendedGateway(page)
    pretended.wait_in_line(1, 1)
    for held in pretended.replies["GET /student/enrollments"]["Enrollments"]:
        held.update(ClassID=9, ClassName=name, Department=name)
    pretended.replies["GET /student/deliveries"] = {
        "deliveries": [{**DELIVERY, "message": name, "target": name}],
        "next_page": None,
    }
    watch = Watch(page, PAGES)
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.locator("#mine-9")).to_have_text(f"CPSC 449 {name}")
    expect(page.locator("#sent .message")).to_have_text(name)
    assert page.title() == "Course enrollment"
    assert page.locator("main img, main script").count() == 0
    assert watch.strangers == []


def test_a_wrong_password_is_said_whether_or_not_the_reply_has_words(page: Page) -> None:
    pretended = PretendedGateway(page)
    page.goto(f"{PAGES}/")
    for body in ({"detail": "User name or password is wrong"}, None):
        pretended.replies["POST /user/login"] = (401, {}, body)
        log_in(page)
        expect(page.get_by_role("alert").filter(has_text="User name or password is wrong")).to_be_visible()


def test_without_a_gateway_the_login_says_what_to_do(page: Page) -> None:
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.get_by_role("alert").filter(has_text="Open this page through the gateway")).to_be_visible()
    page.route("**/user/login", lambda route: route.abort())
    page.locator("#door-submit").click()
    expect(page.get_by_role("alert").filter(has_text="The gateway does not answer")).to_be_visible()
