"""What is counted of a commit, for the pictures of registration day."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.record import Record, State
from enrollment.domain.roster import Roster
from enrollment.service.movements import Movements

SECTION = ClassSection(2, "CPSC 449", 1, "Web", "CS", 5, 1, 5, 0, 0, ClassStatus.ACTIVE, 1, 1000)


class InMemory:
    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def add(self, counts: Mapping[str, int]) -> None:
        self.counts.update(counts)

    def add_later(self, counts: Callable[[], Mapping[str, int]]) -> None:
        self.add(counts())

    def series(self) -> tuple[int, dict[int, dict[str, int]]]:
        return 29_000_001, {29_000_000: dict(self.counts)} if self.counts else {}

    def most(self, most: int) -> list[tuple[str, int]]:
        return self.counts.most_common(most)

    def close(self) -> None:
        pass


class Known:
    def __init__(self, *sections: ClassSection) -> None:
        self._sections = sections

    def sections(self, class_ids: Any) -> list[ClassSection]:
        return [section for section in self._sections if section.class_id in class_ids]


def roster(*records: Record, head: list[Record] | None = None) -> Roster:
    waiting = sum(record.state is State.WAITLISTED for record in records)
    seated = sum(record.state is State.ENROLLED for record in records)
    section = ClassSection(**{**vars(SECTION), "current_enrollment": seated, "current_waitlist": waiting})
    known: dict[int, Record | None] = dict.fromkeys(range(1, 9)) | {record.student_id: record for record in records}
    return Roster(section, known, head or [], now_s=1_000)


def test_seats_places_and_promotions_are_counted_and_what_is_no_movement_is_not() -> None:
    counts, growth = InMemory(), InMemory()
    movements = Movements(counts, growth, Known(SECTION))
    class_ = roster()
    class_.enroll(1)
    class_.enroll(2)
    class_.enroll(3)
    class_.pause(3)
    movements.committed([class_])
    assert counts.counts == {"enrolled": 1, "joined": 2}
    assert growth.counts == {"2": 2}


def test_who_drops_and_who_gets_the_seat_are_counted_and_the_line_is_shorter() -> None:
    counts, growth = InMemory(), InMemory()
    waiting = Record(2, State.WAITLISTED, enrollment_id=2, sequence_number=1001)
    class_ = roster(Record(1, State.ENROLLED, enrollment_id=1), waiting, head=[waiting])
    class_.drop(1)
    Movements(counts, growth, Known()).committed([class_])
    assert counts.counts == {"dropped": 1, "promoted": 1}
    assert growth.counts == {"2": -1}


def test_minutes_have_every_count_and_lines_their_class() -> None:
    counts, growth = InMemory(), InMemory()
    counts.add({"enrolled": 3})
    growth.add({"2": 4, "9": 7})
    told = Movements(counts, growth, Known(SECTION)).recent()
    assert told["until"] == "2025-02-19T21:21:00Z"
    assert told["minutes"] == [
        {"minute": "2025-02-19T21:20:00Z", "enrolled": 3, "joined": 0, "promoted": 0, "dropped": 0, "left": 0}
    ]
    assert [(line["class_id"], line["growth"], line["places"]) for line in told["growing_lines"]] == [(2, 4, 5)], (
        "a class that nobody knows is not shown"
    )
