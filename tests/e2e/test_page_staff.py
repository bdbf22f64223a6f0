"""The pages of instructors, with given replies, and of all staff without a fault that axe finds."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import system
from tests.e2e.browser import until, violations
from tests.e2e.given_replies import GivenReplies
from tests.e2e.staff import DETAILS, PLACES, enter, given_registrar, roster, student

pytestmark = pytest.mark.browser


def test_an_instructor_opens_a_class_without_knowing_an_id_and_a_reload_keeps_it(
    page: Page, instructor: GivenReplies
) -> None:
    enter(page)
    expect(page.get_by_role("heading", name="Classes I teach")).to_be_focused()
    expect(page.locator("#teaching .card").first).to_contain_text("2 of 2 seats taken")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="CPSC 449 Web Back-End Engineering")).to_be_focused()
    expect(page.get_by_role("row", name="jack")).to_contain_text("jack@example.com")
    page.get_by_role("link", name="In line (2)").click()
    expect(page.get_by_role("row", name="david")).to_contain_text("1")
    page.reload()
    expect(page.get_by_role("row", name="abhinav")).to_contain_text("2")
    page.get_by_role("link", name="History").click()
    expect(page.get_by_text("david joined the line as number 1 (by the student)")).to_be_visible()
    page.go_back()
    page.go_back()
    page.get_by_role("link", name="All classes I teach").click()
    expect(page.locator("#teaching .card")).to_have_count(2)


def test_dropping_a_student_says_who_gets_the_seat(page: Page, instructor: GivenReplies) -> None:
    instructor.replies["DELETE /instructor/drop/2/1"] = {"message": "…"}
    enter(page, "#taught=2")
    page.get_by_role("button", name="Drop jack").click()
    expect(page.locator("#sure-text")).to_contain_text("david, who is next in line, gets the seat at once")
    page.get_by_role("button", name="Drop the student").click()
    expect(page.locator("#news")).to_contain_text("jack was dropped from CPSC 449")


def test_who_is_not_in_turn_is_shown_as_such_and_the_next_one_is_named(page: Page, instructor: GivenReplies) -> None:
    line = [
        {**student(3, "david", 1), "paused": True},
        {**student(4, "abhinav", 2), "offered_until": "2026-02-05T14:02:00Z"},
        {**student(6, "rishub", 3), "paused": True, "skipped_for": 9},
        {**student(7, "mia", 4), "swap_from": 8},
    ]
    offering = {**DETAILS, "promotion": "offer", "CurrentWaitlist": 4, "open_offers": 1, "in_turn": 1}
    roster(instructor, "instructor", offering, {"waiting": line})
    enter(page, "#taught=2&show=waiting")
    for name, turn in (
        ("david", "paused"),
        ("abhinav", "a seat is held until"),
        ("rishub", "passed over: has a seat in another section"),
        ("mia", "gives up another class for it"),
    ):
        expect(page.get_by_role("row", name=name)).to_contain_text(turn)
    assert violations(page) == ""
    page.get_by_role("link", name="Enrolled").click()
    page.get_by_role("button", name="Drop jack").click()
    expect(page.locator("#sure-text")).to_contain_text("mia, who is next in line, is offered the seat.")
    page.keyboard.press("Escape")
    roster(instructor, "instructor", {**offering, "in_turn": 0}, {"waiting": line[:3]})
    page.reload()
    page.get_by_role("button", name="Drop jack").click()
    expect(page.locator("#sure-text")).to_contain_text("Those in line pause, or are offered a seat already")


def test_how_far_the_seats_of_a_larger_class_are_given_is_told(page: Page, instructor: GivenReplies) -> None:
    waiting = {**DETAILS, "MaxCapacity": 100, "CurrentEnrollment": 100, "CurrentWaitlist": 9000, "in_turn": 8999}
    roster(instructor, "instructor", waiting)
    enter(page, "#taught=2")
    expect(page.get_by_text("100 of 100 seats taken")).to_be_visible()
    larger = {**waiting, "MaxCapacity": 7100}
    roster(instructor, "instructor", {**larger, "CurrentEnrollment": 3200, "in_turn": 5899})
    expect(page.get_by_text("3,100 of 7,000 seated from the line")).to_be_visible()
    assert violations(page) == ""
    roster(instructor, "instructor", {**larger, "CurrentEnrollment": 7100, "in_turn": 1999})
    expect(page.locator("#news")).to_contain_text("7,000 of 7,000 seated from the line")
    expect(page.get_by_role("status").filter(has_text="seated")).to_be_hidden()


def test_what_is_done_with_a_whole_list_stands_above_it(page: Page, instructor: GivenReplies) -> None:
    enter(page, "#taught=2")
    rows, mail = page.get_by_role("row", name="jack"), page.get_by_role("button", name="Write to all of them")
    expect(rows).to_be_visible()
    assert mail.evaluate("node => node.getBoundingClientRect().bottom") < rows.evaluate(
        "node => node.getBoundingClientRect().top"
    )


def test_a_list_can_be_written_to_after_an_empty_one(page: Page, instructor: GivenReplies) -> None:
    roster(instructor, "instructor", others={"waiting": []})
    enter(page, "#taught=2&show=waiting")
    expect(page.get_by_text("Nobody waits.")).to_be_visible()
    page.get_by_role("link", name="Enrolled").click()
    expect(page.get_by_role("button", name="Write to all of them")).to_be_visible()


def test_an_instructor_writes_to_a_list_and_the_server_sends(page: Page, instructor: GivenReplies) -> None:
    enter(page, "#taught=2&show=waiting")
    page.get_by_role("button", name="Write to all of them").click()
    expect(page.get_by_role("heading", name="Write to: In line, CPSC 449")).to_be_visible()
    assert violations(page) == ""
    page.get_by_label("Subject").fill("Room change")
    page.get_by_label("Text").fill("We meet in CS 101.\nBring your laptops.")
    instructor.replies["POST /instructor/message/2"] = (409, {}, {"detail": "More than 1000 are listed in class 2"})
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("More than 1000")).to_be_visible()
    instructor.replies["POST /instructor/message/2"] = {"message": "Written to 2 students", "recipients": 2}
    with page.expect_request("**/message/2") as asked:
        page.get_by_role("button", name="Send", exact=True).press("Enter")
    body = {"to": "waiting", "title": "Room change", "text": "We meet in CS 101.\nBring your laptops."}
    assert asked.value.post_data_json == body
    assert asked.value.headers["idempotency-key"]
    expect(page.get_by_text("The mail goes to 2 students")).to_be_visible()


@pytest.mark.parametrize("status", [403, 422])
def test_a_refusal_stays_and_an_outage_is_tried_again(page: Page, instructor: GivenReplies, status: int) -> None:
    refused = (status, {}, {"detail": "Class 2 is not taught by instructor 4"})
    good = dict(instructor.replies)
    instructor.replies["GET /instructor/roster/2?state=enrolled&limit=100"] = refused
    enter(page, "#taught=2")
    said = page.get_by_role("alert").filter(has_text="is not taught by")
    expect(said).to_be_visible()
    page.wait_for_timeout(500)
    expect(said).to_be_visible()
    instructor.replies = good
    page.get_by_role("link", name="All classes I teach").click()
    page.locator("#teaching .card a").first.click()
    expect(page.get_by_role("row", name="jack")).to_be_visible()
    expect(said).to_be_hidden()


def test_a_class_is_downloaded_as_a_package(page: Page, instructor: GivenReplies) -> None:
    enter(page, "#taught=2")
    instructor.replies["GET /instructor/package/2"] = {"packed": "files"}
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download as OneRoster").click()
    assert saved.value.suggested_filename == "CPSC-449-1-oneroster.zip"


def test_a_list_is_downloaded_whole_and_safe_for_spreadsheets(page: Page, instructor: GivenReplies) -> None:
    first = instructor.replies["GET /instructor/roster/2?state=enrolled&limit=100"]
    key = "GET /instructor/roster/2?state=enrolled&limit=100"
    instructor.replies[key] = {**first, "next_after": "2.2"}
    formula = {**student(9, "x"), "email": "+1@example.com"}
    instructor.replies[f"{key}&after=2.2"] = {**first, "students": [formula]}
    enter(page, "#taught=2")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download as CSV").click()
    assert saved.value.suggested_filename == "CPSC-449-1-enrolled.csv"
    assert saved.value.path().read_text().splitlines() == [
        "student_id,username,email,position,since",
        "1,jack,jack@example.com,,",
        "2,liam,liam@example.com,,",
        "9,x,'+1@example.com,,",
    ]


def test_a_time_has_its_day_from_midnight_on_and_its_year_when_that_is_another(
    page: Page, instructor: GivenReplies
) -> None:
    shown = instructor.replies["GET /instructor/history/2"]
    old = {**shown["entries"][0], "number": 1, "at": "2019-05-04T12:00:00Z"}
    shown["entries"] = [old, {**old, "number": 2, "at": "2026-02-03T12:00:00Z"}]
    page.clock.set_fixed_time("2026-02-03T12:01:00Z")
    enter(page, "#taught=2&show=history")
    newest, oldest = (page.locator(".story > li").nth(at) for at in (0, 1))
    expect(oldest).to_contain_text("2019")
    expect(newest).not_to_contain_text("Feb")
    page.clock.set_fixed_time("2026-02-04T12:00:30Z")
    expect(newest).to_contain_text("Feb")
    expect(newest).not_to_contain_text("2026")


def test_of_a_long_history_the_newest_is_loaded_and_the_rest_when_it_is_wanted(
    page: Page, instructor: GivenReplies
) -> None:
    roster(instructor, "instructor", {**DETAILS, "HistoryNumber": 700})
    change = {"what": "enrolled", "student_id": 1, "by": {"role": "student", "id": 1}, "request_id": None}
    entry = {"class_id": 2, "at": "2026-02-03T14:02:00Z", "previous": "0" * 64, "hash": "0" * 64, "changes": [change]}
    for after in (650, 250, 0, 700):
        entries = [{**entry, "number": number} for number in range(after + 1, min(after + 500, 700) + 1)]
        given = {"class_id": 2, "entries": entries, "names": {"1": "jack"}}
        instructor.replies[f"GET /instructor/history/2?after={after}"] = given
    enter(page, "#taught=2&show=history")
    entries = page.locator(".story > li")
    expect(entries).to_have_count(50)
    until(page, lambda: "after=700" in instructor.queries), "from then on what is new"
    page.get_by_role("button", name="Show more").click()
    expect(entries).to_have_count(450)
    page.get_by_role("button", name="Show more").press("Enter")
    expect(entries).to_have_count(700)
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("role", PLACES)
def test_no_page_has_a_fault_that_axe_finds_or_is_wider_than_the_screen(
    browser: Browser, role: str, width: int, scheme: str
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    if role == "registrar":
        given_registrar(page)
    else:
        given = GivenReplies(page, roles=["instructor"])
        given.replies["GET /instructor/classes"] = {"Classes": [DETAILS], "next_after": None}
        roster(given, "instructor")
    enter(page)
    for number, place in enumerate(PLACES[role]):
        page.evaluate("place => { location.hash = place; }", place)
        page.wait_for_timeout(300)
        assert violations(page) == "", place
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place
        page.screenshot(path=system.artifacts() / f"{role}-{number}-{width}-{scheme}.png")
    if role == "registrar":
        for name in ("Add a class", "Upload a file"):
            page.evaluate("location.hash = 'registry=classes'")
            page.get_by_role("button", name=name).click()
            expect(page.locator("dialog[open]")).to_be_visible()
            assert violations(page) == "", name
            page.screenshot(path=system.artifacts() / f"{role}-{name.split()[0]}-{width}-{scheme}.png")
            page.keyboard.press("Escape")
    page.close()
