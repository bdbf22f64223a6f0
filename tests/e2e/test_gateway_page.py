"""The live page and Swagger UI through the gateway, used by people in browsers of their own."""

import os
import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e import gateway, system
from tests.e2e.browser import Watch, log_in, open_docs
from tests.e2e.gateway import Person

pytestmark = [pytest.mark.gateway, pytest.mark.browser]

LOVELACE = 5
SOON_MS = 15_000


@pytest.fixture(scope="module")
def registrar() -> Person:
    return gateway.demo_person("registrar")


class Visitor:
    """Somebody with the live page open, in a browser profile of their own."""

    def __init__(self, browser: Browser, who: Person | None = None, **options: int) -> None:
        self.page = browser.new_context(viewport={"width": 1280, "height": 900, **options}).new_page()
        self.watch = Watch(self.page, gateway.url())
        self.page.goto(f"{gateway.url()}/")
        if who:
            log_in(self.page, who.username, gateway.PASSWORD)
            expect(self.page.get_by_role("heading", name="My classes")).to_be_visible()
        # It would be gone after a reload.
        self.page.evaluate("window.sameDocument = true")

    def card(self, class_id: int) -> Locator:
        return self.page.locator(f"#mine .card:has(#mine-{class_id})")

    def press(self, name: str, where: Locator | None = None) -> None:
        (where or self.page).get_by_role("button", name=name).first.click()

    def enroll(self, class_id: int, button: str) -> None:
        self.page.get_by_label("Find", exact=True).fill("Gateway Walk-Through")
        self.press(button, self.page.locator(f"#open .card:has(#open-{class_id})"))

    def leave_the_page(self) -> None:
        assert self.page.evaluate("window.sameDocument"), "the page was reloaded"
        assert self.watch.strangers == []
        assert [said for said in self.watch.complaints if "Content Security Policy" in said] == []
        self.page.context.close()


def new_class(registrar: Person, *, seats: int) -> int:
    return gateway.new_class(registrar, seats=seats, places=15, instructor_id=LOVELACE)


def test_one_drops_and_the_other_sees_the_seat_and_the_notice_without_reloading(
    browser: Browser, registrar: Person
) -> None:
    class_id = new_class(registrar, seats=1)
    liam, abhinav = (Visitor(browser, gateway.new_student(name)) for name in ("liam", "abhinav"))
    liam.enroll(class_id, "Enroll")
    expect(liam.card(class_id).get_by_text("Enrolled", exact=True)).to_be_visible(timeout=SOON_MS)

    abhinav.enroll(class_id, "Wait in line")
    expect(abhinav.card(class_id).get_by_text("1st of 1, since")).to_be_visible(timeout=SOON_MS)
    abhinav.press("Notices: off", abhinav.card(class_id))
    abhinav.press("Tell me")
    expect(abhinav.page.get_by_text("You are told when your seat comes")).to_be_visible(timeout=SOON_MS)
    abhinav.press("Send a test")
    expect(abhinav.page.locator("#notify-results")).to_contain_text("E-mail to", timeout=SOON_MS)
    abhinav.press("Close")
    expect(abhinav.card(class_id).get_by_role("button", name="Notices: on")).to_be_visible(timeout=SOON_MS)

    path = f"/student/waitlist/{class_id}"
    assert abhinav.watch.statuses(path).count(200) == 1, "the line rested: what was sent once is not sent again"
    abhinav.page.screenshot(path=system.artifacts() / "page-waiting.png", full_page=True)

    liam.press("Drop", liam.card(class_id))
    liam.press("Drop the class")
    expect(liam.card(class_id)).to_have_count(0, timeout=SOON_MS)

    expect(abhinav.card(class_id).get_by_text("Enrolled", exact=True)).to_be_visible(timeout=SOON_MS)
    expect(abhinav.page.locator("#news")).to_contain_text("The seat is yours")
    sent = abhinav.page.locator("#sent > li").filter(has_text="A seat came free, and you are enrolled")
    expect(sent.filter(has_text="Delivered")).to_be_visible(timeout=SOON_MS)
    abhinav.page.screenshot(path=system.artifacts() / "page-promoted.png", full_page=True)
    sent.get_by_role("button", name="Send again").click()
    expect(sent.get_by_text("2 attempts")).to_be_visible(timeout=SOON_MS)
    for one in (liam, abhinav):
        one.leave_the_page()


