"""Students uploaded into classes, and classes downloaded as OneRoster packages, with the users service beside."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.caller import Caller
from tests.support.campus import Campus
from tests.support.world import World


@pytest.fixture(scope="module")
def students(here: Campus) -> list[int]:
    """The ids of s0, s1, …"""
    return here.add_people(*(f"s{number}" for number in range(6)))


@pytest.fixture(scope="module")
def beside(here: Campus) -> Iterator[Caller]:
    caller = Caller(here.world.start_service(REPLY_WITHIN_S="20", USERS_URL=str(here.users.base_url)))
    yield caller
    caller.close()


def row(world: World, class_id: int, student: str, **more: Any) -> dict[str, Any]:
    code = world.deps.rosters.require_section(class_id).course_code
    return {"course_code": code, "section_number": "1", "student": student, **more}


def test_each_row_is_looked_at_before_it_is_done_and_repeating_it_is_safe(
    here: Campus, students: list[int], beside: Caller
) -> None:
    world = here.world
    full, other = world.add_class(capacity=2, places=3), world.add_class(capacity=5, places=0)
    rows = [
        row(world, full, "s0"),
        row(world, other, "S0"),
        row(world, full, "s1"),
        row(world, full, "s2"),
        row(world, full, "s3", waits=True),
        row(world, other, "nobody"),
        {"course_code": "NONE", "section_number": 1, "student": "s0"},
        {"course_code": "X"},
    ]

    def outcomes(*, dry_run: bool) -> list[str]:
        reply = beside.post_json("/uploads/enrollments", {"students": rows, "dry_run": dry_run})
        assert reply.status_code == 200, reply.text
        details = [each["detail"] for each in reply.json()["results"]]
        assert details[5:7] == ["There is no student of the name nobody", "There is no section 1 of none"]
        assert "student: Field required" in details[7]
        codes = [each["code"] for each in reply.json()["results"]]
        assert codes[5:] == ["student_unknown", "section_unknown", "malformed"]
        return [each["outcome"] for each in reply.json()["results"]]

    bad = ["bad"] * 3
    assert outcomes(dry_run=True) == ["good", "good", "good", "bad", "good", *bad]
    assert (world.seated(full), world.seated(other)) == ([], [])
    assert outcomes(dry_run=False) == ["added", "added", "added", "bad", "added", *bad]
    assert outcomes(dry_run=False) == ["kept", "kept", "kept", "bad", "kept", *bad]
    assert (world.seated(full), world.line(full), world.seated(other)) == (students[:2], students[3:4], students[:1])
    for class_id in (full, other):
        world.check(class_id)
    who = [change["by"]["role"] for entry in world.deps.rosters.history.entries(full) for change in entry["changes"]]
    assert who == ["system", "registrar", "registrar", "registrar"]
    for malformed in ({"students": []}, {"students": [{}] * 51}, {}):
        assert beside.post_json("/uploads/enrollments", malformed).status_code == 422


def test_a_class_is_a_package_for_its_instructor_and_for_registrars(
    here: Campus, students: list[int], beside: Caller
) -> None:
    class_id = here.world.add_class(capacity=2, places=3)
    beside.post_json("/uploads/enrollments", {"students": [row(here.world, class_id, "s0")]})
    taught, any_of_them = f"/package/5/{class_id}/name/n@example.com", f"/package/{class_id}"
    for path in (taught, any_of_them):
        reply = beside.get(path)
        assert (reply.status_code, reply.headers["Content-Type"]) == (200, "application/zip")
        assert reply.headers["Content-Disposition"] == f'attachment; filename="TEST_20{class_id}.1.zip"'
        with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
            assert b"\ns0,,,true,s0," in archive.read("users.csv")
            assert archive.read("enrollments.csv").count(b"\r\n") == 3, "the columns, the teacher and a student"
        assert beside.get(f"{path}?format=csv").text.splitlines() == [
            "course_code,section_number,student,email",
            f"TEST {class_id},1,s0,s0@example.com",
        ]
    assert beside.get(f"/package/6/{class_id}/name/n@example.com").status_code == 403
    assert beside.get("/package/1").status_code == 404
