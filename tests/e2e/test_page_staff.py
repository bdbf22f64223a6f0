"""The pages of instructors and registrars, with given replies: what they show, ask for, keep and say."""

import io
import json
import zipfile
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import system
from tests.e2e.browser import log_in, until, violations
from tests.e2e.given_replies import CLASS, GivenReplies
from tests.e2e.system import PAGES

pytestmark = pytest.mark.browser

DETAILS = {
    **CLASS,
    "State": "active",
    "CurrentWaitlist": 2,
    "HistoryNumber": 3,
    "HistoryHash": "0" * 64,
    "promotion": "automatic",
    "offer_window_s": 0,
    "open_offers": 0,
    "one_section": "off",
}


def student(number: int, name: str, position: int | None = None) -> dict[str, Any]:
    since = "2026-02-03T14:02:00Z" if position else None
    email = f"{name}@example.com"
    return {
        "student_id": number,
        "username": name,
        "email": email,
        "enrollment_id": number,
        "position": position,
        "since": since,
    }


ROSTER = {
    "enrolled": [student(1, "jack"), student(2, "liam")],
    "waiting": [student(3, "david", 1), student(4, "abhinav", 2)],
    "dropped": [],
}


def roster(given: GivenReplies, role: str, details: dict[str, Any] = DETAILS) -> None:
    for state, students in ROSTER.items():
        reply = {"class_details": details, "state": state, "students": students, "next_after": None}
        for limit in (1, 100):
            key = f"GET /{role}/roster/2?state={state}&limit={limit}"
            given.replies[key] = {**reply, "students": students[:limit], "names_known": True}
    changes = [
        {"what": "enrolled", "student_id": 1, "by": {"role": "student", "id": 1}, "request_id": None},
        {"what": "joined", "student_id": 3, "by": {"role": "student", "id": 3}, "request_id": None, "position": 1},
        {"what": "resized", "student_id": None, "by": {"role": "registrar", "id": 12}, "request_id": None}
        | {"max_capacity": 2, "waitlist_maximum": 15},
    ]
    entry = {"class_id": 2, "at": "2026-02-03T14:02:00Z", "previous": "0" * 64, "hash": "0" * 64, "changes": changes}
    names = {"1": "jack", "3": "david"}
    given.replies[f"GET /{role}/history/2"] = {"class_id": 2, "entries": [{**entry, "number": 1}], "names": names}


@pytest.fixture
def instructor(page: Page) -> GivenReplies:
    given = GivenReplies(page, roles=["instructor"])
    given.replies["GET /instructor/classes"] = {"Classes": [DETAILS, {**DETAILS, "ClassID": 8}], "next_after": None}
    roster(given, "instructor")
    return given


@pytest.fixture
def registrar(page: Page) -> GivenReplies:
    return given_registrar(page)


def given_registrar(page: Page) -> GivenReplies:
    given = GivenReplies(page, roles=["registrar"])
    given.replies |= {
        "GET /registrar/classes": {"Classes": [DETAILS, {**DETAILS, "ClassID": 8}], "next_after": 8},
        "GET /registrar/people": {
            "people": [{"id": 5, "username": "lovelace", "email": "lovelace@example.com", "roles": ["student"]}]
        },
        "GET /registrar/enrollments/5": {"Enrollments": [{**DETAILS, "EnrollmentState": "WAITLISTED"}]},
        "GET /registrar/history/2/5": {"entries": [{"at": "2026-02-03T14:02:00Z", "text": "You joined the line"}]},
    }
    department = {"department": "Arts", "classes": 3, "seats": 90, "enrolled": 60, "waiting": 0}
    others = [department, {**department, "department": "Computer Science", "enrolled": 90, "waiting": 37}]
    line = {"class_id": 2, "course_code": "CPSC 449", "class_name": "Web", "section_number": 1}
    given.replies["GET /registrar/demand"] = {
        "classes": 6,
        "seats": 180,
        "enrolled": 150,
        "waiting": 37,
        "departments": others[::-1],
        "longest_lines": [{**line, "seats": 30, "enrolled": 30, "waiting": 37, "places": 40}],
    }
    relay = {"name": "outbox_relay", "instance": 1, "state": "no_answer", "lacks": [], "detail": None}
    lacking = {"name": "enrollment", "instance": 1, "state": "not_ready", "lacks": ["redis"]}
    since = {"since": "2026-02-03T14:02:00Z"}
    given.replies["GET /registrar/operating"] = {
        "checked_at": "2026-02-03T14:02:00Z",
        "processes": [{**relay, **since}, {**lacking, **since, "detail": "Not ready: redis (away)"}],
        "queues": {"email": 1200},
        "outbox_age_s": 75.0,
    }
    dead = {"channel": "webhook", "student_id": 4, "class_id": 2, "reason": "the receiver answered 404", "attempts": 9}
    letters = [{**dead, "id": f"{number}-webhook", "since": "2026-02-03T14:02:00Z"} for number in range(2)]
    given.replies["GET /registrar/dead-letters"] = {"counts": {"email": 0, "webhook": 2}, "letters": letters}
    roster(given, "registrar")
    return given


