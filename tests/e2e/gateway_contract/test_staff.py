"""What instructors and registrars ask for, through either gateway: bodies, statuses and headers pass as they are."""

import io
import uuid
import zipfile

import pytest

from tests.e2e import gateway
from tests.e2e.gateway import Person
from tests.support.waiting import until

pytestmark = pytest.mark.gateway


def test_a_class_is_added_changed_filled_and_looked_at_by_those_who_may(registrar: Person, instructor: Person) -> None:
    wanted = {
        "course_code": f"C# {uuid.uuid4().hex[:8]}",
        "section_number": 1,
        "class_name": "100% I/O",
        "department": "Computer Science",
        "instructor": instructor.username,
        "max_capacity": 1,
        "waitlist_maximum": 5,
    }
    added = registrar.request("POST", "/registrar/classes", json=wanted)
    assert added.status_code == 201, added.text
    class_id = added.json()["class_details"]["ClassID"]
    assert registrar.request("GET", f"/registrar/{added.headers['Location']}").json()["ClassName"] == "100% I/O"

    students = [gateway.new_student(name) for name in ("ann", "bob")]
    for student in students:
        assert registrar.request("POST", f"/registrar/students/{class_id}/{student.id}").status_code == 200
        found = registrar.request("GET", "/registrar/people", params={"email": student.email}).json()["people"]
        assert [person["username"] for person in found] == [student.username]
    named = students[0].request("GET", "/student/instructors", params={"ids": f"{instructor.id},{students[1].id}"})
    assert named.json() == {"instructors": [{"id": instructor.id, "username": instructor.username}]}
    told = instructor.request("GET", f"/instructor/roster/{class_id}?state=waiting").json()
    assert [(one["username"], one["position"]) for one in told["students"]] == [(students[1].username, 1)]
    why = registrar.request("GET", f"/registrar/history/{class_id}/{students[1].id}").json()["entries"]
    assert why[-1]["text"] == "You joined the line as number 1"

    changed = registrar.request("PATCH", f"/registrar/classes/{class_id}", json={"max_capacity": 2, "class_name": "D"})
    assert changed.status_code == 200, changed.text
    assert changed.json()["class_details"]["CurrentEnrollment"] == 2
    assert registrar.request("DELETE", f"/registrar/students/{class_id}/{students[0].id}").status_code == 200
    held = registrar.request("GET", f"/registrar/enrollments/{students[0].id}").json()["Enrollments"]
    assert [one["EnrollmentState"] for one in held] == ["DROPPED"]

    def listed() -> bool:
        mine = instructor.request("GET", "/instructor/classes", params={"q": wanted["course_code"]}).json()["Classes"]
        all_of_them = registrar.request("GET", "/registrar/classes", params={"q": wanted["course_code"]}).json()
        return [one["ClassID"] for one in mine] == [one["ClassID"] for one in all_of_them["Classes"]] == [class_id]

    until(listed, "the class is not listed")
    departments = registrar.request("GET", "/registrar/demand").json()["departments"]
    assert "Computer Science" in {one["department"] for one in departments}
    said = registrar.request("GET", "/registrar/operating").json()
    assert {"users", "enrollment", "notification"} <= {one["name"] for one in said["processes"]}
    stores = {one["name"]: one["state"] for one in said["stores"]}
    assert stores.keys() == {"dynamodb", "redis", "rabbitmq", "gateway", "mail_server", "pages"}
    assert (stores["gateway"], stores["mail_server"]) == ("ready", "ready"), stores
    for path in ("/registrar/demand/minutes", "/registrar/notices/minutes"):
        assert registrar.request("GET", path).json()["until"]
        assert instructor.request("GET", path).status_code == 403
    for path in ("/registrar/people?ids=1", "/registrar/operating", "/registrar/classes"):
        assert instructor.request("GET", path).status_code == 403


def test_accounts_classes_and_students_are_uploaded_and_a_class_comes_back_as_a_package(
    registrar: Person, instructor: Person
) -> None:
    name, code = f"up-{uuid.uuid4().hex[:8]}", f"UP {uuid.uuid4().hex[:8]}"
    account = {"username": name, "email": f"{name}@example.com", "password": "a long sentence"}
    section = {"course_code": code, "section_number": 1}
    more = {"class_name": "Up", "department": "D", "instructor": instructor.username}
    rows = {
        "accounts": ("accounts", account),
        "classes": ("classes", {**section, **more, "max_capacity": 1, "waitlist_maximum": 0}),
        "enrollments": ("students", {**section, "student": name}),
    }
    for path, (kind, row) in rows.items():
        for dry_run, outcome in ((True, "good"), (False, "added"), (False, "kept")):
            reply = registrar.request("POST", f"/registrar/{path}/upload", json={kind: [row], "dry_run": dry_run})
            assert (reply.status_code, reply.json()["results"][0]["outcome"]) == (200, outcome), reply.text
        assert instructor.request("POST", f"/registrar/{path}/upload", json={kind: [row]}).status_code == 403

    def found() -> list[int]:
        listed = registrar.request("GET", "/registrar/classes", params={"q": code}).json()["Classes"]
        return [one["ClassID"] for one in listed]

    until(lambda: len(found()) == 1, "the class is not listed")
    [class_id] = found()
    packages = [
        registrar.request("GET", f"/registrar/package/{class_id}"),
        instructor.request("GET", f"/instructor/package/{class_id}"),
    ]
    for reply in packages:
        assert (reply.status_code, reply.headers["Content-Type"]) == (200, "application/zip")
        with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
            assert name.encode() in archive.read("enrollments.csv")
    listed = instructor.request("GET", f"/instructor/package/{class_id}?format=csv")
    assert listed.headers["Content-Type"].startswith("text/csv")
    assert f"{code},1,{name},{name}@example.com" in listed.text


def test_a_services_refusal_is_a_problem_for_who_accepts_that(registrar: Person) -> None:
    path = "/registrar/classes/999999"
    assert registrar.request("GET", path).json().keys() == {"detail"}
    told = registrar.request("GET", path, headers={"Accept": "application/problem+json"})
    assert (told.status_code, told.headers["Content-Type"]) == (404, "application/problem+json")
    assert told.json()["code"] == "class_unknown"
