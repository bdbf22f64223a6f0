"""One section per course, held against what the histories of the sections tell: nobody got a second seat by it.

Two seats of one student are right only if the first was got while the rule was off, and the other before it was in
force everywhere: its claim was not made yet.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from enrollment.audit.replay import Replayed

GOT = {"off": 0, "starting": 1, "on": 2}


def two_seats(got: Sequence[int]) -> bool:
    """Whether seats got so (GOT) may not be one student's."""
    first, *others = sorted(got) or [0]
    return bool(others) and (first > GOT["off"] or others[-1] == GOT["on"])


@dataclass
class Courses:
    """Collects, class by class, who sits in the sections of courses that have the rule: nothing of other courses."""

    _got: dict[tuple[str, int], dict[int, int]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, class_id: int, replayed: Replayed) -> None:
        if replayed.rule == "off" or replayed.status == "removing":
            return
        for student_id in replayed.seated:
            self._got[replayed.course, student_id][class_id] = GOT[replayed.got_under.get(student_id, "off")]

    def wrong(self, has_seat: Callable[[int, int], bool]) -> Iterator[str]:
        """The contradictions, in words. The classes were read one after the other, so `has_seat` (class, student) is
        asked whether those seats are there now."""
        for (course, student_id), got in self._got.items():
            if two_seats(list(got.values())):
                there = {class_id: how for class_id, how in got.items() if has_seat(class_id, student_id)}
                if two_seats(list(there.values())):
                    classes = " and ".join(map(str, sorted(there)))
                    yield f"student {student_id} sits in classes {classes}, and of {course} one section may be held"
