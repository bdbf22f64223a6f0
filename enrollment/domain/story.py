"""A student's own story with a class, told from the class's history: why they stand where they stand.

Others are never named: those ahead are counted. Other classes, given up or to be given up, are named by who knows them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from enrollment.domain.class_section import ClassStatus
from enrollment.domain.history import Role, What
from enrollment.domain.moments import in_words
from enrollment.domain.record import Record, State


@dataclass(frozen=True)
class NamedClass:
    """A class's name for people; without a course code there is none."""

    class_id: int
    course_code: str | None = None
    class_name: str | None = None
    section_number: int | None = None

    def __str__(self) -> str:
        if self.course_code is None:
            return f"class {self.class_id}"
        return f"{self.course_code} {self.class_name}, section {self.section_number}"


@dataclass(frozen=True)
class Moment:
    """`number` and `hash` are those of the history's entry, `position` the place in line after it, if there is one.

    `other_class`: the one that the text speaks of, if it does.
    """

    number: int
    at: str
    what: str
    text: str
    position: int | None
    hash: str
    other_class: NamedClass | None = None


class _Said(NamedTuple):
    what: str
    text: str
    position: int | None
    other_class: NamedClass | None = None


@dataclass
class _Teller:
    student_id: int
    named: Callable[[int], NamedClass]
    sequence: int | None = None
    position: int | None = None
    involved: bool = False
    paused: bool = False
    skipped: bool = False
    removing: bool = False
    passed: int = 0
    ahead: Counter[str] = field(default_factory=Counter)
    said: list[_Said] = field(default_factory=list)

    def hear(self, change: Mapping[str, Any]) -> None:
        self.removing |= change.get("status") == ClassStatus.REMOVING
        if change["student_id"] == self.student_id:
            self._move_up()
            self._pass_over()
            self.paused = change["what"] in _PAUSING or (self.paused and change["what"] in _STAYING_PAUSED)
            self.skipped = change["what"] == What.SKIPPED or (self.paused and self.skipped)
            self._own(change)
        elif self.sequence is not None and change.get("sequence", self.sequence) < self.sequence:
            self.ahead[change["what"]] += 1
        elif self.paused and change["what"] in _GOT_SEATS:
            self.passed += 1
        elif self.involved and change["student_id"] is None:
            self._about_the_class(change)

    def end_entry(self) -> list[_Said]:
        self._move_up()
        self._pass_over()
        said, self.said = self.said, []
        return said

    def _own(self, change: Mapping[str, Any]) -> None:
        what, other = change["what"], self._other(change)
        if what in _STAYING:
            told_as = _BY_RULE.get(what, what) if "held" in change else what
            self.said.append(_Said(told_as, _STAYING[what](change, other), self.position, other))
            return
        self.involved = what in (What.ENROLLED, What.JOINED, What.PROMOTED, What.ACCEPTED)
        self.sequence, self.position = None, None
        if what == What.JOINED:
            self.sequence, self.position = change["sequence"], change["position"]
            text = f"You joined the line as number {self.position}"
            text += f"; with a seat here you will give up {other}" if other else ""
        elif what == What.SWAPPED:
            text = f"You gave up your seat for one in {other}"
        elif what == What.DROPPED:
            by = None if self.removing else change["by"]["role"]
            text = _DROPPED_BY.get(by, "You were dropped: the class was removed")
        elif what == What.LEFT and change["by"]["role"] == Role.REGISTRAR:
            text = "A registrar took you out of the line"
        else:
            text = _OWN[what] + (f", and gave up {other}" if other else "")
        self.said.append(_Said(what, text, self.position, other))

    def _other(self, change: Mapping[str, Any]) -> NamedClass | None:
        """The other class in it; the reason of a pause that has ended is not kept."""
        others = (
            change[key] for key in ("swap_from", "to", "held") if key in change and change["what"] != What.RESUMED
        )
        class_id = next(others, None)
        return None if class_id is None else self.named(class_id)

    def _move_up(self) -> None:
        if not self.ahead:
            return
        counts = [f"{number} ahead of you {_AHEAD[what][number != 1]}" for what, number in self.ahead.items()]
        if self.position is not None:
            self.position -= self.ahead.total()
            counts.append(f"now you are number {self.position}")
        self.said.append(_Said("moved_up", ", ".join(counts), self.position))
        self.ahead.clear()

    def _pass_over(self) -> None:
        """Why somebody behind got a seat first."""
        if self.passed:
            text = "a seat went" if self.passed == 1 else f"{self.passed} seats went"
            what, why = _PASSED_OVER[self.skipped]
            self.said.append(_Said(what, f"{why}, {text} to others: you keep your place", self.position))
            self.passed = 0

    def _about_the_class(self, change: Mapping[str, Any]) -> None:
        if change["what"] == What.RESIZED:
            text = f"The class now has {change['max_capacity']} seats and {change['waitlist_maximum']} places in line"
            self.said.append(_Said(change["what"], text, self.position))
        elif change["what"] == What.STATUS:
            self.said.append(_Said(change["what"], f"The class is now {change['status']}", self.position))
        elif change["what"] == What.POLICY:
            given = "offered to the next in line" if change["promotion"] == "offer" else "given to the next in line"
            self.said.append(_Said(change["what"], f"From now on free seats are {given}", self.position))
        elif change["what"] == What.ONE_SECTION and change["one_section"] in _RULES:
            self.said.append(_Said(change["what"], _RULES[change["one_section"]], self.position))


