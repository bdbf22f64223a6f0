"""The live page in its languages: the same words in all of them, and no other ones on any page."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import log_in, until, violations
from tests.e2e.given_replies import CLASS, DELIVERY, GivenReplies
from tests.e2e.staff import DETAILS, PLACES, given_registrar, roster
from tests.e2e.system import PAGES, artifacts

pytestmark = pytest.mark.browser

OTHERS = ["de", "es"]
# What every text says, with a mark for each thing that is put into it: ⟦0⟧ the first, ⟦1.name⟧ of the second its name.
SHAPE = """async (language) => {
  const files = ["", "-student", "-staff", "-registrar"].map((part) => import(`/pages/${language}${part}.js`));
  const words = Object.assign({}, ...(await Promise.all(files)).map((file) => file.default));
  const mark = (path) => new Proxy(() => {}, {
    get: (_, key) => typeof key === "symbol" || key === "toString" ? () => `⟦${path}⟧` : mark(`${path}.${key}`),
    apply: () => mark(path),
  });
  const shape = (node, path) => {
    if (typeof node === "string") return [[path, [...new Set(node.match(/⟦[^⟧]*⟧/g))].sort()]];
    if (typeof node === "function") {
      const said = node(...[0, 1, 2, 3].map((at) => mark(`${at}`)));
      return shape(typeof said === "function" ? `${said}` : said, `${path}()`);
    }
    if (typeof node === "object") return Object.keys(node).sort().flatMap((key) => shape(node[key], `${path}.${key}`));
    return [[path, [typeof node]]];
  };
  return shape(words, "");
}"""
TEXTS = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (!walker.currentNode.parentElement.closest("noscript, #language")) {
    found.push(walker.currentNode.textContent.trim());
  }
  for (const node of document.querySelectorAll("[aria-label], [placeholder]")) {
    found.push(node.ariaLabel ?? "", node.placeholder ?? "");
  }
  return found.filter((text) => /[a-z]{2}/i.test(text));
}"""
# What nobody has put words into, but for what another role will read.
UNSAID = """() => [...document.querySelectorAll("[data-say]:empty")]
  .filter((node) => !node.closest("[hidden], dialog:not([open])")).map((node) => node.outerHTML)"""
# The same in every language: what people and services have written, names of things, and a few words that are alike.
ALIKE = {
    *("abhinav", "jack", "liam", "david", "lovelace", "Computer Science", "Arts", "redis", "Redis", "nobody"),
    *("Not ready: redis (away)", "enrollment 1: away", "ConnectionRefusedError", "the receiver answered 404"),
    *(f"{name}@example.com" for name in ("abhinav", "jack", "liam", "david", "lovelace")),
    *("CPSC 449 Web Back-End Engineering", "CPSC 449 Web", "History", "Minute"),
    "abhinav, CPSC 449 Web Back-End Engineering",
    *("API", "Webhook", "Webhooks", "https://…", "Name"),
}


@pytest.mark.parametrize("other", OTHERS)
def test_all_files_of_words_have_the_same_keys_and_placeholders(page: Page, other: str) -> None:
    page.add_init_script("Intl.NumberFormat = class { format = (number) => `${number}`; };")
    page.goto(f"{PAGES}/")
    english, others = (
        {path: marks for path, marks in page.evaluate(SHAPE, language) if path != ".story.text()"}
        for language in ("en", other)
    )

    assert others.keys() == english.keys()
    assert {path: marks for path, marks in others.items() if marks != english[path]} == {}


# What is said of one and of two, where verbs and nouns change.
COUNTED = {
    "en": ("1 class was added", "2 classes were added", "Remove X? 1 student loses a place in line."),
    "de": (
        "1 Kurs ist angelegt",
        "2 Kurse sind angelegt",
        "X entfernen? 1 Person verliert ihre Stelle auf der Warteliste.",
    ),
    "es": ("Se creó 1 curso", "Se crearon 2 cursos", "¿Eliminar X? 1 persona pierde su puesto en la fila."),
}


@pytest.mark.parametrize("language", COUNTED)
def test_one_is_not_said_as_several_are(page: Page, language: str) -> None:
    page.goto(f"{PAGES}/")
    said = """async (file) => {
      const { registry, upload: { done: { classes } } } = (await import(file)).default;
      return [classes(1), classes(2), registry.askRemove("X", 0, 1)];
    }"""
    assert tuple(page.evaluate(said, f"/pages/{language}-registrar.js")) == COUNTED[language]


@contextmanager
def browsing(browser: Browser, language: str, width: int = 1280, **options: str) -> Iterator[Page]:
    context = browser.new_context(locale=language, viewport={"width": width, "height": 844}, **options)
    yield context.new_page()
    context.close()


