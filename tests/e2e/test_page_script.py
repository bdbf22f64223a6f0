"""What the live page does with the replies it gets: shows them, refreshes, waits, forgets, and says what is wrong."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import system
from tests.e2e.browser import Watch, log_in, until, violations
from tests.e2e.given_replies import CLASS, DELIVERY, GivenReplies
from tests.e2e.system import PAGES

pytestmark = pytest.mark.browser


def test_the_desk_has_no_fault_that_axe_finds_and_fits_a_phone(browser: Browser, scheme: str) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": 360, "height": 740})
    given = GivenReplies(page)
    given.wait_in_line(3, 7)
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.get_by_text("3rd of 7, since")).to_be_visible()
    given.give_seat()
    expect(page.get_by_text("The seat is yours")).to_be_visible()
    expect(page.locator("#sent").get_by_text("Delivered")).to_be_visible()
    assert violations(page) == ""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Notices: off").click()
    assert violations(page) == ""
    page.screenshot(path=system.artifacts() / f"page-360-{scheme}.png", full_page=True)
    page.close()


def test_it_can_be_used_with_the_keyboard_alone(page: Page) -> None:
    given = GivenReplies(page)
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
    given.replies["POST /student/enroll/2"] = {"message": "Student added to waitlist"}
    given.wait_in_line(4, 4)
    page.keyboard.press("Enter")
    expect(page.get_by_text("4th of 4, since")).to_be_visible()
    expect(page.locator("#mine-2")).to_be_focused()


def test_positions_are_refreshed_by_304_while_the_line_rests(page: Page) -> None:
    given = GivenReplies(page)
    given.wait_in_line(3, 7)
    watch = Watch(page, PAGES)
    page.goto(f"{PAGES}/")
    log_in(page)
    until(page, lambda: watch.statuses("/student/waitlist/2").count(304) >= 2)
    assert watch.statuses("/student/waitlist/2").count(200) == 1
    given.wait_in_line(2, 6)
    expect(page.get_by_text("2nd of 6, since")).to_be_visible()


def test_a_line_is_waited_for_and_not_asked_about_again_and_again(page: Page) -> None:
    given = GivenReplies(page, holds=True)
    given.wait_in_line(3, 7)
    page.goto(f"{PAGES}/")
    log_in(page)
    until(page, lambda: given.held)
    assert given.held[0].request.headers["prefer"] == "wait=25"
    asked = len(given.times("GET /student/waitlist/2"))
    page.wait_for_timeout(3_000)
    assert len(given.times("GET /student/waitlist/2")) == asked
    given.wait_in_line(2, 6)
    given.let_go()
    expect(page.get_by_text("2nd of 6, since")).to_be_visible()


def test_a_line_that_moves_all_the_time_is_shown_once_a_round_and_not_asked_about_each_time(page: Page) -> None:
    given = GivenReplies(page)
    positions = iter(range(900, 0, -1))
    page.route("**/student/waitlist/2", lambda route: (given.wait_in_line(next(positions), 900), route.fallback()))
    given.wait_in_line(901, 901)
    page.goto(f"{PAGES}/")
    log_in(page)
    until(page, lambda: len(given.times("GET /student/waitlist/2")) >= 6)
    asked = given.times("GET /student/waitlist/2")[:6]
    assert asked[5] - asked[0] >= 2.5, "each round asks twice: what there is now, and for news"


def test_a_place_that_was_lost_is_said(page: Page) -> None:
    given = GivenReplies(page)
    given.wait_in_line(3, 7)
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.get_by_text("3rd of 7, since")).to_be_visible()
    given.drop()
    expect(page.get_by_text("You are no longer in line for CPSC 449")).to_be_visible()
    expect(page.get_by_text("You are in no class yet")).to_be_visible()


def test_what_was_done_is_not_undone_by_an_index_that_lags(page: Page) -> None:
    given = GivenReplies(page)
    given.replies["POST /student/enroll/8"] = {"message": "Enrollment added successfully"}
    page.goto(f"{PAGES}/")
    log_in(page)
    until(page, lambda: given.times("GET /student/enrollments"))
    before = len(given.times("GET /student/enrollments"))
    page.get_by_role("button", name="Enroll in CPSC 449").click()
    card = page.locator("#mine .card:has(#mine-8)")
    expect(card.get_by_text("Enrolled", exact=True)).to_be_visible()
    page.wait_for_timeout(2_000)
    assert len(given.times("GET /student/enrollments")) > before, "which still say that there is nothing"
    expect(card).to_be_visible()


def test_it_says_that_the_gateway_is_away_waits_as_long_as_asked_and_recovers(page: Page) -> None:
    given = GivenReplies(page)
    given.wait_in_line(3, 7)
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.get_by_text("3rd of 7, since")).to_be_visible()
    good = given.replies["GET /student/waitlist/2"]
    given.replies["GET /student/waitlist/2"] = (503, {"Retry-After": "4"}, {"detail": "Redis does not answer"})
    expect(page.get_by_role("alert").filter(has_text="Redis does not answer")).to_be_visible()
    refused = given.times("GET /student/waitlist/2")[-1]
    given.replies["GET /student/waitlist/2"] = good
    expect(page.locator("#trouble")).to_be_hidden()
    assert next(t for t in given.times("GET /student/waitlist/2") if t > refused) - refused >= 3.9
    given.replies["GET /student/list"] = (0, {}, None)
    expect(page.locator("#trouble")).to_have_text("The gateway does not answer. Trying again")
    expect(page.get_by_text("3rd of 7, since")).to_be_visible()


def test_when_one_part_works_again_the_others_are_tried_at_once(page: Page) -> None:
    given = GivenReplies(page)
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.get_by_role("heading", name="My classes")).to_be_focused()
    good = dict(given.replies)
    for name in ("list", "enrollments", "deliveries", "subscribe/list"):
        given.replies[f"GET /student/{name}"] = (500, {}, None)
    trouble = page.locator("#trouble")
    expect(trouble).to_have_text("The service behind the gateway does not answer. Trying again")
    page.wait_for_timeout(8_000)
    given.replies = good
    expect(trouble).to_be_hidden(timeout=12_000)


def test_a_click_that_fails_is_not_said_to_be_tried_again(page: Page) -> None:
    given = GivenReplies(page)
    given.replies["POST /student/enroll/8"] = (0, {}, None)
    page.goto(f"{PAGES}/")
    log_in(page)
    page.get_by_role("button", name="Enroll in CPSC 449").click()
    expect(page.locator("#news .bad")).to_contain_text("The gateway does not answer")
    expect(page.locator("#news")).not_to_contain_text("Trying again")


def test_classes_are_searched_and_paged_by_the_service(page: Page) -> None:
    given = GivenReplies(page)
    given.replies["GET /student/list"] = {"Classes": [{**CLASS, "ClassID": 20 + n} for n in range(30)]}
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.locator("#open .card")).to_have_count(30)
    page.get_by_label("Find", exact=True).fill("web end")
    page.get_by_label("also full ones").check()
    until(page, lambda: "limit=30&q=web+end&full=true" in given.queries)
    page.get_by_role("button", name="Show more").click()
    until(page, lambda: "limit=60&q=web+end&full=true" in given.queries)


def test_a_class_without_room_is_shown_without_a_button(page: Page) -> None:
    given = GivenReplies(page)
    given.replies["GET /student/list"] = {"Classes": [{**CLASS, "CurrentWaitlist": 15}]}
    page.goto(f"{PAGES}/")
    log_in(page)
    card = page.locator("#open .card")
    expect(card.get_by_text("Full, and its line is full")).to_be_visible()
    expect(card.get_by_role("button")).to_have_count(0)
    assert violations(page) == ""


def test_changing_one_channel_of_a_subscription_keeps_the_other(page: Page) -> None:
    given = GivenReplies(page)
    given.wait_in_line(1, 1)
    held = {"email": "old@example.com", "proxyURL": "https://smee.io/mine"}
    given.replies |= {
        "GET /student/subscribe/list": {"subscriptions": ["2"]},
        "GET /student/subscribe/2": held,
        "POST /student/subscribe/2": {"message": "Subscribed to ClassID 2"},
    }
    page.goto(f"{PAGES}/")
    log_in(page)
    page.get_by_role("button", name="Notices: on").click()
    expect(page.get_by_label("Webhook URL")).to_have_value("https://smee.io/mine")
    page.locator("#notify-email").fill("new@example.com")
    with page.expect_request(lambda asked: asked.method == "POST") as sent:
        page.get_by_role("button", name="Save").click()
    assert sent.value.post_data_json == {**held, "email": "new@example.com"}


def test_it_asks_less_often_while_nobody_looks(page: Page) -> None:
    given = GivenReplies(page)
    given.wait_in_line(3, 7)
    page.add_init_script("Object.defineProperty(document, 'hidden', { get: () => true })")
    page.goto(f"{PAGES}/")
    log_in(page)
    until(page, lambda: given.times("GET /student/waitlist/2"))
    page.wait_for_timeout(4_000)
    assert len(given.times("GET /student/waitlist/2")) <= 2
    assert len(given.times("GET /student/list")) <= 2


def test_what_others_have_written_is_text_and_never_markup(page: Page) -> None:
    name = "<img src=x onerror=document.title='taken'><script>document.title='taken'</script>"
    given = GivenReplies(page)
    given.wait_in_line(1, 1)
    for held in given.replies["GET /student/enrollments"]["Enrollments"]:
        held.update(ClassID=9, ClassName=name, Department=name)
    given.replies["GET /student/deliveries"] = {
        "deliveries": [{**DELIVERY, "type": name, "message": name, "target": name}],
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
    given = GivenReplies(page)
    page.goto(f"{PAGES}/")
    for body in ({"detail": "User name or password is wrong"}, None):
        given.replies["POST /user/login"] = (401, {}, body)
        log_in(page)
        expect(page.get_by_role("alert").filter(has_text="User name or password is wrong")).to_be_visible()


def test_a_late_reply_to_the_former_user_is_shown_to_nobody(page: Page) -> None:
    page.goto(f"{PAGES}/")
    shown = page.evaluate(
        """async () => {
          const { Gateway } = await import("/pages/gateway.js");
          let answer;
          window.fetch = () => new Promise((resolve) => { answer = () => resolve(new Response('{"position": 1}')); });
          const gateway = new Gateway(() => {});
          const nothing = new Promise((resolve) => setTimeout(() => resolve("nothing"), 500));
          const late = async (asks) => {
            gateway.token = "the former user's";
            const shown = asks().then(() => "shown", () => "refused");
            gateway.token = "the next one's";
            answer();
            return Promise.race([shown, nothing]);
          };
          return [
            await late(() => gateway.refresh("/student/waitlist/2")),
            await late(() => gateway.ask("POST", "/student/enroll/2")),
          ];
        }"""
    )
    assert shown == ["nothing", "nothing"]
