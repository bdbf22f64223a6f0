"""A story is read within one request: of a very long one the reply has the latest part."""

from collections.abc import Iterator
from typing import Any

from enrollment.domain.class_section import ClassSection
from enrollment.domain.errors import ClassUnknown
from enrollment.domain.history import What
from enrollment.domain.record import Record, State
from enrollment.service.histories import MOST_CLASSES_NAMED, Histories
from tests.unit.enrollment.test_story import ME, did, history, joined

WAITING = Record(ME, State.WAITLISTED, 4, sequence_number=110, came_at=1)


class Class2:
    """Its history and the student's record, and nobody's name."""

    def __init__(self, entries: list[dict[str, Any]], record: Record) -> None:
        self._entries, self._record = entries, record
        self.sections_read = 0

    def entries(self, _: int, first: int = 1) -> Iterator[dict[str, Any]]:
        return iter(self._entries[first - 1 :])

    def last_number(self, _: int) -> int:
        return len(self._entries)

    def record(self, *_: int) -> Record:
        return self._record

    def require_section(self, class_id: int) -> ClassSection:
        self.sections_read += 1
        raise ClassUnknown(class_id)

    def classes_waited_for(self, student_id: int) -> list[int]:
        raise NotImplementedError

    def named(self, _: object) -> None:
        return None


def told(record: Record, most: int) -> list[tuple[int, str, int | None]]:
    ahead = [[did(What.LEFT, student, sequence=100 + student)] for student in (5, 6, 7)]
    made = Class2(history([joined(ME, 110, 4)], *ahead), record)
    return [(m.number, m.what, m.position) for m in Histories(made, made, made, most).of_student(ME, 2)]


def test_a_story_that_is_short_enough_is_told_from_its_beginning() -> None:
    assert told(WAITING, 4) == [(1, "joined", 4), (2, "moved_up", 3), (3, "moved_up", 2), (4, "moved_up", 1)]


def test_of_a_long_one_the_latest_part_is_told_and_that_something_is_left_out() -> None:
    assert told(WAITING, 2) == [(3, "left_out", None), (3, "moved_up", None), (4, "moved_up", None)]


def test_only_what_happened_since_the_student_came_counts() -> None:
    assert told(Record(ME, State.WAITLISTED, 4, sequence_number=110, came_at=3), 2) == []


def test_a_class_that_is_gone_goes_by_its_id_and_of_very_many_not_all_are_read() -> None:
    asked = [[did(What.SWAP_ASKED, ME, swap_from=class_id)] for class_id in range(100, 200) for _ in range(2)]
    made = Class2(history([joined(ME, 110, 4)], *asked), WAITING)
    texts = [moment.text for moment in Histories(made, made, made).of_student(ME, 2)]
    assert (texts[1], texts[-1]) == (
        "With a seat here you will give up class 100",
        "With a seat here you will give up class 199",
    )
    assert made.sections_read == MOST_CLASSES_NAMED