def test_who_waits_sees_the_line_move(browser: Browser, registrar: Person) -> None:
    class_id = new_class(registrar, seats=1)
    david, jo, mia = (gateway.new_student(name) for name in ("david", "jo", "mia"))
    for student in (david, jo, mia):
        assert student.request("POST", f"/student/enroll/{class_id}").status_code == 200
    visitor = Visitor(browser, mia)
    expect(visitor.card(class_id).get_by_text("2nd of 2, since")).to_be_visible(timeout=SOON_MS)
    assert jo.request("DELETE", f"/student/waitlist/drop/{class_id}").status_code == 200
    expect(visitor.card(class_id).get_by_text("1st of 1, since")).to_be_visible(timeout=SOON_MS)
    resized = registrar.request("PUT", f"/registrar/capacity/{class_id}/2/15")
    assert resized.status_code == 200
    expect(visitor.card(class_id).get_by_text("Enrolled", exact=True)).to_be_visible(timeout=SOON_MS)
    visitor.leave_the_page()


def test_a_student_swaps_pauses_accepts_and_reads_why(browser: Browser, registrar: Person) -> None:
    old, new = (new_class(registrar, seats=1) for _ in range(2))
    mia, jo = (gateway.new_student(name) for name in ("mia", "jo"))
    for student, class_id in ((mia, old), (jo, new)):
        assert student.request("POST", f"/student/enroll/{class_id}").status_code == 200
    policy = {"promotion": "offer", "offer_window_s": 600}
    assert registrar.request("PUT", f"/registrar/policy/{new}", json=policy).status_code == 200
    visitor = Visitor(browser, mia)
    visitor.press("Swap", visitor.card(old))
    visitor.page.get_by_label("Find the other class").fill("Gateway Walk-Through")
    visitor.page.locator("#swap-found button").filter(has_text="Gateway Walk-Through").first.wait_for()
    visitor.page.screenshot(path=system.artifacts() / "page-swap.png", full_page=True)
    visitor.press("Keep my class")
    assert mia.request("POST", f"/student/swap/{old}/{new}").json()["swapped"] is False

    expect(visitor.card(new).get_by_text("you give up")).to_be_visible(timeout=SOON_MS)
    visitor.press("Pause", visitor.card(new))
    expect(visitor.card(new).get_by_text("paused: seats go to those behind you")).to_be_visible(timeout=SOON_MS)
    visitor.press("End the pause", visitor.card(new))
    assert jo.request("DELETE", f"/student/remove/{new}").status_code == 200
    expect(visitor.card(new).get_by_text("A seat is held for you until")).to_be_visible(timeout=SOON_MS)
    visitor.page.screenshot(path=system.artifacts() / "page-offer.png", full_page=True)
    visitor.press("Accept the seat", visitor.card(new))
    expect(visitor.card(new).get_by_text("Enrolled", exact=True)).to_be_visible(timeout=SOON_MS)
    expect(visitor.card(old)).to_have_count(0, timeout=SOON_MS)
    visitor.press("Why?", visitor.card(new))
    expect(visitor.page.locator("#why-story")).to_contain_text(
        re.compile("and gave up TEST .* Gateway Walk-Through, section 1"), timeout=SOON_MS
    )
    visitor.page.screenshot(path=system.artifacts() / "page-why.png", full_page=True)
    visitor.press("Close")
    visitor.leave_the_page()


def test_somebody_new_registers_on_a_phone(browser: Browser) -> None:
    visitor = Visitor(browser, width=360, height=740)
    name = gateway.new_student("not-this-one").username.replace("not-this", "this")
    visitor.press("No account yet? Register")
    visitor.page.locator("#email").fill(f"{name}@example.com")
    log_in(visitor.page, name, gateway.PASSWORD)
    expect(visitor.page.get_by_text("You are in no class yet")).to_be_visible(timeout=SOON_MS)
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    visitor.leave_the_page()


def test_a_token_of_somebody_else_s_making_leads_back_to_the_door(browser: Browser) -> None:
    person = gateway.new_student("mallory")
    forged = gateway.unsigned(gateway.good_claims(person), "none")
    visitor = Visitor(browser)
    session = {"token": forged, "refreshToken": None, "id": str(person.id), "username": person.username}
    session |= {"email": person.email, "roles": ["student"], "expiresAt": 9e15, "endsAt": 9e15}
    visitor.page.evaluate(
        "session => localStorage.setItem('course-enrollment.session', JSON.stringify(session))", session
    )
    visitor.page.reload()
    expect(visitor.page.get_by_text("Your login has ended. Log in again.")).to_be_visible(timeout=SOON_MS)
    visitor.page.context.close()


