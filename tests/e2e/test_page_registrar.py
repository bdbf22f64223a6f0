"""The pages of registrars, with given replies: classes, people, demand and operation."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import until, violations
from tests.e2e.given_replies import GivenReplies
from tests.e2e.staff import DETAILS, enter, roster

pytestmark = pytest.mark.browser


def test_a_registrar_finds_classes_by_words_state_line_and_instructor(page: Page, registrar: GivenReplies) -> None:
    enter(page)
    expect(page.get_by_role("row", name="CPSC 449").first).to_contain_text("lovelace")
    page.get_by_role("searchbox", name="Find").fill("web end")
    page.locator("#registry-state").select_option("Closed to newcomers")
    page.get_by_label("In line, at least").fill("3")
    page.get_by_role("searchbox", name="Instructor").fill("lovelace")
    until(page, lambda: "limit=50&q=web+end&state=inactive&waiting=3&instructor_id=5" in registrar.queries)
    page.get_by_role("button", name="Show more").click()
    until(page, lambda: "limit=100&q=web+end&state=inactive&waiting=3&instructor_id=5" in registrar.queries)


def test_more_classes_than_the_service_lists_at_once_are_shown(page: Page, registrar: GivenReplies) -> None:
    def listed(first: int, last: int) -> dict[str, object]:
        return {"Classes": [{**DETAILS, "ClassID": n} for n in range(first, last + 1)], "next_after": last}

    for limit in range(50, 501, 50):
        registrar.replies[f"GET /registrar/classes?limit={limit}"] = listed(1, limit)
    registrar.replies["GET /registrar/classes?limit=50&after=500"] = listed(501, 550) | {"next_after": None}
    registrar.replies["GET /registrar/classes"] = (422, {}, {"detail": "limit: at most 500"})
    enter(page)
    more, rows = page.get_by_role("button", name="Show more"), page.locator("#registry tbody tr")
    for count in range(50, 550, 50):
        expect(rows).to_have_count(count)
        more.click()
    expect(rows).to_have_count(550)
    expect(more).to_be_hidden()
    expect(page.locator("#trouble")).to_be_hidden()


def test_a_class_is_added_and_changed_with_a_preview(page: Page, registrar: GivenReplies) -> None:
    registrar.replies["POST /registrar/classes"] = (201, {}, {"message": "…", "class_details": DETAILS})
    registrar.replies["PATCH /registrar/classes/2"] = {"message": "…", "class_details": DETAILS}
    enter(page)
    page.get_by_role("button", name="Add a class").click()
    for label, value in (("Course", "C#"), ("Title", "100% I/O"), ("Department", "CS")):
        page.locator("#class-form").get_by_label(label).fill(value)
    page.get_by_label("Instructor (user name)").fill("lovelace")
    with page.expect_request(lambda asked: asked.method == "POST") as sent:
        page.get_by_role("button", name="Save").click()
    assert sent.value.post_data_json == {
        "course_code": "C#",
        "section_number": 1,
        "class_name": "100% I/O",
        "department": "CS",
        "instructor": "lovelace",
        "max_capacity": 30,
        "waitlist_maximum": 15,
        "status": "active",
    }
    page.get_by_role("link", name="CPSC 449 Web Back-End Engineering").first.click()
    page.get_by_role("button", name="Edit").click()
    page.locator("#class-form").get_by_label("Seats").fill("3")
    beside_it = page.locator(".field", has=page.get_by_label("Seats", exact=True)).get_by_role("status")
    expect(beside_it).to_have_text("1 student in line will be enrolled at once.")
    page.locator("#class-form").get_by_label("A free seat").select_option("offer")
    expect(beside_it).to_have_text("1 student in line will be offered a seat at once.")
    page.locator("#class-form").get_by_label("A free seat").select_option("automatic")
    page.locator("#class-form").get_by_label("Seats").fill("1")
    expect(page.get_by_text("2 students are enrolled: it cannot have fewer seats.")).to_be_visible()
    page.locator("#class-form").get_by_label("Seats").fill("9")
    with page.expect_request(lambda asked: asked.method == "PATCH") as sent:
        page.get_by_role("button", name="Save").click()
    assert sent.value.post_data_json == {"max_capacity": 9}, "only what was changed"


def test_how_seats_are_given_is_chosen_beside_the_rest_of_a_class(page: Page, registrar: GivenReplies) -> None:
    offering = {**DETAILS, "promotion": "offer", "offer_window_s": 5400, "one_section": "on"}
    registrar.replies["PATCH /registrar/classes/2"] = {"message": "…", "class_details": DETAILS}
    registrar.replies["PUT /registrar/policy/2"] = {"message": "…", "class_details": offering}
    enter(page, "#class=2")
    form = page.locator("#class-form")
    page.get_by_role("button", name="Edit").click()
    expect(form.get_by_label("Time to accept")).to_be_hidden()
    form.get_by_label("A free seat").select_option("offer")
    form.get_by_label("Time to accept").fill("90")
    form.get_by_label("One student may hold").select_option("yes")
    assert not violations(page)
    with page.expect_request("**/registrar/policy/2") as sent:
        form.get_by_role("button", name="Save").click()
    assert sent.value.post_data_json == {"promotion": "offer", "offer_window_s": 5400, "one_section": True}
    expect(form).to_be_hidden()
    assert registrar.times("PATCH /registrar/classes/2") == [], "nothing else was changed"
    page.get_by_role("button", name="Edit").click()
    form.get_by_label("A free seat").select_option("offer")
    form.get_by_label("Places in line").fill("30")
    registrar.replies["PUT /registrar/policy/2"] = (503, {"Retry-After": "30"}, {"detail": "The database is busy"})
    form.get_by_role("button", name="Save").click()
    expect(form).to_contain_text("The database is busy")
    registrar.replies["PUT /registrar/policy/2"] = {"message": "…", "class_details": offering}
    with page.expect_request("**/registrar/policy/2") as sent:
        form.get_by_role("button", name="Save").click()
    assert sent.value.post_data_json == {"promotion": "offer", "offer_window_s": 86400}, (
        "the course's rule is as it was"
    )
    expect(form).to_be_hidden()


def test_a_preview_counts_neither_who_pauses_nor_seats_that_are_held(page: Page, registrar: GivenReplies) -> None:
    roster(registrar, "registrar", {**DETAILS, "MaxCapacity": 3, "open_offers": 1, "CurrentWaitlist": 9, "in_turn": 5})
    registrar.replies["PUT /registrar/policy/2"] = {"message": "…", "class_details": DETAILS}
    registrar.replies["PATCH /registrar/classes/2"] = {"message": "…", "class_details": DETAILS}
    enter(page, "#class=2")
    page.get_by_role("button", name="Edit").click()
    form = page.locator("#class-form")
    for seats, said in (
        (5, "2 students in line will"),
        (99, "5 students in line will"),
        (2, "1 offered a seat: it"),
    ):
        form.get_by_label("Seats").fill(str(seats))
        expect(form.get_by_role("status")).to_contain_text(said)
    form.get_by_label("Seats").fill("5")
    form.get_by_label("A free seat").select_option("offer")
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()
    asked = [key for _, key in registrar.asked if key.startswith(("PUT", "PATCH"))]
    assert asked == ["PUT /registrar/policy/2", "PATCH /registrar/classes/2"], "new seats are given by the new policy"


def test_removing_says_whom_it_hits_and_enrolling_takes_a_name(page: Page, registrar: GivenReplies) -> None:
    registrar.replies["POST /registrar/students/2/5"] = {"message": "Student added to waitlist"}
    registrar.replies["DELETE /registrar/students/2/3"] = {"message": "…"}
    registrar.replies["DELETE /registrar/remove/2"] = {"message": "…"}
    enter(page, "#class=2&show=waiting")
    page.get_by_role("button", name="Enroll a student").click()
    page.get_by_label("Student (user name or e-mail)").fill("lovelace")
    page.locator("#enroll-student").get_by_role("button", name="Enroll a student").click()
    expect(page.locator("#news")).to_contain_text("lovelace is in line for CPSC 449")
    page.get_by_role("button", name="Take david out of the line").click()
    page.get_by_role("button", name="Take out of the line", exact=True).last.click()
    expect(page.locator("#news")).to_contain_text("david is no longer in line")
    page.get_by_role("button", name="Remove").click()
    lost = "2 students lose their seats and 2 students lose their place in line"
    expect(page.locator("#sure-text")).to_contain_text(lost)
    page.get_by_role("button", name="Remove the class").click()
    expect(page.get_by_role("heading", name="Classes", exact=True)).to_be_focused()


def test_people_have_roles_classes_and_a_reason(page: Page, registrar: GivenReplies) -> None:
    registrar.replies["PUT /registrar/roles/5"] = {"id": 5}
    enter(page, "#registry=people")
    page.get_by_role("searchbox", name="User name or e-mail").fill("lovelace@example.com")
    page.keyboard.press("Enter")
    until(page, lambda: "email=lovelace%40example.com" in registrar.queries)
    page.get_by_role("checkbox", name="Instructor").check()
    with page.expect_request("**/registrar/roles/5") as sent:
        page.get_by_role("button", name="Save roles").click()
    assert json.loads(sent.value.post_data or "") == {"roles": ["student", "instructor"]}
    page.get_by_role("button", name="Classes: lovelace").click()
    page.get_by_role("button", name="Why? CPSC 449").click()
    expect(page.get_by_text("You joined the line")).to_be_visible()
    assert violations(page) == ""


def test_demand_is_shown_live_in_pictures_with_the_table_behind_each(page: Page, registrar: GivenReplies) -> None:
    enter(page, "#registry=demand")
    expect(page.get_by_text("150 of 180 seats taken in 6 classes, 37 in line")).to_be_visible()
    expect(page.locator("figure", has_text="Most wanted classes").get_by_role("link", name="Arts")).to_be_visible()
    line = page.locator("figure", has_text="Longest lines")
    expect(line.get_by_text("30 of 30 seats, 37 in line")).to_be_visible()
    shown = dict(registrar.replies["GET /registrar/demand"])
    shown["longest_lines"] = [{**shown["longest_lines"][0], "waiting": 39}]
    registrar.replies["GET /registrar/demand"] = shown
    expect(line.get_by_text("39 in line")).to_be_visible()
    line.get_by_text("As a table").click()
    expect(line.get_by_role("row", name="CPSC 449 Web")).to_contain_text("39")
    with page.expect_download() as saved:
        line.get_by_role("button", name="Download as CSV").click()
    assert saved.value.path().read_text().splitlines()[1] == '"CPSC 449 Web, section 1",30,30,39,40'


def test_each_minute_of_registration_day_is_shown_also_after_a_reload(page: Page, registrar: GivenReplies) -> None:
    enter(page, "#registry=demand")
    page.reload()
    seats = page.locator("figure", has_text="Enrollments and waits, per minute")
    expect(seats.get_by_text("Enrolled: 50 in this minute, 0 in the one before, 1,050 in all")).to_be_visible()
    expect(seats.get_by_role("img")).to_have_attribute("aria-label", re.compile("Joined a line: 3 in this minute"))
    with page.expect_download() as saved:
        seats.get_by_text("As a table").click()
        seats.get_by_role("button", name="Download as CSV").click()
    rows = saved.value.path().read_text().splitlines()
    assert rows[0] == "minute,enrolled_now,joined"
    assert rows[-3:] == ["2026-02-03T14:02:00Z,1000,7", "2026-02-03T14:03:00Z,0,0", "2026-02-03T14:04:00Z,50,3"]
    moved = page.locator("figure", has_text="Places that became seats")
    expect(moved.get_by_text("From a line into a seat: 4 in this minute")).to_be_visible()
    growing = page.locator("figure", has_text="Lines that grow fastest")
    expect(growing.get_by_text("+12 in five minutes, now 37 of 40 places")).to_be_visible()
    webhooks = page.locator("figure", has_text="Webhook: sent and failed")
    expect(webhooks.get_by_text("Failed, to be tried again: 9 in this minute")).to_be_visible()
    registrar.replies["POST /registrar/dead-letters/replay"] = {"message": "2 sent again", "replayed": 2}
    with page.expect_request("**/replay"):
        page.get_by_role("button", name="Send all again").click()
    assert not violations(page)


def test_pictures_of_minutes_that_are_away_take_nothing_from_the_others(page: Page, registrar: GivenReplies) -> None:
    registrar.replies["GET /registrar/demand/minutes"] = (503, {}, {"detail": "Redis does not answer"})
    enter(page, "#registry=demand")
    expect(page.get_by_text("30 of 30 seats, 37 in line")).to_be_visible()


def test_operation_says_what_is_down_what_it_means_and_what_heals(page: Page, registrar: GivenReplies) -> None:
    enter(page, "#registry=operation")
    expect(page.get_by_text("6 things need attention.")).to_be_visible()
    expect(page.get_by_role("heading", name="The mail server: not working, as seen since")).to_be_visible()
    expect(page.get_by_text("E-mail: more fail than arrive, in the last five minutes")).to_be_visible()
    expect(page.get_by_role("row", name="The gateway Ready")).to_be_visible()
    expect(page.get_by_role("heading", name="Redis: not working, as seen since")).to_be_visible()
    expect(page.get_by_text("Lines cannot change and places are not shown")).to_be_visible()
    expect(page.get_by_text("The oldest notice waits for 75 s in the outbox.")).to_be_visible()
    expect(page.get_by_text("E-mail: 1,200 to be sent, 7 to be tried again, 0 given up.")).to_be_visible()
    expect(page.get_by_text("Webhook: 0 to be sent, 0 to be tried again, 2 given up.")).to_be_visible()
    well = registrar.replies["GET /registrar/operating"]
    registrar.replies["GET /registrar/operating"] = {
        **well,
        "processes": [],
        "stores": [],
        "queues": {},
        "outbox_age_s": 0,
        "sent": {},
    }
    expect(page.get_by_text("Everything works.")).to_be_visible()


def test_what_could_not_be_delivered_is_sent_again_by_a_click(page: Page, registrar: GivenReplies) -> None:
    enter(page, "#registry=operation")
    expect(page.get_by_text("2 notices").filter(visible=True)).to_have_count(1)
    shown = registrar.replies["GET /registrar/dead-letters"]
    registrar.replies["GET /registrar/dead-letters"] = {**shown, "counts": {"email": 0, "webhook": 70}}
    page.reload()
    page.get_by_role("button", name="Show more").filter(visible=True).click()
    until(page, lambda: "limit=40" in registrar.queries)
    registrar.replies["GET /registrar/dead-letters"] = shown
    row = page.get_by_role("row").filter(has_text="the receiver answered 404")
    expect(row.first).to_contain_text("abhinav, CPSC 449 Web Back-End Engineering")
    registrar.replies["POST /registrar/dead-letters/replay"] = {"message": "1 sent again", "replayed": 1}
    left = {"counts": {"email": 0, "webhook": 1}, "letters": shown["letters"][1:]}
    registrar.replies["GET /registrar/dead-letters"] = left
    with page.expect_request("**/replay") as asked:
        row.first.get_by_role("button", name="Send again").click()
    assert asked.value.post_data_json == {"channel": "webhook", "id": "0-webhook"}
    expect(page.get_by_text("1 notice is sent again")).to_be_visible()
    expect(row).to_have_count(1)
    registrar.replies["GET /registrar/dead-letters"] = {"counts": {"email": 0, "webhook": 0}, "letters": []}
    with page.expect_request("**/replay") as asked:
        page.get_by_role("button", name="Send all again").press("Enter")
    assert asked.value.post_data_json == {}
    expect(page.get_by_text("There are none.").filter(visible=True)).to_have_count(1)