_OWN: dict[str, str] = {
    What.ENROLLED: "You got a seat",
    What.PROMOTED: "A seat became free, and you got it",
    What.LEFT: "You left the line",
    What.ACCEPTED: "You accepted the seat",
    What.DECLINED: "You turned down the seat, and left the line",
    What.EXPIRED: "You did not answer the offer in time, and left the line",
}
_STAYING: dict[str, Callable[[Mapping[str, Any], NamedClass | None], str]] = {
    What.SWAP_ASKED: lambda _, other: f"With a seat here you will give up {other}",
    What.PAUSED: lambda _, __: "You paused: you keep your place, and seats go to those behind you",
    What.RESUMED: lambda change, _: "You are in turn again" if "held" in change else "You ended the pause",
    What.SKIPPED: lambda _, other: (
        f"It was your turn, but you have a seat in {other}, and of this course only one section may be held: you keep "
        f"your place, and seats go to those behind you. Swap {other} for this one, or give it up"
    ),
    What.OFFERED: lambda change, _: f"A seat is held for you until {in_words(change['until_s'])}: accept or decline it",
}
_BY_RULE: dict[str, str] = {What.SKIPPED: "other_section", What.RESUMED: "in_turn"}
_PASSED_OVER = {
    False: ("skipped", "While you paused"),
    True: ("other_section", "As you have a seat in another section"),
}
_PAUSING = (What.PAUSED, What.SKIPPED)
_STAYING_PAUSED = (What.SWAP_ASKED,)
_RULES = {
    "on": "From now on who has a seat in one section of this course gets none in another",
    "off": "From now on several sections of this course may be held",
}
_GOT_SEATS = (What.PROMOTED, What.ENROLLED, What.OFFERED)
_DROPPED_BY: dict[str | None, str] = {
    Role.STUDENT: "You gave up your seat",
    Role.INSTRUCTOR: "The instructor took you out of the class",
    Role.REGISTRAR: "A registrar took you out of the class",
}
_AHEAD: dict[str, tuple[str, str]] = {
    What.PROMOTED: ("got a seat", "got seats"),
    What.LEFT: ("left", "left"),
    What.DROPPED: ("was dropped", "were dropped"),
    What.ACCEPTED: ("got a seat", "got seats"),
    What.DECLINED: ("turned a seat down", "turned a seat down"),
    What.EXPIRED: ("let an offer pass", "let an offer pass"),
}


def story(
    entries: Iterable[Mapping[str, Any]],
    student_id: int,
    cut: Record | None = None,
    named: Callable[[int], NamedClass] = NamedClass,
) -> list[Moment]:
    """The events of the student, and ahead of them while they waited, oldest first.

    `cut`: the student's record now, where the entries are only the latest since they came. Then nobody knows which
    number they had in between. `named`: what another class is called.
    """
    teller, moments = _Teller(student_id, named), []
    if cut is not None:
        teller.sequence, teller.involved = cut.sequence_number or None, cut.state is not State.DROPPED
        teller.said.append(_Said("left_out", "What happened before this is left out: it is very much", None))
    for entry in entries:
        for change in entry["changes"]:
            teller.hear(change)
        moments += [
            Moment(entry["number"], entry["at"], said.what, said.text, said.position, entry["hash"], said.other_class)
            for said in teller.end_entry()
        ]
    return moments
