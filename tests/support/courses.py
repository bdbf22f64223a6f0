"""The sections of a course of which one may be held, and what a test asks of them."""

from itertools import count

from enrollment.domain.class_section import ClassStatus
from enrollment.domain.sections import normalized_code
from enrollment.service.catalog import NewClass
from tests.support.caller import Caller
from tests.support.world import World

_SECTIONS = count(1)


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


def next_section(world: World, course: str) -> int:
    """As a registrar adds one."""
    new = NewClass(course.lower(), next(_SECTIONS), "A class", "Tests", 5, 2, 2, ClassStatus.ACTIVE)
    return world.deps.catalog.add_taught(new).class_id
