"""The history explains every position, and what somebody does to it in the database is found."""

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from enrollment.domain.history import hash_of
from enrollment.domain.record import State
from kit.stores.dynamo import number, text
from tests.support.caller import EMAIL, Caller
from tests.support.world import World


@pytest.fixture
def class_id(world: World, calls: Caller) -> int:
    """One seat, taken by 1; 2 to 5 wait. Five entries after the first, which adds the class."""
    class_id = world.add_class(capacity=1, places=9)
    for student in range(1, 6):
        assert calls.enroll(student, class_id)[0] == 200
    return class_id


def test_a_student_reads_why_they_are_where_they_are_and_no_one_else_is_named(calls: Caller, class_id: int) -> None:
    calls.drop(1, class_id)
    calls.leave(4, class_id)
    calls.leave(3, class_id)
    assert calls.story(5, class_id) == [
        ("You joined the line as number 4", 4),
        ("1 ahead of you got a seat, now you are number 3", 3),
        ("1 ahead of you left, now you are number 2", 2),
        ("1 ahead of you left, now you are number 1", 1),
    ]
    assert calls.position(5, class_id).json()["position"] == 1
    reply = calls.get(f"/history/5/{class_id}/name/{EMAIL}").json()
    assert set(reply) == {"class_id", "entries"}
    assert set(reply["entries"][0]) == {"number", "at", "what", "text", "position", "hash", "other_class"}


def test_who_comes_back_reads_the_story_from_there(calls: Caller, class_id: int) -> None:
    calls.drop(1, class_id)
    calls.enroll(1, class_id)
    calls.resize(class_id, 5, 9)
    assert calls.story(1, class_id) == [
        ("You joined the line as number 4", 4),
        ("The class now has 5 seats and 9 places in line", 4),
        ("3 ahead of you got seats, now you are number 1", 1),
        ("A seat became free, and you got it", None),
    ]
    assert calls.instructor_drop(1, class_id)[0] == 200
    assert calls.story(1, class_id)[-1] == ("The instructor took you out of the class", None)


def test_who_never_came_has_no_story(calls: Caller, class_id: int) -> None:
    reply = calls.get(f"/history/77/{class_id}/name/{EMAIL}")
    assert (reply.status_code, set(reply.json())) == (404, {"detail"})
    assert calls.get("/history/999999999999").status_code == 404


def test_the_whole_history_is_for_the_instructor_and_the_registrar(calls: Caller, class_id: int) -> None:
    calls.drop(1, class_id)
    mine = calls.get(f"/instructorhistory/5/{class_id}/name/{EMAIL}")
    assert calls.get(f"/instructorhistory/6/{class_id}/name/{EMAIL}").status_code == 403
    assert calls.get(f"/history/{class_id}").json() == mine.json()
    entries = mine.json()["entries"]
    assert [entry["number"] for entry in entries] == list(range(1, 8))
    assert all(hash_of(entry) == entry["hash"] for entry in entries)
    assert [(change["what"], change["student_id"], change["by"]) for change in entries[-1]["changes"]] == [
        ("dropped", 1, {"role": "student", "id": 1}),
        ("promoted", 2, {"role": "system", "id": None}),
    ]
    assert entries[-1]["changes"][0]["request_id"]
    shown = calls.get(f"/class/{class_id}").json()
    assert (shown["HistoryNumber"], shown["HistoryHash"]) == (7, entries[-1]["hash"])
    page = calls.get(f"/history/{class_id}?after=6").json()["entries"]
    assert page == entries[6:]
    assert calls.get(f"/history/{class_id}?after=-1").status_code == 422


def test_the_notice_names_the_entry_that_promoted(world: World, calls: Caller, class_id: int) -> None:
    world.subscribe(class_id, [2])
    world.notices()
    calls.drop(1, class_id)
    [notice] = world.notices()
    latest = calls.get(f"/history/{class_id}").json()["entries"][-1]
    assert (notice["history_number"], notice["history_hash"]) == (latest["number"], latest["hash"])


def test_the_registrar_is_named_as_the_gateway_says(calls: Caller, class_id: int) -> None:
    client = calls._clients[0]
    assert client.put(f"/state/{class_id}/inactive", headers={"X-User-Id": "12"}).status_code == 200
    change = calls.get(f"/history/{class_id}").json()["entries"][-1]["changes"][-1]
    assert (change["what"], change["status"], change["by"]) == ("status", "inactive", {"role": "registrar", "id": 12})


