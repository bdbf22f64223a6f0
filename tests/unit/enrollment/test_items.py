"""A class is read from DynamoDB as it was written, and what most classes have nothing of is not written."""

from dataclasses import replace

import pytest

from enrollment.adapters.items import class_from_item, class_to_item
from enrollment.domain.class_section import ClassSection, ClassStatus, Promotion
from enrollment.domain.course_rule import CourseRule, OneSection
from enrollment.domain.history import Head

PLAIN = ClassSection(
    2,
    "CPSC 449",
    1,
    "Web Back-End",
    "Computer Science",
    5,
    30,
    10,
    3,
    0,
    ClassStatus.ACTIVE,
    7,
    100,
    Head(6, "ab" * 32),
)
SELDOM = [
    {"waiting_swaps": 1},
    {"paused": 2, "skipped": 1},
    {"open_offers": 1},
    {"promotion": Promotion.OFFER},
    {"promotion": Promotion.OFFER, "offer_window_s": 60},
    {"offer_window_s": 60},
    {"rule": CourseRule(OneSection.ON, 3)},
    {"rule": CourseRule(OneSection.OFF, 4)},
    {"line_clock_s": 1_795_366_801},
    {"line_clock_s": None},
]


@pytest.mark.parametrize("terms", [{}, *SELDOM], ids=lambda terms: "-".join(terms) or "plain")
def test_a_class_is_read_as_it_was_written(terms: dict[str, object]) -> None:
    section = replace(PLAIN, **terms)  # type: ignore[arg-type]
    assert class_from_item(class_to_item(section)) == section


def test_of_a_class_of_1_1_it_is_not_known_when_its_line_changed() -> None:
    item = class_to_item(PLAIN)
    assert class_from_item(item).line_clock_s == 0
    del item["HistoryNumber"], item["HistoryHash"]
    assert class_from_item(item).line_clock_s is None


def test_what_most_classes_have_nothing_of_is_not_written() -> None:
    """Every change writes the whole item, and DynamoDB Local takes as long for each attribute as we do."""
    of_each = {"HistoryNumber", "HistoryHash"}
    of_1_1 = {"ClassID", "CourseCode", "SectionNumber", "ClassName", "Department", "InstructorID", "MaxCapacity"}
    of_1_1 |= {"WaitlistMaximum", "CurrentEnrollment", "CurrentWaitlist", "Catalog", "Version", "LineVersion"}
    assert set(class_to_item(PLAIN)) == of_1_1 | of_each
