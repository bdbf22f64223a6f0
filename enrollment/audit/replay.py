"""The state of a class after its history, and the first change in it that the rules do not allow.

Students in a class before its history began (a class made by version 1.1) are not known by name: they are
counted as strangers, and named as soon as a change names them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enrollment.audit.replayed_state import Half, ReplayedState


class NotAllowed(Exception):
    """A change that the rules do not allow after what came before it."""


@dataclass
class Replayed(ReplayedState):
    def apply(self, entry: Mapping[str, Any]) -> None:
        """Raises NotAllowed."""
        self.at, self.number = entry["at"], entry["number"]
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
        self.course_code, self.section_number = change["course_code"], change["section_number"]
        self.capacity, self.waitlist_maximum = change["max_capacity"], change["waitlist_maximum"]
        self.status, self.instructor_id = change["status"], change["instructor_id"]
        self.promotion, self.offer_window_s = change.get("promotion", "automatic"), change.get("offer_window_s", 0)
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
        self._seat(change)

    def joins(self, change: Mapping[str, Any]) -> None:
        student, sequence = change["student_id"], change["sequence"]
        self._free_to_come(student)
        self._require(self.in_line < self.waitlist_maximum, f"student {student} joins a line that is full")
        self._require(
            self.taken >= self.capacity or self.in_turn > 0, f"student {student} has to wait beside a free seat"
        )
        self._require(sequence > self.newest_sequence, f"student {student} joins ahead of somebody who came earlier")
        self._require(change["position"] == self.in_line + 1, f"student {student} got a wrong position")
        self.waiting[student] = self.newest_sequence = sequence
        self.dropped.discard(student)
        if "swap_from" in change:
            self.swaps[student] = change["swap_from"]

    def promotes(self, change: Mapping[str, Any]) -> None:
        student, sequence = change["student_id"], change["sequence"]
        self._comes_next(student)
        self._may_give_up(change)
        self._leave_line(student, sequence)
        self._seat(change)

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
        self.skipped.pop(student, None)  # from now on as they ask

    def resumes(self, change: Mapping[str, Any]) -> None:
        student = change["student_id"]
        self._require(student in self.paused, f"student {student} ends a pause that is none")
        self._require(change.get("held") == self.skipped.pop(student, None), f"student {student} ends another pause")
        self.paused.discard(student)

    def is_skipped(self, change: Mapping[str, Any]) -> None:
        student = change["student_id"]
        self._require(self.rule != "off", f"student {student} is passed over by a rule that is not in force")
        self._require(self._waits(student), f"student {student} is passed over, and does not wait")
        self._comes_next(student)
        if student in self.waiting:
            self._require(self.waiting[student] == change["sequence"], f"student {student} has another place")
        self.paused.add(student)
        self.skipped[student] = change["held"]

    def is_offered(self, change: Mapping[str, Any]) -> None:
        student = change["student_id"]
        self._require(self.promotion == "offer", f"student {student} is offered a seat, and seats are not offered")
        self._require(self._waits(student), f"student {student} is offered a seat, and does not wait")
        self._comes_next(student)
        self.offers[student] = change["until_s"]

    def accepts(self, change: Mapping[str, Any]) -> None:
        self._may_give_up(change)
        self._end_offer(change)
        self._seat(change)

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
        self.promotion, self.offer_window_s = change["promotion"], change["offer_window_s"]

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
        self.swaps[student] = change["swap_from"]

    def swaps_out(self, change: Mapping[str, Any]) -> None:
        student = change["student_id"]
        self.drops({"student_id": student})
        self.halves[Half(student, change["to"], self.at, gives_up=True)] = self.number

    def _may_give_up(self, change: Mapping[str, Any]) -> None:
        student, given_up = change["student_id"], change.get("swap_from")
        asked = given_up is None or self.swaps.get(student) == given_up
        self._require(asked, f"student {student} gives up a seat in class {given_up}, and has not asked for that")

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
        self.titles = change["class_name"], change["department"]

    def is_assigned(self, change: Mapping[str, Any]) -> None:
        self.instructor_id = change["instructor_id"]

    def is_removed(self, _: Mapping[str, Any]) -> None:
        self._require(self.status == "removing", "a class is removed that nobody began to remove")
        self._require(self.enrolled == 0 and self.in_line == 0, "a class is removed with students in it")
        self.removed = True

    def _seat(self, change: Mapping[str, Any]) -> None:
        student = change["student_id"]
        if "swap_from" in change:
            self.halves[Half(student, change["swap_from"], self.at, gives_up=False)] = self.number
        self.seated.add(student)
        self.got_under[student] = self.rule
        self.dropped.discard(student)

    def _leave_line(self, student: int, sequence: int) -> None:
        self.paused.discard(student)
        for held in (self.offers, self.swaps, self.skipped):
            held.pop(student, None)
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