def states(page: Page, language: str) -> Iterator[str]:
    """The page in one state after the other; each is named."""
    given = GivenReplies(page, roles=["student"])
    given.wait_in_line(3, 7)
    given.offer_and_hold(offered=10, seated=11, dropped=12)
    given.replies |= {
        "GET /student/deliveries": {"deliveries": [DELIVERY], "next_page": None},
        "GET /student/waitlist/2/history": {"entries": [{"at": "2026-02-03T14:02:00Z", "what": "joined", "text": "x"}]},
        "POST /student/enroll/8": (409, {}, {"detail": "Class 8 is full", "code": "class_full"}),
    }
    full = {**CLASS, "ClassID": 9, "CurrentWaitlist": 15}
    given.replies["GET /student/list"] = {"Classes": [{**CLASS, "ClassID": 8, "CurrentEnrollment": 1}, full]}
    page.goto(f"{PAGES}/")
    expect(page.locator("#login")).to_be_visible()
    yield "login"
    page.locator("#login-switch").click()
    yield "register"
    page.locator("#login-switch").click()
    page.locator("#login-forgot").click()
    yield "forgot"
    for purpose in ("reset", "verify"):
        page.goto(f"{PAGES}/#{purpose}=4.secret")
        page.reload()
        expect(page.locator("#login")).to_be_visible()
        yield purpose
    page.goto(f"{PAGES}/")
    log_in_with(page)
    expect(page.locator("#mine .card")).to_have_count(3)
    page.locator("#open .card button.main").first.click()
    expect(page.locator("#news li")).to_have_count(1)
    yield "student"
    dialogs = (("notices", 2, 2), ("why", 2, 3), ("leave", 2, 6), ("decline", 10, 1), ("swap", 11, 4), ("drop", 11, 6))
    for name, card, number in dialogs:
        acts = page.locator("#mine .card", has=page.locator(f"#mine-{card}")).locator(".acts button")
        acts.nth(number).click()
        expect(page.locator("dialog[open] button:visible").last).to_be_visible()
        yield name
        page.keyboard.press("Escape")
    page.locator("#dropped-count").click()
    yield "dropped"
    page.locator("#account").click()
    expect(page.locator("#account-dialog")).to_be_visible()
    yield "account"


def staff_states(page: Page, role: str) -> Iterator[str]:
    if role == "registrar":
        given_registrar(page)
    else:
        given = GivenReplies(page, roles=["instructor"])
        given.replies["GET /instructor/classes"] = {"Classes": [DETAILS], "next_after": None}
        roster(given, "instructor")
    page.goto(f"{PAGES}/")
    log_in_with(page)
    for number, place in enumerate(PLACES[role]):
        page.evaluate("place => { location.hash = place; }", place)
        page.wait_for_timeout(300)
        yield f"{role}-{number}"
    if role == "instructor":
        page.evaluate("location.hash = 'taught=2'")
        page.locator(".people td button").first.click()
        expect(page.locator("dialog[open]")).to_be_visible()
        yield "instructor-drop"
    else:
        asked = {"registry=classes": ("add", "upload"), "class=2": ("enroll", "edit", "remove")}
        for place, name in ((place, name) for place, names in asked.items() for name in names):
            page.evaluate("place => { location.hash = place; }", place)
            text = page.evaluate(f"(async () => (await import('/pages/language.js')).say.registry.{name})()")
            page.get_by_role("button", name=text, exact=True).click()
            expect(page.locator("dialog[open]")).to_be_visible()  # it is loaded when it is wanted
            yield f"registrar-{name}"
            page.keyboard.press("Escape")


def all_states(page: Page, language: str, role: str) -> Iterator[str]:
    yield from (states(page, language) if role == "student" else staff_states(page, role))


def log_in_with(page: Page) -> None:
    page.locator("#username").fill("abhinav")
    page.locator("#password").fill("a password for tests")
    page.locator("#login-submit").click()
    expect(page.locator("#log-out")).to_be_visible()


@pytest.mark.parametrize("role", ["student", *PLACES])
def test_no_page_shows_a_key_or_a_word_of_another_language(browser: Browser, role: str) -> None:
    english: dict[str, set[str]] = {}
    with browsing(browser, "en") as page:
        for name in all_states(page, "en", role):
            english[name] = set(page.evaluate(TEXTS))
    for language in OTHERS:
        with browsing(browser, language) as page:
            for name in all_states(page, language, role):
                texts = set(page.evaluate(TEXTS))
                assert (texts & english[name]) - ALIKE == set(), f"{language}, {name}"
                assert [text for text in texts if "undefined" in text or "[object" in text] == []
                assert page.evaluate(UNSAID) == []
            assert page.evaluate("document.documentElement.lang") == language


