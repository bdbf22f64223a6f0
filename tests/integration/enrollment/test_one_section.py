"""One section per course through the service: refused, swapped, passed over, switched on and off; raced over instances,
and killed at every step."""

import random
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import httpx
import pytest

from enrollment.domain.class_section import ClassStatus
from enrollment.domain.sections import normalized_code
from enrollment.service.catalog import NewClass
from kit.stores.dynamo import text
from tests.support.caller import Caller
from tests.support.model import ModelCourse
from tests.support.waiting import until
from tests.support.world import Process, World

STEPS = 150
_COURSES = count(1)

pytestmark = pytest.mark.usefixtures("reconciler")


@pytest.fixture
def course() -> str:
    return f"CPSC  {next(_COURSES)}/a"


def sections(world: World, calls: Caller, course: str, capacities: list[int], *, on: bool = True) -> list[int]:
    """Of the course, `on`: with its rule in force."""
    classes = [world.add_class(capacity, places=20, course=course) for capacity in capacities]
    if on:
        assert calls.one_section(classes[0], True) == (200, "on")
    return classes


def rule_of(world: World, class_id: int) -> str:
    return str(world.deps.rosters.require_section(class_id).rule.one_section)


def is_carried_out(world: World, course: str) -> bool:
    return normalized_code(course) not in world.deps.classes.courses.changing()


def let_7_be_passed_over(calls: Caller, a: int, b: int) -> None:
    """Of sections with one seat each: student 7 gets the seat of `a`, and the free one of `b` waits for nobody else."""
    for class_id, student in ((a, 1), (b, 2), (a, 7), (b, 7)):
        calls.enroll(student, class_id)
    calls.drop(1, a)
    calls.drop(2, b)


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
    assert f"you have a seat in class {a}" in calls.story(7, b)[-2][0]
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


def next_section(world: World, course: str) -> int:
    """As a registrar adds one."""
    new = NewClass(course.lower(), next(_COURSES), "A class", "Tests", 5, 2, 2, ClassStatus.ACTIVE)
    return world.deps.catalog.add_taught(new).class_id


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


def test_of_two_seats_asked_for_at_once_one_is_got(world: World, three: Caller, course: str) -> None:
    classes = sections(world, three, course, [40, 40, 40])
    asked = [(student, class_id) for student in range(1, 31) for class_id in classes]
    with ThreadPoolExecutor(30) as pool:
        said = list(pool.map(lambda one: three.enroll(*one)[0], asked))
    assert set(said) == {200, 409}
    for student in range(30):
        assert sorted(said[3 * student : 3 * student + 3]) == [200, 409, 409]
    world.check_course(classes)


def test_of_a_swap_and_a_drop_at_once_the_student_keeps_one_seat_at_most(
    world: World, three: Caller, course: str
) -> None:
    a, b, c = classes = sections(world, three, course, [20, 20, 20])
    students = range(1, 21)
    for student in students:
        three.enroll(student, a)
    deeds = [
        deed
        for student in students
        for deed in (
            lambda student=student: three.swap(student, a, b),
            lambda student=student: three.drop(student, a),
            lambda student=student: three.enroll(student, c),
        )
    ]
    with ThreadPoolExecutor(30) as pool:
        said = [future.result()[0] for future in [pool.submit(deed) for deed in deeds]]
    assert set(said) <= {200, 409, 404}
    seats = world.seated(a) + world.seated(b) + world.seated(c)
    assert len(seats) == len(set(seats))
    world.check_course(classes)


def test_seats_got_and_given_up_while_the_rule_begins_are_known_to_it(world: World, three: Caller, course: str) -> None:
    a, b = classes = sections(world, three, course, [60, 60], on=False)
    for student in range(1, 31):
        three.enroll(student, a)

    def move(student: int) -> None:
        if student % 3 == 0:
            three.drop(student, a)
        three.enroll(student, b)
        three.enroll(student + 30, [a, b][student % 2])

    with ThreadPoolExecutor(16) as pool:
        begun = pool.submit(three.one_section, a, True)
        list(pool.map(move, range(1, 31)))
        assert begun.result()[0] == 200
    until(lambda: is_carried_out(world, course), why="the rule is not in force")
    assert [rule_of(world, class_id) for class_id in classes] == ["on", "on"]
    seated = {class_id: set(world.seated(class_id)) for class_id in classes}
    for student in seated[a] - seated[b]:
        assert three.enroll(student, b)[0] == 409
    world.check_course(classes)


def test_a_rule_that_never_was_can_be_switched_off(world: World, calls: Caller, course: str) -> None:
    """As a form does that sends the whole policy."""
    [class_id] = sections(world, calls, course, [1], on=False)
    assert calls.one_section(class_id, False)[0] == 200
    assert rule_of(world, class_id) == "off"


