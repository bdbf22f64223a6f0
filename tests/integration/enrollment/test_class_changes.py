"""What registrars do to classes with JSON bodies, and to students in them; also many at once."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.support.caller import Caller
from tests.support.waiting import until
from tests.support.world import World


def wanted(**others: Any) -> dict[str, Any]:
    plain = {
        "course_code": f"C# {uuid.uuid4().hex[:8]}",
        "section_number": 1,
        "class_name": "100% I/O?",
        "department": "Computer Science",
        "instructor": "lovelace",
        "max_capacity": 2,
        "waitlist_maximum": 5,
    }
    return {**plain, **others}


def test_a_class_is_added_by_a_body_that_no_path_could_say(calls: Caller) -> None:
    body = wanted()
    added = calls.post_json("/classes", body)
    assert added.status_code == 201, added.text
    made = added.json()["class_details"]
    assert added.headers["Location"] == f"classes/{made['ClassID']}"
    assert (made["CourseCode"], made["ClassName"], made["InstructorID"], made["State"]) == (
        body["course_code"],
        "100% I/O?",
        5,
        "active",
    )
    assert calls.get(f"/class/{made['ClassID']}").json() == made
    assert calls.post_json("/classes", body).status_code == 409, "the section is there"
    for bad, status in (
        ({"instructor": "nobody"}, 404),
        ({"instructor": "jack"}, 404),
        ({"class_name": ""}, 422),
        ({"class_name": "a\nb"}, 422),
        ({"instructor_id": 5}, 422),
        ({"max_capacity": 0}, 422),
        ({"status": "removing"}, 422),
    ):
        assert calls.post_json("/classes", wanted(**bad)).status_code == status, bad


def test_a_change_that_seats_hundreds_is_answered_early_and_tells_how_many_are_still_to_come(
    world: World, calls: Caller
) -> None:
    """5,000 promotions took 9.3 s, close to the 10 s of the gateway, or were answered early as if they were done."""
    class_id, line = world.add_class(capacity=1, places=1_000), list(range(2, 802))
    world.deps.enrollments.load(class_id, [1, *line], waits=True, though_closed=True)
    reply = calls.resize(class_id, 1_000, 1_000)
    details = reply[1]["class_details"]
    assert reply[0] == (202 if details["promotions_due"] else 200)
    assert details["CurrentEnrollment"] + details["promotions_due"] == 801
    assert details["CurrentWaitlist"] == details["promotions_due"]

    def progress() -> int:
        seen.append(calls.get(f"/class/{class_id}").json()["promotions_due"])
        return seen[-1]

    seen = [details["promotions_due"]]
    until(lambda: progress() == 0)
    assert seen == sorted(seen, reverse=True)
    assert calls.revise(class_id, class_name="Another")[0] == 200
    world.check(class_id)


def test_many_are_checked_before_they_are_added_and_a_bad_one_keeps_no_other_back(calls: Caller) -> None:
    there = wanted()
    assert calls.post_json("/classes", there).status_code == 201
    good = [{**wanted(), "max_capacity": "30"} for _ in range(40)]  # more than one transaction, as a file has them
    rows = [*good, there, wanted(instructor="nobody"), {"course_code": "X"}]

    def outcomes(*, dry_run: bool) -> list[str]:
        reply = calls.post_json("/uploads/classes", {"classes": rows, "dry_run": dry_run})
        assert reply.status_code == 200, reply.text
        details = [each["detail"] for each in reply.json()["results"]]
        assert details[41] == "There is no instructor of the name nobody"
        assert "max_capacity: Field required" in details[42]
        return [each["outcome"] for each in reply.json()["results"]]

    assert outcomes(dry_run=True) == ["good"] * 40 + ["kept", "bad", "bad"]
    assert outcomes(dry_run=False) == ["added"] * 40 + ["kept", "bad", "bad"]
    assert outcomes(dry_run=False) == ["kept"] * 41 + ["bad", "bad"]
    assert calls.post_json("/uploads/classes", {"classes": []}).status_code == 422


def test_what_is_changed_is_changed_together_or_not_at_all(world: World, calls: Caller) -> None:
    class_id = world.add_class(capacity=2, places=5)
    for student in (1, 2, 3, 4):
        calls.enroll(student, class_id)
    refused = calls.revise(class_id, class_name="Not this", max_capacity=1)
    assert refused[0] == 409
    assert calls.get(f"/class/{class_id}").json()["ClassName"] == "A class"
    status, body = calls.revise(class_id, class_name="C# & I/O", department="Arts", instructor="hopper", max_capacity=3)
    assert status == 200, body
    now = body["class_details"]
    assert (now["ClassName"], now["Department"], now["InstructorID"]) == ("C# & I/O", "Arts", 6)
    assert (now["CurrentEnrollment"], now["CurrentWaitlist"]) == (3, 1), "the new seat went to the line"
    assert calls.revise(class_id, status="inactive")[1]["class_details"]["State"] == "inactive"
    assert calls.revise(class_id)[0] == 200, "nothing to change"
    for bad in ({"instructor": "nobody"}, {"max_capacity": 0}, {"title": "x"}, {"class_name": " "}):
        assert calls.revise(class_id, **bad)[0] in (404, 422), bad
    assert calls.revise(999, class_name="x")[0] == 404
    world.check(class_id)


def test_a_registrar_enrolls_and_takes_out_by_the_same_rules_and_the_student_reads_why(
    world: World, calls: Caller
) -> None:
    class_id = world.add_class(capacity=1, places=2)
    assert calls.enroll_by_registrar(1, class_id)[1]["enrollment_item"]["StudentID"] == 1
    for student in (2, 3):
        assert calls.enroll_by_registrar(student, class_id)[1] == {"message": "Student added to waitlist"}
    assert calls.enroll_by_registrar(4, class_id)[0] == 409, "class and line are full"
    assert calls.take_out(3, class_id)[1]["new_student"] is None
    assert calls.story(3, class_id)[-1] == ("A registrar took you out of the line", None)
    assert calls.take_out(1, class_id)[1]["new_student"] == "ENROLLED"
    assert calls.story(1, class_id)[-1] == ("A registrar took you out of the class", None)
    assert calls.take_out(1, class_id)[0] == 409
    assert calls.take_out(9, class_id)[0] == 404
    assert (world.seated(class_id), world.line(class_id)) == ([2], [])
    world.check(class_id)


def test_registrars_and_students_change_one_class_at_once(world: World, three: Caller) -> None:
    class_id = world.add_class(capacity=10, places=60)
    with ThreadPoolExecutor(40) as threads:
        list(threads.map(lambda student: three.enroll(student, class_id), range(1, 61)))
        deeds = [
            *(threads.submit(three.take_out, student, class_id) for student in range(1, 41)),
            *(threads.submit(three.enroll_by_registrar, student, class_id) for student in range(61, 81)),
            *(threads.submit(three.drop, student, class_id) for student in range(1, 11)),
            *(threads.submit(three.revise, class_id, max_capacity=n, class_name=f"Name {n}") for n in range(11, 21)),
        ]
        assert {deed.result()[0] for deed in deeds} <= {200, 404, 409}
    section = world.deps.rosters.require_section(class_id)
    assert section.class_name == f"Name {section.max_capacity}", "both of one request, or neither"
    assert section.current_enrollment == section.max_capacity, "no seat is free while somebody waits"
    world.check(class_id)
