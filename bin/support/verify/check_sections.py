"""One section per course: no student ever has seats in two, and whoever is passed over for a seat has one.

What is true of one class at one moment is looked up by check_stores.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from verify import check_stores, columns
from verify.history import History, Snapshot, Violation

Look = Sequence[Snapshot]  # all sections of a course, at one moment


def check(history: History) -> list[Violation]:
    """The rule was in force before the first look."""
    found = [
        violation for look in history.course_looks for each in look for violation in check_stores.of_snapshot(each)
    ]
    for look in history.course_looks:
        found += [Violation(columns.SECTIONS, text) for text in two_seats(look)]
    return found


def two_seats(look: Look) -> Iterator[str]:
    seats: dict[int, list[int]] = defaultdict(list)
    for section in look:
        for student in section.seated:
            seats[student].append(section.class_id)
    for student, held in sorted(seats.items()):
        if len(held) > 1:
            yield f"student {student} sits in classes {sorted(held)} at {look[0].ended_s:.2f} s"


def at_rest(look: Look) -> list[Violation]:
    """Of a look a while after the last change: whoever is passed over has a seat in another section."""
    if not look:
        return [Violation(columns.CONTRADICTION, "the sections of a course: DynamoDB does not answer")]
    return [
        Violation(
            columns.SECTIONS,
            f"class {section.class_id} at rest: student {student} is passed over for a seat in {held}, and has none",
        )
        for section in look
        for student, held in sorted(section.skipped.items())
        if not any(student in other.seated for other in look)
    ]