def enter(page: Page, place: str = "") -> None:
    page.goto(f"{PAGES}/{place}")
    log_in(page)
    expect(page.locator("#log-out")).to_be_visible()


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
    expect(page.locator("#sure-text")).to_contain_text("david, who is first in line, gets the seat at once")
    page.get_by_role("button", name="Drop the student").click()
    expect(page.locator("#news")).to_contain_text("jack was dropped from CPSC 449")


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


def test_a_refusal_stays_and_an_outage_is_tried_again(page: Page, instructor: GivenReplies) -> None:
    refused = (403, {}, {"detail": "Class 2 is not taught by instructor 4"})
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
    expect(page.get_by_text("1 student in line will be enrolled at once.")).to_be_visible()
    page.locator("#class-form").get_by_label("Seats").fill("1")
    expect(page.get_by_text("2 students are enrolled: it cannot have fewer seats.")).to_be_visible()
    page.locator("#class-form").get_by_label("Seats").fill("9")
    with page.expect_request(lambda asked: asked.method == "PATCH") as sent:
        page.get_by_role("button", name="Save").click()
    assert sent.value.post_data_json == {"max_capacity": 9}, "only what was changed"


def test_of_a_long_history_the_newest_is_loaded_and_the_rest_when_it_is_wanted(
    page: Page, instructor: GivenReplies
) -> None:
    roster(instructor, "instructor", {**DETAILS, "HistoryNumber": 700})
    change = {"what": "enrolled", "student_id": 1, "by": {"role": "student", "id": 1}, "request_id": None}
    entry = {"class_id": 2, "at": "2026-02-03T14:02:00Z", "previous": "0" * 64, "hash": "0" * 64, "changes": [change]}
    for after in (600, 200, 0, 700):
        entries = [{**entry, "number": number} for number in range(after + 1, min(after + 500, 700) + 1)]
        given = {"class_id": 2, "entries": entries, "names": {"1": "jack"}}
        instructor.replies[f"GET /instructor/history/2?after={after}"] = given
    enter(page, "#taught=2&show=history")
    entries = page.locator(".story > li")
    expect(entries).to_have_count(100)
    until(page, lambda: "after=700" in instructor.queries), "from then on what is new"
    page.get_by_role("button", name="Show more").click()
    expect(entries).to_have_count(500)
    page.get_by_role("button", name="Show more").press("Enter")
    expect(entries).to_have_count(700)
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()


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
    registrar.replies["PUT /registrar/policy/2"] = (503, {}, {"detail": "The database is busy; ask again in a moment"})
    form.get_by_role("button", name="Save").click()
    expect(form).to_contain_text("The database is busy")
    registrar.replies["PUT /registrar/policy/2"] = {"message": "…", "class_details": offering}
    with page.expect_request("**/registrar/policy/2") as sent:
        form.get_by_role("button", name="Save").click()
    assert sent.value.post_data_json == {"promotion": "offer", "offer_window_s": 86400}, (
        "the course's rule is as it was"
    )
    expect(form).to_be_hidden()


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
    expect(page.locator("#sure-text")).to_contain_text("2 students lose their seats and 2 students their place in line")
    page.get_by_role("button", name="Remove the class").click()
    expect(page.get_by_role("heading", name="Classes", exact=True)).to_be_focused()