# --- somebody with the database in their hands

Entries = list[dict[str, Any]]


def edited(entries: Entries) -> None:
    entries[3]["changes"][0]["student_id"] = 77


def edited_and_hashed(entries: Entries) -> None:
    edited(entries)
    entries[3]["hash"] = hash_of(entries[3])


def removed(entries: Entries) -> None:
    del entries[3]


def cut_off(entries: Entries) -> None:
    del entries[-1]


def reordered(entries: Entries) -> None:
    entries[2], entries[3] = {**entries[3], "number": 3}, {**entries[2], "number": 4}


def inserted(entries: Entries) -> None:
    new = {**entries[3], "number": 5}
    entries[4:] = [new, *({**entry, "number": entry["number"] + 1} for entry in entries[4:])]


def added(entries: Entries) -> None:
    new = {**entries[-1], "number": 7, "previous": entries[-1]["hash"]}
    entries.append({**new, "hash": hash_of(new)})


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        (edited, "entry 4: was changed"),
        (edited_and_hashed, "entry 5: does not hold the hash"),
        (removed, "entry 4: is missing"),
        (cut_off, "entry 6: is missing"),
        (reordered, "entry 3: does not hold the hash"),
        (inserted, "entry 5: does not hold the hash"),
        (added, "entry 7: is one that the class knows nothing of"),
    ],
)
def test_what_somebody_does_to_the_history_is_found(
    world: World, class_id: int, tamper: Callable[[Entries], None], found: str
) -> None:
    assert world.audit(class_id) is None
    table = world.deps.tables.history
    entries = list(world.deps.rosters.history.entries(class_id))
    for entry in entries:
        world.deps.database.delete_item(
            TableName=table, Key={"ClassID": number(class_id), "Number": number(entry["number"])}
        )
    tamper(entries)
    for entry in entries:
        item = {"ClassID": number(class_id), "Number": number(entry["number"]), "Entry": text(json.dumps(entry))}
        world.deps.database.put_item(TableName=table, Item=item)
    assert (world.audit(class_id) or "").startswith(found)


def test_a_place_somebody_gave_away_in_the_tables_is_found(world: World, class_id: int) -> None:
    record = world.deps.rosters.record(class_id, 5)
    assert record is not None
    table, key = world.deps.tables.enrollments, {"ClassID": number(class_id), "StudentID": number(5)}
    world.deps.database.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="SET EnrollmentState = :state, Standing = :standing",
        ExpressionAttributeValues={":state": text("ENROLLED"), ":standing": text(f"E#{record.enrollment_id:020d}")},
    )
    assert "student 5 is stored as" in (world.audit(class_id) or "")


def test_a_seat_added_to_the_class_item_alone_is_found(world: World, class_id: int) -> None:
    world.deps.database.update_item(
        TableName=world.deps.tables.classes,
        Key={"ClassID": number(class_id)},
        UpdateExpression="SET MaxCapacity = :seats",
        ExpressionAttributeValues={":seats": number(9)},
    )
    assert "the history tells of" in (world.audit(class_id) or "")


@pytest.mark.parametrize(
    ("of_student", "attribute", "value", "found"),
    [
        (False, "WaitlistMaximum", number(1), "stored is places in line 1"),
        (False, "InstructorID", number(6), "stored is instructor 6"),
        (False, "Promotion", text("offer"), "stored is promotion offer"),
        (False, "OpenOffers", number(1), "stored is open offers 1"),
        (True, "SwapFrom", number(77), "student 5 is stored as WAITLISTED {sequence} giving up 77"),
        (True, "OfferedUntil", number(1), "student 5 is stored as WAITLISTED {sequence} offered until 1"),
        (True, "SkippedFor", number(77), "student 5 is stored as WAITLISTED {sequence} skipped for 77"),
        (True, "Standing", text("P#00000000000000000001"), "student 5 is stored as WAITLISTED {sequence} paused"),
        (True, "Standing", text("W#00000000000000000001"), "student 5 is kept ahead of student 2, who came earlier"),
        (True, "EnrollmentState", text("DROPPED"), "student 5 is stored as DROPPED among those WAITLISTED"),
    ],
)
def test_whatever_somebody_changes_of_a_class_or_a_place_is_found(
    world: World, class_id: int, of_student: bool, attribute: str, value: Any, found: str
) -> None:
    record, tables = world.deps.rosters.record(class_id, 5), world.deps.tables
    assert record is not None
    world.deps.database.update_item(
        TableName=tables.enrollments if of_student else tables.classes,
        Key={"ClassID": number(class_id), **({"StudentID": number(5)} if of_student else {})},
        UpdateExpression=f"SET {attribute} = :value",
        ExpressionAttributeValues={":value": value},
    )
    assert (world.audit(class_id) or "").startswith(found.format(sequence=record.sequence_number))


