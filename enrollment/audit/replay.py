"""What a class must look like after its history, and the first change in it that the rules do not allow.

Who was in a class before its history began (a class made by version 1.1) is not known by name: such students are
counted as strangers, and named as soon as a change names them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class NotAllowed(Exception):
    """A change that the rules do not allow after what came before it."""


@dataclass
class Replayed:
    """`seated` and `waiting` (student id → sequence number) are those known by name."""

    capacity: int = 0
    waitlist_maximum: int = 0
    status: str = ""
    instructor_id: int | None = None
    removed: bool = False
    seated: set[int] = field(default_factory=set)
    waiting: dict[int, int] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)
    seated_strangers: int = 0
    waiting_strangers: int = 0
    newest_sequence: int = 0

    @property
    def enrolled(self) -> int:
        return len(self.seated) + self.seated_strangers

    @property
    def in_line(self) -> int:
        return len(self.waiting) + self.waiting_strangers

    def apply(self, entry: Mapping[str, Any]) -> None:
        """Raises NotAllowed."""
        for change in entry["changes"]:
            if self.removed:
                raise NotAllowed("something happened to a class after it was removed")
            rule = _RULES.get(change["what"])
            if rule is None:
                raise NotAllowed(f"no rule knows what {change['what']!r} is")
            rule(self, change)
        if self.enrolled > self.capacity:
            raise NotAllowed(f"{self.enrolled} students sit on {self.capacity} seats")

    def _require(self, holds: bool, otherwise: str) -> None:
        if not holds:
            raise NotAllowed(otherwise)

    def _free_to_come(self, student: int) -> None:
        self._require(student not in self.seated, f"student {student} comes, and sits there already")
        self._require(student not in self.waiting, f"student {student} comes, and waits already")
        self._require(self.status == "active", f"student {student} comes to a class that is {self.status}")

    def added(self, change: Mapping[str, Any]) -> None:
        self._require(not self.status, "a class is added twice")
        self.capacity, self.waitlist_maximum = change["max_capacity"], change["waitlist_maximum"]
        self.status, self.instructor_id = change["status"], change["instructor_id"]

    def adopted(self, change: Mapping[str, Any]) -> None:
        self.added(change)
        self.seated_strangers, self.waiting_strangers = change["enrolled"], change["waiting"]
        self.newest_sequence = change["newest_sequence"]

    def enrolls(self, change: Mapping[str, Any]) -> None:
        student = change["student_id"]
        self._free_to_come(student)
        self._require(self.enrolled < self.capacity, f"student {student} takes a seat that is not there")
        self._require(self.in_line == 0, f"student {student} takes a seat past those who wait")
        self._seat(student)

    def joins(self, change: Mapping[str, Any]) -> None:
        student, sequence = change["student_id"], change["sequence"]
        self._free_to_come(student)
        self._require(self.in_line < self.waitlist_maximum, f"student {student} joins a line that is full")
        self._require(
            self.enrolled >= self.capacity or self.in_line > 0, f"student {student} has to wait beside a free seat"
        )
        self._require(sequence > self.newest_sequence, f"student {student} joins ahead of somebody who came earlier")
        self._require(change["position"] == self.in_line + 1, f"student {student} is told a wrong position")
        self.waiting[student] = self.newest_sequence = sequence
        self.dropped.discard(student)

    def promotes(self, change: Mapping[str, Any]) -> None:
        student, sequence = change["student_id"], change["sequence"]
        self._require(self.enrolled < self.capacity, f"student {student} is promoted to a seat that is not there")
        self._require(self.status != "removing", f"student {student} is promoted in a class that is being removed")
        self._require(
            all(sequence <= other for other in self.waiting.values()), f"student {student} is promoted past the line"
        )
        self._leave_line(student, sequence)
        self._seat(student)

    def asks_for_swap(self, change: Mapping[str, Any]) -> None:
        student = change["student_id"]
        known = student in self.waiting or self.waiting_strangers > 0
        self._require(known, f"student {student} asks for a swap, and does not wait")

    def swaps_out(self, change: Mapping[str, Any]) -> None:
        self.drops({"student_id": change["student_id"]})

    def leaves(self, change: Mapping[str, Any]) -> None:
        self._leave_line(change["student_id"], change["sequence"])
        self.dropped.add(change["student_id"])

    def drops(self, change: Mapping[str, Any]) -> None:
        student = change["student_id"]
        if "sequence" in change:
            self._require(self.status == "removing", f"student {student} is dropped from the line")
            self._leave_line(student, change["sequence"])
        elif student in self.seated:
            self.seated.discard(student)
        else:
            self._require(
                student not in self.waiting and student not in self.dropped and self.seated_strangers > 0,
                f"student {student} is dropped, and does not sit there",
            )
            self.seated_strangers -= 1
        self.dropped.add(student)

    def resizes(self, change: Mapping[str, Any]) -> None:
        self._require(change["max_capacity"] >= self.enrolled, "the class shrinks below those who sit in it")
        self.capacity, self.waitlist_maximum = change["max_capacity"], change["waitlist_maximum"]

    def becomes(self, change: Mapping[str, Any]) -> None:
        self._require(self.status != "removing" or change["status"] == "removing", "a removal is taken back")
        self.status = change["status"]

    def is_assigned(self, change: Mapping[str, Any]) -> None:
        self.instructor_id = change["instructor_id"]

    def is_removed(self, _: Mapping[str, Any]) -> None:
        self._require(self.status == "removing", "a class is removed that nobody began to remove")
        self._require(self.enrolled == 0 and self.in_line == 0, "a class is removed with students in it")
        self.removed = True

    def _seat(self, student: int) -> None:
        self.seated.add(student)
        self.dropped.discard(student)

    def _leave_line(self, student: int, sequence: int) -> None:
        if student in self.waiting:
            self._require(self.waiting.pop(student) == sequence, f"student {student} leaves another place than theirs")
            return
        self._require(
            student not in self.seated and student not in self.dropped and self.waiting_strangers > 0,
            f"student {student} leaves the line, and is not in it",
        )
        self.waiting_strangers -= 1


_RULES = {
    "added": Replayed.added,
    "adopted": Replayed.adopted,
    "enrolled": Replayed.enrolls,
    "joined": Replayed.joins,
    "promoted": Replayed.promotes,
    "swap_asked": Replayed.asks_for_swap,
    "swapped": Replayed.swaps_out,
    "left": Replayed.leaves,
    "dropped": Replayed.drops,
    "resized": Replayed.resizes,
    "status": Replayed.becomes,
    "instructor": Replayed.is_assigned,
    "removed": Replayed.is_removed,
}