# What is wider than the card it is in, or a name in more than one line.
TOO_WIDE = """() => [...document.querySelectorAll(".card *, #who")].filter((node) => {
  const [own, around] = [node, node.closest(".card, header")].map((one) => one.getBoundingClientRect());
  return own.width && (own.right > around.right + 1 || (node.id === "who" && own.height > 32));
}).map((node) => node.textContent)"""


# Labels that stand far from their fields.
PARTED = """() => [...document.querySelectorAll("label[for]")].filter((label) => {
  const [one, other] = [label, label.control].map((node) => node.getBoundingClientRect());
  const between = (a, b, c, d) => Math.max(0, c - b, a - d);
  const x = between(one.left, one.right, other.left, other.right);
  const y = between(one.top, one.bottom, other.top, other.bottom);
  return other.width && Math.hypot(x, y) > 16;
}).map((label) => label.textContent)"""


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("role", ["student", *PLACES])
def test_long_words_fit_and_axe_finds_no_fault(browser: Browser, role: str, width: int) -> None:
    with browsing(browser, "de", width) as page:
        for name in all_states(page, "de", role):
            assert violations(page) == "", name
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
            assert page.evaluate(TOO_WIDE) == [], name
            assert page.evaluate(PARTED) == [], name
            page.screenshot(path=artifacts() / f"de-{name}-{width}.png")


def test_the_switch_keeps_the_login_and_is_remembered(browser: Browser) -> None:
    with browsing(browser, "fr") as page:
        GivenReplies(page)
        page.goto(f"{PAGES}/")
        log_in(page)
        page.get_by_label("Language").select_option("Deutsch")
        expect(page.get_by_role("heading", name="Meine Kurse")).to_be_visible()
        page.reload()
        expect(page.get_by_role("heading", name="Meine Kurse")).to_be_visible()
        until(page, lambda: page.title() == "Kursanmeldung")


def test_times_are_those_of_the_viewer_s_zone(browser: Browser) -> None:
    for zone, time in (("America/New_York", "09:02"), ("Asia/Kolkata", "19:32")):
        with browsing(browser, "en", timezone_id=zone) as page:
            given = GivenReplies(page)
            given.wait_in_line(3, 7)
            page.goto(f"{PAGES}/")
            log_in(page)
            expect(page.locator("#mine .state")).to_contain_text(time)


def test_a_refusal_is_worded_by_its_code(browser: Browser) -> None:
    with browsing(browser, "de") as page:
        given = GivenReplies(page)
        given.replies["POST /student/enroll/8"] = (409, {}, {"detail": "Class 8 is full", "code": "class_full"})
        page.goto(f"{PAGES}/")
        log_in_with(page)
        with page.expect_request("**/student/enroll/8") as asked:
            page.get_by_role("button", name="CPSC 449 Web Back-End Engineering belegen").click()
        assert "application/problem+json" in asked.value.headers["accept"]
        expect(page.get_by_text("Der Kurs und seine Warteliste sind voll")).to_be_visible()


@pytest.mark.parametrize(("language", "line"), [("en", "12,345"), ("de", "12.345"), ("es", "12.345")])
def test_large_numbers_are_written_as_the_language_does(browser: Browser, language: str, line: str) -> None:
    with browsing(browser, language) as page:
        given = GivenReplies(page)
        given.wait_in_line(1234, 12345)
        given.replies["GET /student/list"] = {
            "Classes": [{**CLASS, "CurrentWaitlist": 12345, "WaitlistMaximum": 20000}]
        }
        page.goto(f"{PAGES}/")
        log_in_with(page)
        expect(page.locator("#mine .state")).to_contain_text(line)
        expect(page.locator("#mine .bars")).to_contain_text(line)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "You got a seat, and gave up CPSC 335 Algorithm Engineering, section 2"),
        ("de", "Sie haben einen Platz bekommen (CPSC 335 Algorithm Engineering, Gruppe 2)"),
        ("es", "Obtuvo una plaza (CPSC 335 Algorithm Engineering, grupo 2)"),
    ],
)
def test_a_story_names_the_other_class(browser: Browser, language: str, told: str) -> None:
    other = {"class_id": 9, "course_code": "CPSC 335", "class_name": "Algorithm Engineering", "section_number": 2}
    text = "You got a seat, and gave up CPSC 335 Algorithm Engineering, section 2"
    entry = {"at": "2026-02-03T14:02:00Z", "what": "enrolled", "text": text, "position": None, "other_class": other}
    with browsing(browser, language) as page:
        given = GivenReplies(page)
        given.give_seat()
        given.replies["GET /student/waitlist/2/history"] = {"entries": [entry]}
        page.goto(f"{PAGES}/")
        log_in_with(page)
        page.locator("#mine .acts button").nth(3).click()
        expect(page.locator("#why-story")).to_contain_text(told)
