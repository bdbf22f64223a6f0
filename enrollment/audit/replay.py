"""What a class must look like after its history, and the first change in it that the rules do not allow.

Who was in a class before its history began (a class made by version 1.1) is not known by name: such students are
counted as strangers, and named as soon as a change names them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from enrollment.domain.sections import normalized_code


class NotAllowed(Exception):
    """A change that the rules do not allow after what came before it."""


@dataclass
class Replayed:
    """`seated` and `waiting` (student id → sequence number) are those known by name."""

    course: str = ""
    """Its code, as sections of one course have it in common."""
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
    paused: set[int] = field(default_factory=set)
    offers: dict[int, int] = field(default_factory=dict)
    """By student until when (Unix seconds) a seat is held."""
    promotion: str = "automatic"
    rule: str = "off"
    """One section per course: off, starting or on."""
    got_under: dict[int, str] = field(default_factory=dict)
    """By seated student what the rule was when they got the seat; those not named got it while it was off."""
    at_s: float = 0.0

    @property
    def taken(self) -> int:
        return self.enrolled + len(self.offers)

    @property
    def in_turn(self) -> int:
        return self.in_line - len(self.paused) - len(self.offers)

    @property
    def enrolled(self) -> int:
        return len(self.seated) + self.seated_strangers

    @property
    def in_line(self) -> int:
        return len(self.waiting) + self.waiting_strangers

    def apply(self, entry: Mapping[str, Any]) -> None:
        """Raises NotAllowed."""
        self.at_s = datetime.fromisoformat(entry["at"]).timestamp()
        for change in entry["changes"]:
            if self.removed:
                raise NotAllowed("something happened to a class after it was removed")
            rule = _RULES.get(change["what"])
            if rule is None:
                raise NotAllowed(f"no rule knows what {change['what']!r} is")
            rule(self, change)
        if self.taken > self.capacity:
            raise NotAllowed(f"{self.enrolled} sit and {len(self.offers)} are offered seats, of {self.capacity}")

    def _require(self, holds: bool, otherwise: str) -> None:
        if not holds:
            raise NotAllowed(otherwise)

    def _free_to_come(self, student: int) -> None:
        self._require(student not in self.seated, f"student {student} comes, and sits there already")
        self._require(student not in self.waiting, f"student {student} comes, and waits already")
        self._require(self.status == "active", f"student {student} comes to a class that is {self.status}")

    def added(self, change: Mapping[str, Any]) -> None:
        self._require(not self.status, "a class is added twice")
        self.course = normalized_code(change["course_code"])
        self.capacity, self.waitlist_maximum = change["max_capacity"], change["waitlist_maximum"]
        self.status, self.instructor_id = change["status"], change["instructor_id"]
        self.promotion = change.get("promotion", "automatic")
        self.rule = change.get("one_section", "off")

    def adopted(self, change: Mapping[str, Any]) -> None:
        self.added(change)
        self.seated_strangers, self.waiting_strangers = change["enrolled"], change["waiting"]
        self.newest_sequence = change["newest_sequence"]

    def enrolls(self, change: Mapping[str, Any]) -> None:
        student = change["student_id"]
        self._free_to_come(student)
        self._require(self.taken < self.capacity, f"student {student} takes a seat that is not there")
        self._require(self.in_turn == 0, f"student {student} takes a seat past those who wait")
        self._seat(student)

    def joins(self, change: Mapping[str, Any]) -> None:
        student, sequence = change["student_id"], change["sequence"]
        self._free_to_come(student)
        self._require(self.in_line < self.waitlist_maximum, f"student {student} joins a line that is full")
        self._require(
            self.taken >= self.capacity or self.in_turn > 0, f"student {student} has to wait beside a free seat"
        )
        self._require(sequence > self.newest_sequence, f"student {student} joins ahead of somebody who came earlier")
        self._require(change["position"] == self.in_line + 1, f"student {student} is told a wrong position")
        self.waiting[student] = self.newest_sequence = sequence
        self.dropped.discard(student)

    def promotes(self, change: Mapping[str, Any]) -> None:
        student, sequence = change["student_id"], change["sequence"]
        self._comes_next(student)
        self._leave_line(student, sequence)
        self._seat(student)

    def _comes_next(self, student: int) -> None:
        self._require(self.taken < self.capacity, f"student {student} is given a seat that is not there")
        self._require(self.status != "removing", f"student {student} is given a seat in a class that is being removed")
        self._require(student not in self.paused, f"student {student} is given a seat in a pause")
        self._require(student not in self.offers, f"student {student} is given a seat and has an offer")
        own = self.waiting.get(student)
        others = (n for i, n in self.waiting.items() if i not in self.paused and i not in self.offers)
        self._require(own is None or all(own <= n for n in others), f"student {student} is given a seat past the line")

    def pauses(self, change: Mapping[str, Any]) -> None:
        student = change["student_id"]
        self._require(self._waits(student) and student not in self.offers, f"student {student} pauses, and may not")
        self.paused.add(student)

    def resumes(self, change: Mapping[str, Any]) -> None:
        student = change["student_id"]
        self._require(student in self.paused, f"student {student} ends a pause that is none")
        self.paused.discard(student)

    def is_skipped(self, change: Mapping[str, Any]) -> None:
        student = change["student_id"]
        self._require(self.rule != "off", f"student {student} is passed over by a rule that is not in force")
        self._require(self._waits(student), f"student {student} is passed over, and does not wait")
        self._comes_next(student)
        if student in self.waiting:
            self._require(self.waiting[student] == change["sequence"], f"student {student} has another place")
        self.paused.add(student)

    def is_offered(self, change: Mapping[str, Any]) -> None:
        student = change["student_id"]
        self._require(self.promotion == "offer", f"student {student} is offered a seat, and seats are not offered")
        self._require(self._waits(student), f"student {student} is offered a seat, and does not wait")
        self._comes_next(student)
        self.offers[student] = change["until_s"]

    def accepts(self, change: Mapping[str, Any]) -> None:
        self._end_offer(change)
        self._seat(change["student_id"])

    def declines(self, change: Mapping[str, Any]) -> None:
        self._end_offer(change)
        self.dropped.add(change["student_id"])

    def lets_pass(self, change: Mapping[str, Any]) -> None:
        until_s = self.offers.get(change["student_id"], 0)
        self._require(self.at_s >= until_s, f"the offer to student {change['student_id']} ends before its time")
        self.declines(change)

    def _end_offer(self, change: Mapping[str, Any]) -> None:
        student = change["student_id"]
        self._require(student in self.offers, f"student {student} answers an offer that is none")
        self._leave_line(student, change["sequence"])

    def has_policy(self, change: Mapping[str, Any]) -> None:
        self.promotion = change["promotion"]

    def has_rule(self, change: Mapping[str, Any]) -> None:
        known = (self.rule, change["one_section"]) != ("off", "on")
        self._require(known, "a rule is in force before those who sit are known to it")
        self.rule = change["one_section"]
        if self.rule != "on":
            self.got_under.clear()  # what was got before the rule begins anew is as if got without it

    def _waits(self, student: int) -> bool:
        return student in self.waiting or (
            self.waiting_strangers > 0 and student not in self.seated and student not in self.dropped
        )

    def asks_for_swap(self, change: Mapping[str, Any]) -> None:
        student = change["student_id"]
        self._require(self._waits(student), f"student {student} asks for a swap, and does not wait")

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
            self.got_under.pop(student, None)
        else:
            self._require(
                student not in self.waiting and student not in self.dropped and self.seated_strangers > 0,
                f"student {student} is dropped, and does not sit there",
            )
            self.seated_strangers -= 1
        self.dropped.add(student)

    def resizes(self, change: Mapping[str, Any]) -> None:
        self._require(change["max_capacity"] >= self.taken, "the class shrinks below the seats that are taken")
        self.capacity, self.waitlist_maximum = change["max_capacity"], change["waitlist_maximum"]

    def becomes(self, change: Mapping[str, Any]) -> None:
        self._require(self.status != "removing" or change["status"] == "removing", "a removal is taken back")
        self.status = change["status"]

    def is_retitled(self, change: Mapping[str, Any]) -> None:
        """What a class is called decides nothing."""

    def is_assigned(self, change: Mapping[str, Any]) -> None:
        self.instructor_id = change["instructor_id"]

    def is_removed(self, _: Mapping[str, Any]) -> None:
        self._require(self.status == "removing", "a class is removed that nobody began to remove")
        self._require(self.enrolled == 0 and self.in_line == 0, "a class is removed with students in it")
        self.removed = True

    def _seat(self, student: int) -> None:
        self.seated.add(student)
        self.got_under[student] = self.rule
        self.dropped.discard(student)

    def _leave_line(self, student: int, sequence: int) -> None:
        self.paused.discard(student)
        self.offers.pop(student, None)
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
    "paused": Replayed.pauses,
    "resumed": Replayed.resumes,
    "offered": Replayed.is_offered,
    "accepted": Replayed.accepts,
    "declined": Replayed.declines,
    "expired": Replayed.lets_pass,
    "policy": Replayed.has_policy,
    "one_section": Replayed.has_rule,
    "skipped": Replayed.is_skipped,
    "dropped": Replayed.drops,
    "resized": Replayed.resizes,
    "status": Replayed.becomes,
    "instructor": Replayed.is_assigned,
    "retitled": Replayed.is_retitled,
    "removed": Replayed.is_removed,
}
