"""The live page by the keyboard alone: everything that can be used is reached in every state, and seen when it is."""

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

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
    enter(page)
    tab_to(page, page.get_by_role("button", name="Upload a file"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("CSV file"))
    with page.expect_file_chooser() as choosing:
        page.keyboard.press("Enter")
    content = b"username,email,password\nal,al@x.org,a long one\n"
    choosing.value.set_files({"name": "students.csv", "mimeType": "text/csv", "buffer": content})
    expect(page.get_by_text("1 to add")).to_be_visible()
    registrar.replies["POST /registrar/accounts/upload"] = {"results": [{"outcome": "added", "detail": None}]}
    tab_to(page, page.get_by_role("button", name="Add 1"))
    page.keyboard.press("Enter")
    expect(page.locator("#news")).to_contain_text("1 accounts were added")


def test_the_language_is_switched_by_the_keyboard_alone(page: Page) -> None:
    GivenReplies(page)
    page.goto(f"{PAGES}/")
    tab_to(page, page.locator("#language"))
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
