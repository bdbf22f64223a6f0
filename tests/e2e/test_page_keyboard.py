"""The live page by the keyboard alone: everything that can be used is reached in every state, and seen when it is."""

import pytest
from playwright.sync_api import Browser, FileChooser, Locator, Page, expect

from tests.e2e.browser import until
from tests.e2e.given_replies import GivenReplies
from tests.e2e.staff import DETAILS, PLACES, enter, given_registrar
from tests.e2e.system import PAGES
from tests.e2e.test_page_languages import all_states, browsing

pytestmark = pytest.mark.browser

# Numbers what can be used now: in the dialog that is open, if one is. Of the choices of a radio group one is reached
# by Tab, the others by arrows.
NUMBER = """() => {
  const around = document.querySelector("dialog[open]") ?? document;
  const seen = (node) => node.checkVisibility({ visibilityProperty: true }) && !node.disabled;
  const found = [...around.querySelectorAll("a[href], button, input, select, textarea, summary")].filter(seen);
  for (const node of document.querySelectorAll("[data-number]")) delete node.dataset.number;
  const groups = new Set();
  const reached = found.filter((node) => node.type !== "radio" || !groups.has(node.name) && groups.add(node.name));
  reached.forEach((node, at) => (node.dataset.number = at));
  return reached.map((node) => node.ariaLabel || node.textContent.trim() || node.id);
}"""
FOCUSED = """() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  return [document.activeElement.dataset.number, outlineStyle !== "none" && outlineWidth !== "0px"];
}"""


@pytest.mark.parametrize("role", ["student", *PLACES])
def test_everything_that_can_be_used_is_reached_by_tab_and_shows_where_it_is(browser: Browser, role: str) -> None:
    with browsing(browser, "en") as page:
        for name in all_states(page, "en", role):
            names = page.evaluate(NUMBER)
            missing = dict(enumerate(names))
            for _ in range(len(names) + 12):
                page.keyboard.press("Tab")
                number, is_seen = page.evaluate(FOCUSED)
                assert number is None or is_seen, f"{name}: {names[int(number)]} has no ring"
                missing.pop(int(number), None) if number is not None else None
                if not missing:
                    break
            assert missing == {}, name


def tab_to(page: Page, wanted: Locator) -> None:
    for _ in range(60):
        if wanted.evaluate("node => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {wanted}")


def press(page: Page, within: Page | Locator, *names: str) -> None:
    """One button after the other, each reached by Tab."""
    for name in names:
        tab_to(page, within.get_by_role("button", name=name, exact=True))
        page.keyboard.press("Enter")


