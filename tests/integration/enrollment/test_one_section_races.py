"""One section per course, raced over instances, and killed at every step."""

import random
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from enrollment.domain.sections import normalized_code
from tests.support.caller import Caller
from tests.support.courses import is_carried_out, let_7_be_passed_over, next_section, rule_of, sections
from tests.support.waiting import until
from tests.support.world import Process, World

pytestmark = pytest.mark.usefixtures("reconciler")


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
