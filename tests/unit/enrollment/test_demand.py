"""What is asked for where, summed up."""

from dataclasses import replace

from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.service.demand import MOST_LINES, demand

PLAIN = ClassSection(1, "CPSC 449", 1, "Web", "CS", 5, 10, 20, 4, 0, ClassStatus.ACTIVE, 1, 1000)


def test_seats_and_students_are_summed_by_department_most_waiting_first() -> None:
    full = {"current_enrollment": 10, "current_waitlist": 3}
    told = demand([PLAIN, replace(PLAIN, class_id=2), replace(PLAIN, class_id=3, department="Arts", **full)]).as_json()
    assert {name: told[name] for name in ("classes", "seats", "enrolled", "waiting")} == {
        "classes": 3,
        "seats": 30,
        "enrolled": 18,
        "waiting": 3,
    }
    assert told["departments"] == [
        {"department": "Arts", "classes": 1, "seats": 10, "enrolled": 10, "waiting": 3},
        {"department": "CS", "classes": 2, "seats": 20, "enrolled": 8, "waiting": 0},
    ]
    assert [line["class_id"] for line in told["longest_lines"]] == [3], "empty lines are none"
    assert [one["class_id"] for one in told["most_wanted"]] == [3, 1, 2], "most students for each seat first"


def test_the_longest_lines_come_first_and_are_not_too_many() -> None:
    sections = [replace(PLAIN, class_id=number, current_waitlist=number % 40) for number in range(1, 200)]
    lines = demand(sections).as_json()["longest_lines"]
    assert len(lines) == MOST_LINES
    assert [line["waiting"] for line in lines] == sorted((s.current_waitlist for s in sections), reverse=True)[:20]
