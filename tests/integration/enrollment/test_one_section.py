"""One section per course through the service: refused, swapped, passed over, switched on and off."""

import random

import pytest

from enrollment.domain.sections import normalized_code
from kit.stores.dynamo import text
from tests.support.caller import Caller
from tests.support.courses import let_7_be_passed_over, next_section, rule_of, sections
from tests.support.model import ModelCourse
from tests.support.waiting import until
from tests.support.world import World

STEPS = 150

pytestmark = pytest.mark.usefixtures("reconciler")


def test_who_has_a_seat_is_refused_in_another_section_and_swaps_instead(
    world: World, calls: Caller, course: str
) -> None:
    a, b = sections(world, calls, course, [1, 1])
    assert calls.enroll(1, a)[0] == 200
    status, refused = calls.enroll(1, b)
    assert (status, refused["detail"]) == (
        409,
        f"Student 1 has a seat in class {a}, and of this course only one section may be held; "
        f"swap class {a} for class {b} instead",
    )
    assert calls.enroll_by_registrar(1, b)[0] == 409
    problem = calls.post(f"/enroll/1/{b}/name/e%40example.com", Accept="application/problem+json")
    assert problem.json()["code"] == "seat_in_course"
    assert calls.swap(1, a, b)[1]["swapped"]
    assert (world.seated(a), world.seated(b)) == ([], [1])
    assert calls.drop(1, b)[0] == 200
    assert calls.enroll(1, a)[0] == 200
    world.check_course([a, b])


def test_who_is_passed_over_reads_why_and_is_in_turn_again_without_the_other_seat(
    world: World, calls: Caller, course: str
) -> None:
    a, b = sections(world, calls, course, [1, 1])
    for class_id, student in ((a, 1), (b, 2), (a, 7), (b, 7), (b, 8)):
        calls.enroll(student, class_id)
    calls.drop(1, a)
    assert calls.drop(2, b)[1]["new_student"] == "ENROLLED"
    assert (world.seated(a), world.seated(b), world.line(b)) == ([7], [8], [7])
    assert calls.position(7, b).json()["paused"] is True
    held = {row["ClassID"]: row for row in calls.enrollments(7)[1]["Enrollments"]}
    assert (held[b]["skipped_for"], held[a]["skipped_for"]) == (a, None)
    assert f"A class, section {a}, and of this course" in calls.story(7, b)[-2][0]
    world.check_course([a, b])
    calls.drop(8, b)
    calls.drop(7, a)
    until(lambda: world.seated(b) == [7], why="7 is not in turn again")
    world.check_course([a, b])


def test_who_is_passed_over_is_in_turn_again_when_the_other_section_is_removed(
    world: World, calls: Caller, course: str
) -> None:
    a, b = sections(world, calls, course, [1, 1])
    let_7_be_passed_over(calls, a, b)
    assert (world.seated(a), world.seated(b)) == ([7], [])
    calls.remove(a)
    until(lambda: world.seated(b) == [7], why="7 is not in turn again")
    world.check_course([b])
    assert world.deps.classes.courses.course(normalized_code(course))[1] == [b]


def test_the_rule_is_all_sections_and_new_ones_take_it_over(world: World, calls: Caller, course: str) -> None:
    a, b = sections(world, calls, course, [2, 2], on=False)
    other = world.add_class(2, 2)
    for class_id, student in ((a, 1), (a, 2), (b, 2)):
        calls.enroll(student, class_id)
    assert calls.one_section(b, True) == (200, "on")
    assert [rule_of(world, class_id) for class_id in (a, b, other)] == ["on", "on", "off"]
    assert (world.seated(a), world.seated(b)) == ([1, 2], [2]), "what is held already stays"
    new = next_section(world, course)
    assert rule_of(world, new) == "on"
    assert [calls.enroll(student, new)[0] for student in (1, 2, 3)] == [409, 409, 200]
    assert calls.enroll(1, other)[0] == 200, "another course"
    assert calls.one_section(a, True) == (200, "on"), "again"
    world.check_course([a, b, new, other])
    assert calls.one_section(new, False) == (200, "off")
    assert calls.enroll(1, new)[0] == 200
    assert calls.set_policy(a, "offer", 60)[1]["class_details"]["one_section"] == "off", "left out is as it is"
    assert calls.one_section(a, True) == (200, "on")
    assert calls.enroll(3, b)[0] == 409
    world.check_course([a, b, new, other])


def test_switched_off_who_was_passed_over_is_in_turn_again(world: World, calls: Caller, course: str) -> None:
    a, b = sections(world, calls, course, [1, 1])
    let_7_be_passed_over(calls, a, b)
    assert (world.seated(a), world.seated(b)) == ([7], [])
    calls.one_section(a, False)
    until(lambda: world.seated(b) == [7], why="7 is not in turn again")
    world.check_course([a, b])


def test_a_seat_got_against_the_rule_is_found_by_the_audit(world: World, calls: Caller, course: str) -> None:
    a, b = sections(world, calls, course, [1, 1])
    calls.enroll(1, a)
    key = {"Key": text(f"seat:{normalized_code(course)}:1")}
    world.deps.database.delete_item(TableName=world.deps.tables.keys, Key=key)
    calls.enroll(1, b)
    found = f"student 1 sits in classes {a} and {b}, and of {normalized_code(course)} one section may be held"
    assert world.audit_course([a, b]) == [found]


def test_a_rule_that_never_was_can_be_switched_off(world: World, calls: Caller, course: str) -> None:
    """As a form does that sends the whole policy."""
    [class_id] = sections(world, calls, course, [1], on=False)
    assert calls.one_section(class_id, False)[0] == 200
    assert rule_of(world, class_id) == "off"


@pytest.mark.parametrize("seed", [1, 2])
def test_every_reply_of_a_long_history_of_a_course_is_what_the_model_says(
    world: World, calls: Caller, course: str, seed: int
) -> None:
    dice = random.Random(seed)
    classes = sections(world, calls, course, [2, 2, 1])
    model = ModelCourse(dict(zip(classes, [2, 2, 1], strict=True)))
    for step in range(STEPS):
        student, class_id, other = dice.randint(1, 8), *dice.sample(classes, 2)
        deed = dice.choice(["enroll", "enroll", "drop", "drop", "leave", "swap"])
        named = (student, other, class_id) if deed == "swap" else (student, class_id)
        status, wanted = getattr(calls, deed)(*named)[0], getattr(model, deed)(*named)
        said = f"seed {seed}, step {step}"
        assert status == wanted, said
        if deed == "drop" or step % 10 == 0:  # who was passed over is in turn again after the reply
            until(lambda: {c: set(world.seated(c)) for c in classes} == model.seated, why=said)
            assert {c: world.line(c) for c in classes} == model.lines, said
    world.check_course(classes)
