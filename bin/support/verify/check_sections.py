"""One section per course: no student ever has seats in two, and whoever is passed over for a seat has one.

What is true of one class at one moment is looked up by check_stores, but for a free seat beside a line: who is next may
be passed over, or give up a seat elsewhere for this one, and what that takes may be more than one transaction holds.
Then the next one goes on, or the reconciler if a process dies in between; so a seat may be free for a moment, and not
for good.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from verify import check_stores, columns
from verify.history import History, Snapshot, Violation

FREE_FOR_S = 40.0  # the reconciler begins a pass every 30 s

Look = Sequence[Snapshot]  # all sections of a course, at one moment


def check(history: History) -> list[Violation]:
    """The rule was in force before the first look."""
    found: list[Violation] = []
    free_since_s: dict[int, float] = {}
    for look in history.course_looks:
        found += [Violation(columns.SECTIONS, text) for text in two_seats(look)]
        for section in look:
            ill = list(check_stores.of_snapshot(section))
            found += [violation for violation in ill if violation.column != columns.FREE_SEAT]
            free = [violation for violation in ill if violation.column == columns.FREE_SEAT]
            if not free:
                free_since_s.pop(section.class_id, None)
            elif section.began_s - free_since_s.setdefault(section.class_id, section.ended_s) > FREE_FOR_S:
                found += free
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
    """Of a look a while after the last change: no seat is free beside a line, and whoever is passed over has a seat in
    another section."""
    if not look:
        return [Violation(columns.CONTRADICTION, "the sections of a course: DynamoDB does not answer")]
    ill = [violation for section in look for violation in check_stores.of_snapshot(section)]
    return ill + [
        Violation(
            columns.SECTIONS,
            f"class {section.class_id} at rest: student {student} is passed over for a seat in {held}, and has none",
        )
        for section in look
        for student, held in sorted(section.skipped.items())
        if not any(student in other.seated for other in look)
    ]
