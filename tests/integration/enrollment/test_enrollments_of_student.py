"""What a student has a record of, in one call: enrolled, waiting, dropped."""

import time

import pytest

from enrollment.adapters.roster_store import RosterStore
from enrollment.adapters.subscriptions import Subscriptions
from enrollment.adapters.tables import BY_STUDENT, Tables
from kit.errors import Unavailable
from kit.stores import dynamo_tables
from tests.support.caller import EMAIL, Caller
from tests.support.waiting import until
from tests.support.world import World


def test_what_a_page_asks_again_is_sent_again_only_when_it_has_changed(world: World, calls: Caller) -> None:
    student, other = class_id, _ = world.add_class(3, 5), world.add_class(3, 5)  # nobody else's
    calls.enroll(student, class_id)
    for path in (f"/enrollments/{student}/name/{EMAIL}", f"/roster/{class_id}"):
        tag = calls.get(path).headers["ETag"]
        again = calls.get(path, **{"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
        calls.enroll(other, class_id)
        assert calls.get(path, **{"If-None-Match": tag}).status_code == 200, "the class counts one more"
        calls.drop(other, class_id)


def test_every_class_of_a_student_with_its_state(world: World, calls: Caller) -> None:
    taken, full, left = world.add_class(2, 5), world.add_class(1, 5), world.add_class(3, 5)
    student, other = taken, taken + 1  # nobody else's
    assert calls.enrollments(student) == (200, {"Enrollments": []})
    calls.enroll(other, full)
    for class_id in (taken, full, left):
        calls.enroll(student, class_id)
    calls.drop(student, left)

    status, body = calls.enrollments(student)
    assert status == 200
    states = {row["ClassID"]: row["EnrollmentState"] for row in body["Enrollments"]}
    assert states == {taken: "ENROLLED", full: "WAITLISTED", left: "DROPPED"}
    first = body["Enrollments"][0]
    assert first.pop("EnrollmentID") > 0
    assert (first.pop("HistoryNumber"), len(first.pop("HistoryHash"))) == (2, 64)
    assert first == {
        "ClassID": taken,
        "CourseCode": f"TEST {taken}",
        "SectionNumber": 1,
        "ClassName": "A class",
        "Department": "Tests",
        "MaxCapacity": 2,
        "CurrentEnrollment": 1,
        "CurrentWaitlist": 0,
        "InstructorID": 5,
        "WaitlistMaximum": 5,
        "State": "active",
        "EnrollmentState": "ENROLLED",
        "swap_from": None,
        "paused": False,
        "skipped_for": None,
        "offered_until": None,
        "promotion": "automatic",
        "offer_window_s": 0,
        "open_offers": 0,
        "in_turn": 0,
        "promotions_due": 0,
        "one_section": "off",
    }


def test_a_promotion_is_seen_at_once(world: World, calls: Caller) -> None:
    class_id = world.add_class(1, 5)
    seated, waiting = class_id, class_id + 1
    calls.enroll(seated, class_id)
    calls.enroll(waiting, class_id)
    assert calls.drop(seated, class_id)[1]["new_student"] == "ENROLLED"
    assert [row["EnrollmentState"] for row in calls.enrollments(waiting)[1]["Enrollments"]] == ["ENROLLED"]


def test_a_class_that_was_removed_is_not_among_them(world: World, calls: Caller) -> None:
    kept, removed = world.add_class(1, 5), world.add_class(1, 5)
    student = 10 * kept  # nobody else's
    for class_id in (kept, removed):
        calls.enroll(student, class_id)
    calls.remove(removed)
    assert [row["ClassID"] for row in calls.enrollments(student)[1]["Enrollments"]] == [kept]


def test_more_classes_than_are_read_at_a_time(world: World, calls: Caller) -> None:
    class_ids = [world.add_class(1, 5) for _ in range(53)]
    student = 10 * class_ids[0]  # nobody else's
    for class_id in class_ids:
        calls.enroll(student, class_id)
    assert [row["ClassID"] for row in calls.enrollments(student)[1]["Enrollments"]] == class_ids


def test_a_table_of_an_earlier_version_gets_the_index_it_lacks(world: World) -> None:
    tables = Tables(f"earlier-{time.time_ns()}-")
    [definition] = [made for made in tables.definitions if made["TableName"] == tables.enrollments]
    indexes = definition["GlobalSecondaryIndexes"]
    earlier = {**definition, "GlobalSecondaryIndexes": [i for i in indexes if i["IndexName"] != BY_STUDENT]}
    database = world.deps.database
    subscriptions = Subscriptions(database, tables.subscriptions, world.redis)
    dynamo_tables.ensure_table(database, earlier)
    database.put_item(TableName=tables.enrollments, Item={"ClassID": {"N": "2"}, "StudentID": {"N": "4"}})
    try:
        with pytest.raises(Unavailable, match="indexed"):
            list(RosterStore(database, tables, world.deps.outbox, subscriptions).of_student(4))
        for _ in range(2):  # a second time changes nothing
            dynamo_tables.ensure_table(database, definition)

        def found() -> int:
            return database.query(
                TableName=tables.enrollments,
                IndexName=BY_STUDENT,
                KeyConditionExpression="StudentID = :student",
                ExpressionAttributeValues={":student": {"N": "4"}},
            )["Count"]

        until(lambda: found() == 1)
    finally:
        database.delete_table(TableName=tables.enrollments)