def test_a_student_drops_swaps_takes_an_offer_and_gets_a_secret_by_the_keyboard_alone(page: Page) -> None:
    given = GivenReplies(page)
    given.wait_in_line(3, 7)
    given.offer_and_hold(offered=10, seated=11, dropped=12)
    given.replies |= {
        "GET /student/subscribe/list": {"subscriptions": ["2"]},
        "GET /student/subscribe/2": {"email": None, "proxyURL": "https://a.example/x", "format": "message"},
        "GET /student/subscribe/secret": {"secret": "whsec_first", "old_until": None},
        "POST /student/subscribe/secret/rotate": {"secret": "whsec_second", "old_until": None},
        "POST /student/offer/10/accept": {"message": "…"},
        "POST /student/swap/11/8": {"message": "…", "swapped": False},
        "DELETE /student/remove/11": {"message": "…"},
    }
    enter(page)
    line, offered, seated = (page.locator("#mine .card", has=page.locator(f"#mine-{one}")) for one in (2, 10, 11))
    news = page.locator("#news")
    title = "CPSC 449 Web Back-End Engineering"
    press(page, offered, f"Accept the seat in {title}")
    expect(news).to_contain_text("The seat is yours")
    press(page, seated, f"Swap {title}")
    tab_to(page, page.locator("#swap-found button").last)
    page.keyboard.press("Enter")
    expect(news).to_contain_text("You wait in line for")
    press(page, line, f"Notices: on, {title}")
    expect(page.locator("#notify-signed summary")).to_be_visible()
    tab_to(page, page.locator("#notify-signed summary"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("whsec_first")).to_be_visible()
    press(page, page.locator("#notify"), "Replace it")
    press(page, page.locator("#sure"), "Replace the secret")
    expect(page.get_by_text("whsec_second")).to_be_visible()
    expect(page.locator("#notify-rotate")).to_be_focused()
    page.keyboard.press("Escape")
    press(page, seated, f"Drop {title}")
    press(page, page.locator("#sure"), "Drop the class")
    expect(news).to_contain_text("You dropped")
    expect(page.locator("#mine-title")).to_be_focused()


def test_an_instructor_drops_a_student_by_the_keyboard_alone(page: Page, instructor: GivenReplies) -> None:
    instructor.replies["DELETE /instructor/drop/2/1"] = {"message": "…"}
    enter(page, "#taught=2")
    press(page, page, "Drop jack")
    expect(page.locator("#sure-text")).to_contain_text("david")
    press(page, page, "Drop the student")
    expect(page.locator("#news")).to_contain_text("jack was dropped")


def test_a_registrar_gives_roles_and_removes_a_class_by_the_keyboard_alone(page: Page, registrar: GivenReplies) -> None:
    registrar.replies |= {"PUT /registrar/roles/5": {"id": 5}, "DELETE /registrar/remove/2": {"message": "…"}}
    enter(page, "#registry=people")
    tab_to(page, page.get_by_role("searchbox", name="User name or e-mail"))
    page.keyboard.type("lovelace")
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("checkbox", name="Instructor"))
    page.keyboard.press("Space")
    with page.expect_request("**/registrar/roles/5") as sent:
        press(page, page, "Save roles")
    assert sent.value.post_data_json == {"roles": ["student", "instructor"]}
    tab_to(page, page.get_by_role("link", name="Classes", exact=True))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="CPSC 449 Web Back-End Engineering").first)
    page.keyboard.press("Enter")
    press(page, page, "Remove", "Remove the class")
    expect(page.get_by_role("heading", name="Classes", exact=True)).to_be_focused()


def test_how_seats_are_given_is_chosen_by_the_keyboard_alone(page: Page) -> None:
    registrar = given_registrar(page)
    registrar.replies["PUT /registrar/policy/2"] = {"message": "…", "class_details": DETAILS}
    enter(page, "#class=2")
    tab_to(page, page.get_by_role("button", name="Edit"))
    page.keyboard.press("Enter")
    form = page.locator("#class-form")
    tab_to(page, form.get_by_label("A free seat"))
    page.keyboard.press("ArrowDown")
    tab_to(page, form.get_by_label("Time to accept"))
    page.keyboard.press("Control+a")
    page.keyboard.type("90")
    tab_to(page, form.get_by_label("One student may hold"))
    page.keyboard.press("ArrowDown")
    with page.expect_request("**/registrar/policy/2") as sent:
        tab_to(page, form.get_by_role("button", name="Save"))
        page.keyboard.press("Enter")
    assert sent.value.post_data_json == {"promotion": "offer", "offer_window_s": 5400, "one_section": True}
    expect(form).to_be_hidden()
    expect(page.get_by_role("button", name="Edit")).to_be_focused()


def test_a_file_is_uploaded_by_the_keyboard_alone(page: Page) -> None:
    registrar = given_registrar(page)
    registrar.replies["POST /registrar/accounts/upload"] = {"results": [{"outcome": "good", "detail": None}]}
    choosing: list[FileChooser] = []
    # Before the key is pressed: a file chooser that opens until then is nobody's.
    page.on("filechooser", lambda chooser: choosing.append(chooser))
    enter(page)
    tab_to(page, page.get_by_role("button", name="Upload a file"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("CSV file"))
    page.keyboard.press("Enter")
    until(page, lambda: choosing)
    content = b"username,email,password\nal,al@x.org,a long one\n"
    choosing[0].set_files({"name": "students.csv", "mimeType": "text/csv", "buffer": content})
    expect(page.get_by_text("1 to add")).to_be_visible()
    registrar.replies["POST /registrar/accounts/upload"] = {"results": [{"outcome": "added", "detail": None}]}
    tab_to(page, page.get_by_role("button", name="Add 1"))
    page.keyboard.press("Enter")
    expect(page.locator("#news")).to_contain_text("1 account was added")


def test_the_language_is_switched_by_the_keyboard_alone(page: Page) -> None:
    GivenReplies(page)
    page.goto(f"{PAGES}/")
    tab_to(page, page.locator("#language"))
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