def test_two_registrars_and_new_sections_at_once_end_with_one_rule(world: World, three: Caller, course: str) -> None:
    classes = sections(world, three, course, [5, 5], on=False)
    dice = random.Random(14)

    def change(step: int) -> None:
        if step % 4 == 0:
            classes.append(next_section(world, course))
        else:
            assert three.one_section(classes[0], dice.random() < 0.5)[0] in (200, 503)  # 503: others were faster

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(change, range(24)))
    until(lambda: three.one_section(classes[0], True)[0] == 200)
    until(lambda: is_carried_out(world, course), why="the rule is not in force")
    assert {rule_of(world, class_id) for class_id in classes} == {"on"}
    assert world.deps.classes.courses.course(normalized_code(course))[1] == sorted(classes)


def test_students_who_enroll_swap_drop_and_wait_at_once_never_have_two_seats(
    world: World, three: Caller, course: str
) -> None:
    classes = [*sections(world, three, course, [3, 3, 3]), world.add_class(3, 20)]
    dice = random.Random(4)

    def live(student: int) -> list[int]:
        said = []
        for _ in range(8):
            old, new = dice.sample(classes, 2)
            deed = dice.choice([three.swap, three.swap, three.drop, three.enroll, three.enroll, three.resume])
            said.append((deed(student, old, new) if deed == three.swap else deed(student, new))[0])
        return said

    with ThreadPoolExecutor(16) as pool:
        statuses = {status for said in pool.map(live, range(1, 25)) for status in said}
    assert statuses <= {200, 404, 409, 503}
    sectioned = world.deps.rosters.require_section
    until(lambda: not any(sectioned(c).has_vacancy_for_waitlist for c in classes), why="a seat stays free")
    world.check_course(classes)


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


@pytest.mark.parametrize("doomed", ["rule.changed", "rule.told", "rule.claimed"], indirect=True)
def test_a_rule_whose_beginning_was_cut_short_is_carried_out_by_the_reconciler(
    world: World, calls: Caller, course: str, doomed: tuple[Process, Caller]
) -> None:
    a, b = classes = sections(world, calls, course, [3, 3], on=False)
    for student in (1, 2):
        calls.enroll(student, a)
    with pytest.raises(httpx.TransportError):
        doomed[1].one_section(a, True)
    assert doomed[0].died() == -9
    until(lambda: is_carried_out(world, course), why="the rule is not in force")
    assert [rule_of(world, class_id) for class_id in classes] == ["on", "on"]
    assert calls.enroll(1, b)[0] == 409
    world.check_course(classes)


@pytest.mark.parametrize("doomed", ["rule.changed", "rule.told"], indirect=True)
def test_a_rule_whose_end_was_cut_short_is_ended_by_the_reconciler(
    world: World, calls: Caller, course: str, doomed: tuple[Process, Caller]
) -> None:
    a, b = classes = sections(world, calls, course, [1, 1])
    let_7_be_passed_over(calls, a, b)
    with pytest.raises(httpx.TransportError):
        doomed[1].one_section(a, False)
    assert doomed[0].died() == -9
    until(lambda: is_carried_out(world, course), why="the rule has not ended")
    assert [rule_of(world, class_id) for class_id in classes] == ["off", "off"]
    until(lambda: world.seated(b) == [7], why="7 is not in turn again")
    world.check_course(classes)


@pytest.mark.parametrize("doomed", ["commit.committed"], indirect=True)
def test_killed_after_a_drop_who_was_passed_over_is_in_turn_again_all_the_same(
    world: World, calls: Caller, course: str, doomed: tuple[Process, Caller]
) -> None:
    a, b = sections(world, calls, course, [1, 1])
    let_7_be_passed_over(calls, a, b)
    assert (world.seated(a), world.seated(b)) == ([7], [])
    with pytest.raises(httpx.TransportError):
        doomed[1].drop(7, a)
    assert doomed[0].died() == -9
    until(lambda: world.seated(b) == [7], why="7 is not in turn again")
    until(lambda: world.shown_line(b) == [], why="Redis did not show the line")
    world.check_course([a, b])


@pytest.mark.parametrize("doomed", ["commit.marked", "commit.committed"], indirect=True)
def test_killed_around_a_seat_the_claim_and_the_seat_are_there_or_neither_is(
    world: World, calls: Caller, course: str, doomed: tuple[Process, Caller]
) -> None:
    a, b = sections(world, calls, course, [1, 1])
    with pytest.raises(httpx.TransportError):
        doomed[1].enroll(1, a)
    assert doomed[0].died() == -9
    got = world.seated(a) == [1]
    assert calls.enroll(1, b)[0] == (409 if got else 200)
    world.check_course([a, b])
