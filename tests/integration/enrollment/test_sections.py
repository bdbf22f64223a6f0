"""A section is unique as people read it, also beside classes that version 1.1 has written."""

import uuid
from typing import Any

import pytest

from enrollment.adapters.class_store import ADOPTED, ClassStore
from enrollment.adapters.items import class_to_item
from enrollment.domain.class_history import first_entry, last_entry
from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.errors import SectionTaken
from enrollment.domain.moments import now_as_text
from kit.stores.dynamo import number, text
from tests.support.world import World


def section(world: World, course_code: str, section_number: int = 1) -> ClassSection:
    [class_id] = world.deps.classes.next_ids(1)
    capacity, places = 3, 3
    return ClassSection(
        class_id, course_code, section_number, "Web", "CS", 5, capacity, places, 0, 0, ClassStatus.ACTIVE, 1, 1000
    )


def written_by_1_1(world: World, made: ClassSection) -> ClassSection:
    """A class as 1.1 wrote it, before anybody has adopted it."""
    tables, database = world.deps.tables, world.deps.database
    key = {"Key": text(f"section:{made.course_code}:{made.section_number}")}
    database.put_item(TableName=tables.keys, Item={**key, "ClassID": number(made.class_id)})
    database.put_item(TableName=tables.classes, Item=class_to_item(made))
    database.delete_item(TableName=tables.keys, Key={"Key": text(ADOPTED)})
    return made


def upgraded(world: World) -> ClassStore:
    return ClassStore(world.deps.database, world.deps.tables, world.deps.rosters)


def new(section: ClassSection) -> tuple[ClassSection, dict[str, Any]]:
    return section, first_entry(section, now_as_text())


@pytest.fixture
def course() -> str:
    return f"CPSC {uuid.uuid4().hex[:8]}"


def variants(course: str) -> list[str]:
    spaced = [course.replace(" ", gap) for gap in ("  ", "\N{NO-BREAK SPACE}", " \N{IDEOGRAPHIC SPACE}")]
    return [course, course.lower(), course.replace("CPSC", "ＣＰＳＣ"), f" {course} ", *spaced]


def test_a_section_is_there_once_however_its_course_is_written(world: World, course: str) -> None:
    store = world.deps.classes
    store.add(*new(section(world, course)))
    for variant in variants(course):
        with pytest.raises(SectionTaken):
            store.add(*new(section(world, variant)))
    store.add(*new(section(world, course.lower(), 2)))
    assert store.taken([(variants(course)[2], 1), (course, 2), (course, 3)]) == {(variants(course)[2], 1), (course, 2)}


def test_what_is_shown_stays_as_it_was_given(world: World, course: str) -> None:
    made = section(world, f"  {course.lower()}")
    world.deps.classes.add(*new(made))
    assert world.deps.rosters.require_section(made.class_id).course_code == f"  {course.lower()}"


def test_a_class_of_1_1_is_not_doubled(world: World, course: str) -> None:
    written_by_1_1(world, section(world, course))
    for variant in variants(course):
        with pytest.raises(SectionTaken):
            upgraded(world).add(*new(section(world, variant)))


def test_two_classes_of_1_1_that_are_one_section_now_both_stay_and_can_be_removed(world: World, course: str) -> None:
    first = written_by_1_1(world, section(world, course))
    second = written_by_1_1(world, section(world, course.lower()))
    store = upgraded(world)
    for made in (first, second):
        with pytest.raises(SectionTaken):
            store.add(*new(section(world, course)))
        assert world.deps.rosters.require_section(made.class_id) == made
    for made in (second, first):
        world.deps.enrollments.begin_removal(made.class_id)
        removing = world.deps.rosters.require_section(made.class_id)
        store.delete(removing, last_entry(removing, now_as_text()))
    store.add(*new(section(world, course)))