def choose(page: Page, name: str, content: bytes) -> None:
    page.get_by_role("button", name="Upload a file").click()
    page.get_by_label("CSV file").set_input_files({"name": name, "mimeType": "text/plain", "buffer": content})


def test_a_file_of_classes_is_checked_before_it_is_added(page: Page, registrar: GivenReplies) -> None:
    columns = "course_code,section_number,class_name,department,instructor,max_capacity,waitlist_maximum"
    file = f'{columns}\r\nC#,1,"I/O, and ""more""\nlines",CS,lovelace,30,5\r\n\r\nX,2,Y,Z,nobody,3,1\r\n'
    bad = {"outcome": "bad", "detail": "There is no instructor of the name nobody"}
    registrar.replies["POST /registrar/classes/upload"] = {"results": [{"outcome": "good", "detail": None}, bad]}
    enter(page)
    with page.expect_request("**/registrar/classes/upload") as sent:
        choose(page, "classes.csv", file.encode())
    assert sent.value.post_data_json["dry_run"] is True
    assert sent.value.post_data_json["classes"][0]["class_name"] == 'I/O, and "more"\nlines'
    expect(page.get_by_text("1 to add, 0 there already, 1 with faults")).to_be_visible()
    expect(page.locator("#upload tbody tr").first).to_contain_text("There is no instructor of the name nobody")
    expect(page.locator("#upload tbody tr").first).to_contain_text("5"), "the line in the file"
    registrar.replies["POST /registrar/classes/upload"] = {"results": [{"outcome": "added", "detail": None}]}
    page.get_by_role("button", name="Add 1").click()
    expect(page.locator("#news")).to_contain_text("1 classes were added")


def test_passwords_that_are_made_up_are_saved_before_accounts_are_made(page: Page, registrar: GivenReplies) -> None:
    good = {"outcome": "good", "detail": None}
    registrar.replies["POST /registrar/accounts/upload"] = {"results": [good, good]}
    enter(page)
    choose(page, "students.csv", b"username,email,password\njo,jo@x.org,\nal,al@x.org,a long one\n")
    expect(page.get_by_text("1 have no password in the file")).to_be_visible()
    added = {"outcome": "added", "detail": None}
    registrar.replies["POST /registrar/accounts/upload"] = {"results": [added, added]}
    with page.expect_download() as saved, page.expect_request("**/registrar/accounts/upload") as sent:
        page.get_by_role("button", name="Add 2").click()
    jo, al = sent.value.post_data_json["accounts"]
    assert al["password"] == "a long one"
    assert len(jo["password"]) == 20
    assert saved.value.path().read_bytes().decode() == f"username,password\r\njo,{jo['password']}\r\n"
    expect(page.locator("#news")).to_contain_text("2 accounts were added")


PACKAGE = {
    "manifest.csv": "propertyName,value\noneroster.version,1.2\n"
    + "".join(f"file.{name},bulk\n" for name in ("courses", "classes", "users", "roles", "enrollments")),
    "courses.csv": "sourcedId,title,courseCode\nc1,Sharp,C#\n",
    "classes.csv": "sourcedId,title,courseSourcedId,classCode,metadata.maxCapacity,metadata.waitlistMaximum,subjects\n"
    "k1,Sharp,c1,C#-02,30,5,CS\n",
    "users.csv": "sourcedId,username,email\nu1,ada,ada@x.org\nu2,bob,bob@x.org\n",
    "roles.csv": "userSourcedId,role\nu1,teacher\nu2,student\n",
    "enrollments.csv": "classSourcedId,userSourcedId,role,primary\n"
    "k1,u1,teacher,true\nk1,u2,student,\nk9,u2,student,\n",
}