def test_an_instructor_drops_a_student_and_a_registrar_makes_room_without_knowing_an_id(
    browser: Browser, registrar: Person
) -> None:
    class_id = new_class(registrar, seats=1)
    course = registrar.request("GET", f"/registrar/classes/{class_id}").json()["CourseCode"]
    student, next_one, last = (gateway.new_student(name) for name in ("noah", "viditi", "mia"))
    for each in (student, next_one):
        assert each.request("POST", f"/student/enroll/{class_id}").status_code == 200
    visitor = Visitor(browser)
    page = visitor.page
    log_in(page, "lovelace", os.environ["DEMO_PASSWORD"])
    page.get_by_role("link", name=course).click()
    visitor.press(f"Drop {student.username}")
    expect(page.locator("#sure-text")).to_contain_text(f"{next_one.username}, who is next in line")
    visitor.press("Drop the student")
    expect(page.get_by_role("row", name=next_one.username)).to_contain_text(next_one.email, timeout=SOON_MS)
    page.get_by_role("link", name="History").click()
    expect(page.get_by_text(f"{next_one.username}, next in line, got a seat")).to_be_visible(timeout=SOON_MS)
    visitor.press("Log out")

    log_in(page, "registrar", os.environ["DEMO_PASSWORD"])
    page.get_by_role("searchbox", name="Find").fill(course)
    page.get_by_role("link", name=course).click()
    visitor.press("Enroll a student")
    page.get_by_label("Student (user name or e-mail)").fill(last.email)
    page.locator("#enroll-student").get_by_role("button", name="Enroll a student").click()
    expect(page.locator("#news")).to_contain_text(f"{last.username} is in line for", timeout=SOON_MS)
    visitor.press("Edit")
    page.locator("#class-form").get_by_label("Title").fill("100% C#")
    page.locator("#class-form").get_by_label("Seats").fill("5")
    expect(page.get_by_text("1 student in line will be enrolled at once.")).to_be_visible()
    visitor.press("Save")
    expect(page.get_by_role("row", name=last.username)).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_role("heading", name=f"{course} 100% C#")).to_be_visible()
    visitor.press("Remove")
    visitor.press("Remove the class")
    expect(page.get_by_role("heading", name="Classes", exact=True)).to_be_focused(timeout=SOON_MS)
    visitor.leave_the_page()


def test_a_login_in_swagger_ui_fills_authorize_and_then_an_operation_works(browser: Browser) -> None:
    person = gateway.new_student("rishub")
    page = browser.new_page(viewport={"width": 1280, "height": 1200})
    watch = Watch(page, gateway.url())
    open_docs(page, gateway.url())
    body = f'{{"username": "{person.username}", "password": "{gateway.PASSWORD}"}}'
    expect(execute(page, "/user/login", body)).to_have_text("200")
    expect(page.get_by_role("status").filter(has_text=f"Logged in as {person.username} (student)")).to_be_visible()
    expect(page.locator("button.authorize.locked")).to_be_visible()
    expect(execute(page, "/student/enrollments")).to_have_text("200")
    page.screenshot(path=system.artifacts() / "swagger-gateway.png")
    expect(execute(page, "/registrar/remove/{classid}", classid="1")).to_have_text("403")
    assert watch.strangers == []
    assert [said for said in watch.complaints if "Content Security Policy" in said] == []
    page.close()


def execute(page: Page, path: str, body: str | None = None, **parameters: str) -> Locator:
    """The status of the live reply."""
    block = page.locator(".opblock").filter(has=page.locator(f"[data-path='{path}']")).first
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Try it out").click()
    if body:
        block.locator("textarea").fill(body)
    for name, value in parameters.items():
        block.locator(f"tr[data-param-name='{name}'] input").fill(value)
    block.get_by_role("button", name="Execute").click()
    status = block.locator(".live-responses-table tbody tr.response .response-col_status")
    expect(status).to_be_visible(timeout=SOON_MS)
    return status


def test_a_page_has_one_policy_and_is_304_while_it_is_the_same() -> None:
    with gateway.client() as api:
        for path, policies in (("/", 1), ("/docs", 1), ("/pages/icon.svg", 1), ("/pages/main.js", 0)):
            reply = api.get(path)
            assert reply.status_code == 200
            assert len(reply.headers.get_list("Content-Security-Policy")) == policies
            again = api.get(path, headers={"If-None-Match": reply.headers["ETag"]})
            assert (again.status_code, again.content) == (304, b"")
        assert api.get("/pages/app.py").status_code == 404
