"""Demand: seats, enrolled and waiting, in all, by department, and of the most wanted classes and the
longest lines. From memory."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from heapq import nlargest
from typing import Any

from enrollment.domain.class_section import ClassSection

MOST_LINES = 20


@dataclass
class Totals:
    classes: int = 0
    seats: int = 0
    enrolled: int = 0
    waiting: int = 0

    def add(self, section: ClassSection) -> None:
        self.classes += 1
        self.seats += section.max_capacity
        self.enrolled += section.current_enrollment
        self.waiting += section.current_waitlist


@dataclass
class Demand:
    total: Totals = field(default_factory=Totals)
    departments: dict[str, Totals] = field(default_factory=lambda: defaultdict(Totals))
    wanted: list[ClassSection] = field(default_factory=list)
    longest: list[ClassSection] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        by_waiting = sorted(self.departments.items(), key=lambda one: (-one[1].waiting, -one[1].enrolled, one[0]))
        return {
            **asdict(self.total),
            "departments": [{"department": name, **asdict(totals)} for name, totals in by_waiting],
            "most_wanted": [_with_seats(section) for section in self.wanted],
            "longest_lines": [_with_seats(section) for section in self.longest],
        }


def demand(sections: Sequence[ClassSection]) -> Demand:
    found = Demand()
    for section in sections:
        found.total.add(section)
        found.departments[section.department].add(section)
    found.wanted = nlargest(MOST_LINES, (one for one in sections if _wanted(one)), key=_wanted)
    waiting = (section for section in sections if section.current_waitlist)
    found.longest = nlargest(MOST_LINES, waiting, key=lambda section: (section.current_waitlist, -section.class_id))
    return found


def _wanted(section: ClassSection) -> float:
    """How many students there are for each seat, in it or in line."""
    return (section.current_enrollment + section.current_waitlist) / max(1, section.max_capacity)


def _with_seats(section: ClassSection) -> dict[str, Any]:
    return {**line_of(section), "seats": section.max_capacity, "enrolled": section.current_enrollment}


def line_of(section: ClassSection) -> dict[str, Any]:
    """A class and its line, as JSON."""
    return {
        "class_id": section.class_id,
        "course_code": section.course_code,
        "class_name": section.class_name,
        "section_number": section.section_number,
        "waiting": section.current_waitlist,
        "places": section.waitlist_maximum,
    }