def test_a_package_is_uploaded_in_its_parts(page: Page, registrar: GivenReplies) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in PACKAGE.items():
            archive.writestr(name, content)
    good = {"outcome": "good", "detail": None}
    for kind in ("accounts", "classes", "enrollments"):
        registrar.replies[f"POST /registrar/{kind}/upload"] = {
            "results": [good, good][: 2 if kind == "accounts" else 1]
        }
    enter(page)
    with page.expect_request("**/registrar/accounts/upload") as sent:
        choose(page, "rosters.zip", packed.getvalue())
    ada = {"username": "ada", "email": "ada@x.org", "roles": ["instructor"]}
    assert sent.value.post_data_json == {
        "accounts": [ada, {"username": "bob", "email": "bob@x.org", "roles": ["student"]}],
        "dry_run": True,
    }
    with page.expect_request("**/registrar/classes/upload") as sent:
        page.get_by_role("radio", name="Classes", exact=True).check()
    [row] = sent.value.post_data_json["classes"]
    section = {"course_code": "C#", "section_number": "2"}
    of_class = {"class_name": "Sharp", "department": "CS", "instructor": "ada"}
    assert row == {**section, **of_class, "max_capacity": "30", "waitlist_maximum": "5"}
    with page.expect_request("**/registrar/enrollments/upload") as sent:
        page.get_by_role("radio", name="Students in classes").check()
    student = {**section, "student": "bob", "waits": False, "though_closed": False}
    assert sent.value.post_data_json["students"] == [student]
    expect(page.get_by_text("1 to add, 0 there already, 1 with faults")).to_be_visible()
    expect(page.locator("#upload tbody tr").first).to_contain_text("enrollments.csv 4")
    assert not violations(page)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("rosters.zip", b"no archive", "The file is no ZIP archive that can be read"),
        ("rows.csv", b"colour\nred\n", "The columns are none of those that are named above"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(
    page: Page, registrar: GivenReplies, name: str, content: bytes, said: str
) -> None:
    enter(page)
    choose(page, name, content)
    expect(page.locator("#upload")).to_contain_text(said)


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
    line = page.locator("figure", has_text="Longest lines")
    expect(line.get_by_text("30 of 30 seats, 37 in line")).to_be_visible()
    grown = dict(registrar.replies["GET /registrar/demand"])
    grown["longest_lines"] = [{**grown["longest_lines"][0], "waiting": 39}]
    registrar.replies["GET /registrar/demand"] = grown
    expect(line.get_by_text("39 in line, +2 in five minutes")).to_be_visible()
    line.get_by_text("As a table").click()
    expect(line.get_by_role("row", name="CPSC 449 Web")).to_contain_text("39")
    with page.expect_download() as saved:
        line.get_by_role("button", name="Download as CSV").click()
    assert saved.value.path().read_text().splitlines()[1] == "CPSC 449 Web,30,30,39,40,2"


def test_operation_says_what_is_down_what_it_means_and_what_heals(page: Page, registrar: GivenReplies) -> None:
    enter(page, "#registry=operation")
    expect(page.get_by_text("4 things need attention.")).to_be_visible()
    expect(page.get_by_role("heading", name="Redis: not working, as seen since")).to_be_visible()
    expect(page.get_by_text("Lines cannot change and places are not shown")).to_be_visible()
    expect(page.get_by_text("The oldest notice waits for 75 s in the outbox.")).to_be_visible()
    well = registrar.replies["GET /registrar/operating"]
    registrar.replies["GET /registrar/operating"] = {**well, "processes": [], "queues": {}, "outbox_age_s": 0}
    expect(page.get_by_text("Everything works.")).to_be_visible()


def test_what_could_not_be_delivered_is_sent_again_by_a_click(page: Page, registrar: GivenReplies) -> None:
    enter(page, "#registry=operation")
    expect(page.get_by_text("2 notices")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="the receiver answered 404")
    registrar.replies["POST /registrar/dead-letters/replay"] = {"message": "1 sent again", "replayed": 1}
    shown = registrar.replies["GET /registrar/dead-letters"]
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
    expect(page.get_by_text("There are none.")).to_be_visible()


PLACES = {
    "instructor": ["", "#taught=2", "#taught=2&show=waiting", "#taught=2&show=dropped", "#taught=2&show=history"],
    "registrar": [
        "",
        "#class=2",
        "#class=2&show=waiting",
        "#registry=people",
        "#registry=demand",
        "#registry=operation",
    ],
}


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
