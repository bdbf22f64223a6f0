"""First come, first promoted: nobody gets a seat while somebody who was in line before him still waits.

The order of two students is known in two ways: one was told "added to waitlist" before the other even asked, or both
were seen in line and one had the smaller place. That the first still waited when the other sat is known when he was
seen waiting, or told so, on a request that began after the other's seat was seen or told of.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from verify import columns
from verify.history import Answer, Asked, History, Membership, Said, Snapshot, Violation

_STILL_WAITING = {Said.IS_WAITING, Said.LEFT}
_SITS = {Said.IS_SEATED, Said.DROPPED}


@dataclass
class Stay:
    """One stay in line, or one way to a seat without any (`told_s` is None)."""

    student: int
    asked_s: float
    told_s: float | None
    place: int | None = None
    waited_until_s: float = float("-inf")
    seated_by_s: float | None = None


def check(history: History) -> list[Violation]:
    stays: dict[int, list[Stay]] = defaultdict(list)
    found: list[Violation] = []
    seen: dict[int, list[Snapshot]] = defaultdict(list)
    for snapshot in history.snapshots:
        seen[snapshot.class_id].append(snapshot)
    told: dict[tuple[int, int], list[Answer]] = defaultdict(list)
    for answer in history.answers:
        if answer.changes:
            told[answer.class_id, answer.student].append(answer)
    for (class_id, student), answers in told.items():
        walk = _Walk(student)
        walk.go(sorted(answers, key=lambda a: a.began_s), sorted(seen[class_id], key=lambda s: s.began_s))
        stays[class_id] += walk.stays
        found += [Violation(columns.OVERTAKEN, f"class {class_id}: {text}") for text in walk.moved]
    for class_id, of_class in stays.items():
        found += [Violation(columns.OVERTAKEN, f"class {class_id}: {text}") for text in _overtaken(of_class)]
    return found


class _Walk:
    """Through one student's answers and the looks at his class, collecting his stays."""

    def __init__(self, student: int) -> None:
        self._student = student
        self._stay: Stay | None = None
        self.stays: list[Stay] = []
        self.moved: list[str] = []

    def go(self, answers: list[Answer], snapshots: list[Snapshot]) -> None:
        busy_until_s, following = float("-inf"), 0
        for snapshot in snapshots:
            while following < len(answers) and answers[following].began_s <= snapshot.ended_s:
                self._hear(answers[following])
                busy_until_s = max(busy_until_s, answers[following].ended_s, answers[following].settled_s)
                following += 1
            if snapshot.began_s > busy_until_s:
                self._look(snapshot)
        for answer in answers[following:]:
            self._hear(answer)

    def _hear(self, answer: Answer) -> None:
        stay = self._stay
        if answer.said is Said.JOINED:
            self._begin(Stay(self._student, answer.began_s, answer.ended_s))
        elif answer.said in (Said.SEATED_NEW, Said.SEATED_AGAIN):
            self._begin(Stay(self._student, answer.began_s, None, seated_by_s=answer.ended_s))
            self._stay = None
        elif not answer.definite:
            if answer.asked is not Asked.ENROLL:
                self._stay = None  # he may be out of line, and come back without our knowing
        elif stay is not None:
            if answer.said in _STILL_WAITING:
                stay.waited_until_s = max(stay.waited_until_s, answer.began_s)
            elif answer.said in _SITS:
                stay.seated_by_s = answer.ended_s
            if answer.said is not Said.IS_WAITING:
                self._stay = None

    def _look(self, snapshot: Snapshot) -> None:
        stay, membership = self._stay, snapshot.membership(self._student)
        if stay is None:
            return
        if membership is Membership.WAITING:
            stay.waited_until_s = max(stay.waited_until_s, snapshot.began_s)
            place = snapshot.place(self._student)
            if stay.place is not None and place != stay.place:
                self.moved.append(f"student {self._student} was at place {stay.place}, then at {place}")
            stay.place = place
        else:
            if membership is Membership.SEATED:
                stay.seated_by_s = snapshot.ended_s
            self._stay = None

    def _begin(self, stay: Stay) -> None:
        self._stay = stay
        self.stays.append(stay)


def _overtaken(stays: list[Stay]) -> Iterator[str]:
    waits = sorted((stay for stay in stays if stay.told_s is not None), key=lambda stay: stay.asked_s)
    asked = [stay.asked_s for stay in waits]
    longest_s = max((stay.waited_until_s - stay.asked_s for stay in waits), default=0.0)
    for later in stays:
        # A request so long ago cannot be waiting any more.
        for first in waits[bisect_left(asked, later.asked_s - longest_s) :]:
            if first.asked_s > (later.seated_by_s if later.seated_by_s is not None else later.asked_s):
                break
            if first is not later and first.waited_until_s > later.asked_s and (text := _overtook(first, later)):
                yield text


def _overtook(first: Stay, later: Stay) -> str | None:
    assert first.told_s is not None
    came_first = first.told_s < later.asked_s
    places = (first.place, later.place) if first.place is not None and later.place is not None else None
    names = f"student {later.student} overtook student {first.student}"
    if places and came_first and places[0] > places[1] and first.waited_until_s > later.asked_s:
        return f"{names}: asked after him and has place {places[1]} before {places[0]}"
    if later.seated_by_s is None or first.waited_until_s <= later.seated_by_s:
        return None
    if came_first or (places and places[0] < places[1]):
        return (
            f"{names}: sat by {later.seated_by_s:.2f} s, while he waited until {first.waited_until_s:.2f} s or longer"
        )
    return None