def test_the_history_outlives_the_class_and_its_end_cannot_be_cut_off(
    world: World, calls: Caller, class_id: int
) -> None:
    assert calls.remove(class_id)[0] == 200
    assert calls.get(f"/class/{class_id}").status_code == 404
    entries = calls.get(f"/history/{class_id}").json()["entries"]
    assert entries[-1]["changes"][0]["what"] == "removed"
    assert calls.story(3, class_id)[-1] == ("You were dropped: the class was removed", None)
    assert calls.get(f"/instructorhistory/5/{class_id}/name/{EMAIL}").json()["entries"] == entries
    assert calls.get(f"/instructorhistory/6/{class_id}/name/{EMAIL}").status_code == 403
    assert calls.get(f"/instructorhistory/5/{class_id + 500}/name/{EMAIL}").status_code == 404
    assert world.audit(class_id) is None
    world.deps.database.delete_item(
        TableName=world.deps.tables.history,
        Key={"ClassID": number(class_id), "Number": number(entries[-1]["number"])},
    )
    assert f"entry {entries[-1]['number']}: is missing" in (world.audit(class_id) or "")


def test_a_class_from_before_histories_gets_one_with_its_first_change(
    world: World, calls: Caller, class_id: int
) -> None:
    for entry in list(world.deps.rosters.history.entries(class_id)):
        key = {"ClassID": number(class_id), "Number": number(entry["number"])}
        world.deps.database.delete_item(TableName=world.deps.tables.history, Key=key)
    world.deps.database.update_item(
        TableName=world.deps.tables.classes,
        Key={"ClassID": number(class_id)},
        UpdateExpression="REMOVE HistoryNumber, HistoryHash",
    )
    assert world.audit(class_id) is None, "nothing is known, and nothing contradicts it"
    assert calls.drop(1, class_id)[0] == 200
    assert calls.enroll(9, class_id)[0] == 200
    world.check(class_id)
    assert world.line(class_id) == [3, 4, 5, 9]
    assert calls.story(9, class_id) == [("You joined the line as number 4", 4)]
    assert calls.remove(class_id)[0] == 200
    assert world.audit(class_id) is None


def test_a_class_in_full_use_is_held_to_its_history_all_the_while(world: World, three: Caller) -> None:
    class_id = world.add_class(capacity=5, places=50)
    findings = []
    with ThreadPoolExecutor(16) as pool:
        deeds = []
        for turn in range(12):
            for student in range(1, 17):
                deeds.append(
                    pool.submit((three.enroll, three.drop, three.leave)[(turn + student) % 3], student, class_id)
                )
        while not all(deed.done() for deed in deeds):
            findings.append(world.audit(class_id))
    assert len(findings) > 1
    assert set(findings) == {None}
    world.check(class_id)
    assert {record.state for record in world.deps.rosters.students(class_id, State.WAITLISTED)} <= {State.WAITLISTED}


def test_the_command_prints_what_does_not_fit_and_ends_with_1(world: World, class_id: int) -> None:
    def command(*arguments: str) -> "subprocess.CompletedProcess[str]":
        program = [sys.executable, "-m", "enrollment.cli.audit", *arguments]
        return subprocess.run(program, env=world.environment(), capture_output=True, text=True, check=False)

    good = command("--class", str(class_id))
    assert (good.returncode, good.stdout) == (0, "1 classes held to their histories, 0 do not fit\n"), good.stderr
    world.deps.database.delete_item(
        TableName=world.deps.tables.history, Key={"ClassID": number(class_id), "Number": number(2)}
    )
    bad = command()
    assert bad.returncode == 1
    assert f"class {class_id}: entry 2: is missing: the next stored entry is number 3\n" in bad.stdout
