"""Files that registrars upload: looked at first, in parts, and refused."""

import io
import zipfile

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.browser import until, violations
from tests.e2e.given_replies import GivenReplies
from tests.e2e.staff import enter

pytestmark = pytest.mark.browser


def choose(page: Page, name: str, content: bytes) -> None:
    page.get_by_role("button", name="Upload a file").click()
    page.get_by_label("CSV file").set_input_files({"name": name, "mimeType": "text/plain", "buffer": content})


def test_a_file_of_classes_is_checked_before_it_is_added(page: Page, registrar: GivenReplies) -> None:
    columns = "course_code,section_number,class_name,department,instructor,max_capacity,waitlist_maximum"
    file = f'{columns}\r\nC#,1,"I/O, and ""more""\nlines",CS,lovelace,30,5\r\n\r\nX,2,Y,Z,nobody,3,1\r\n'
    bad = {"outcome": "bad", "detail": "There is no instructor with id 99", "code": "instructor_unknown"}
    registrar.replies["POST /registrar/classes/upload"] = {"results": [{"outcome": "good", "detail": None}, bad]}
    enter(page)
    with page.expect_request("**/registrar/classes/upload") as sent:
        choose(page, "classes.csv", file.encode())
    assert sent.value.post_data_json["dry_run"] is True
    assert sent.value.post_data_json["classes"][0]["class_name"] == 'I/O, and "more"\nlines'
    expect(page.get_by_text("1 to add, 0 there already, 1 with faults")).to_be_visible()
    expect(page.locator("#upload tbody tr").first).to_contain_text("Nobody of this name teaches")
    expect(page.locator("#upload tbody tr").first).to_contain_text("5"), "the line in the file"
    registrar.replies["POST /registrar/classes/upload"] = {"results": [{"outcome": "added", "detail": None}]}
    page.get_by_role("button", name="Add 1").click()
    expect(page.locator("#news")).to_contain_text("1 class was added")
    expect(page.locator("#upload [role=status]")).to_have_text("1 class was added")


def test_passwords_that_are_made_up_are_saved_before_accounts_are_made(page: Page, registrar: GivenReplies) -> None:
    good = {"outcome": "good", "detail": None}
    registrar.replies["POST /registrar/accounts/upload"] = {"results": [good, good]}
    enter(page)
    choose(page, "students.csv", b"username,email,password\njo,jo@x.org,\nal,al@x.org,a long one\n")
    expect(page.get_by_text("1 has no password in the file")).to_be_visible()
    added = {"outcome": "added", "detail": None}
    registrar.replies["POST /registrar/accounts/upload"] = {"results": [added, added]}
    with page.expect_download() as saved, page.expect_request("**/registrar/accounts/upload") as sent:
        page.get_by_role("button", name="Add 2").click()
    jo, al = sent.value.post_data_json["accounts"]
    assert al["password"] == "a long one"
    assert len(jo["password"]) == 20
    assert saved.value.path().read_bytes().decode() == f"username,password\r\njo,{jo['password']}\r\n"
    expect(page.locator("#news")).to_contain_text("2 accounts were added")


def test_another_file_is_looked_at_while_the_one_before_is_still_added(page: Page, registrar: GivenReplies) -> None:
    good, added = ({"outcome": outcome, "detail": None} for outcome in ("good", "added"))
    registrar.replies["POST /registrar/enrollments/upload"] = {"results": [good]}
    enter(page)
    head = b"course_code,section_number,student\n"
    choose(page, "first.csv", head + b"CPSC 449,1,jo\n")
    expect(page.get_by_text("1 to add")).to_be_visible()
    slow: list[Route] = []
    page.route("**/registrar/enrollments/upload", lambda route: slow.append(route))
    page.get_by_role("button", name="Add 1").click()
    until(page, lambda: slow)
    page.unroute("**/registrar/enrollments/upload")
    page.keyboard.press("Escape")
    registrar.replies["POST /registrar/enrollments/upload"] = {"results": [good, good]}
    choose(page, "second.csv", head + b"CPSC 449,1,al\nCPSC 449,1,bo\n")
    expect(page.get_by_text("2 to add")).to_be_visible()
    registrar.replies["POST /registrar/enrollments/upload"] = {"results": [added]}
    slow[0].fallback()
    expect(page.locator("#news")).to_contain_text("1 student was added")
    expect(page.get_by_text("2 to add")).to_be_visible()
    expect(page.get_by_role("button", name="Add 2")).to_be_visible()


PACKAGE = {
    "manifest.csv": "propertyName,value\noneroster.version,1.2\n"
    + "".join(f"file.{name},bulk\n" for name in ("courses", "classes", "users", "roles", "enrollments")),
    "courses.csv": "sourcedId,title,courseCode\nc1,Sharp,C#\n",
    "classes.csv": "sourcedId,title,courseSourcedId,classCode,metadata.maxCapacity,subjects\nk1,Sharp,c1,C#-02,30,CS\n",
    "classes-more.txt": "classSourcedId,metadata.waitlistMaximum,metadata.promotion,metadata.offerWindow\n"
    "k1,5,offer,3600\n",
    "waitlists.txt": "classSourcedId,userSourcedId,pause\nk1,u1,paused\n",
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
        registrar.replies[f"POST /registrar/{kind}/upload"] = {"results": [good, good][: 1 if kind == "classes" else 2]}
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
    assert row == {**section, **of_class, "max_capacity": "30", "waitlist_maximum": "5"} | {
        "promotion": "offer",
        "offer_window_s": "3600",
    }
    with page.expect_request("**/registrar/enrollments/upload") as sent:
        page.get_by_role("radio", name="Students in classes").check()
    student = {**section, "student": "bob", "waits": False, "though_closed": False}
    assert sent.value.post_data_json["students"] == [
        student,
        student | {"student": "ada", "waits": True, "paused": True},
    ]
    expect(page.get_by_text("2 to add, 0 there already, 1 with faults")).to_be_visible()
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
