"""A 304 is never stale (design, section 4, rule 6; RFC 9110 §13).

Stale is a 304 to a request that began when a newer state of the line was known: seen in DynamoDB, named by the tag of
an earlier reply, or made by a change that was asked for after the validator had been received and was answered.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from verify import columns
from verify.history import Answer, History, Said, Violation


@dataclass
class _Known:
    """The line's versions by the time they were known, and its changes by the time they were asked for."""

    times: list[float]
    highest: list[int]
    asked: list[float]
    answered_by: list[float]

    def version_before(self, moment_s: float) -> int | None:
        at = bisect_left(self.times, moment_s)
        return self.highest[at - 1] if at else None

    def changed_between(self, after_s: float, before_s: float) -> bool:
        at = bisect_left(self.asked, after_s)
        return at < len(self.asked) and self.answered_by[at] < before_s


def check(history: History) -> list[Violation]:
    known = _known(history)
    return [
        Violation(columns.STALE, f"{answer}: {why}", (answer.student, answer.class_id))
        for answer in history.answers
        if answer.said is Said.NOT_MODIFIED and (why := _stale(answer, known[answer.class_id]))
    ]


def _stale(answer: Answer, known: _Known) -> str | None:
    had = answer.validator
    if had is None:
        return "nothing was sent that could have been current"
    newest = known.version_before(answer.began_s)
    if newest is not None and newest > had.version:
        return f"the {had.by} was of version {had.version}, but {newest} was known"
    if known.changed_between(had.obtained_s, answer.began_s):
        return f"the {had.by} was of {had.obtained_s:.2f} s, and the line has changed since"
    if answer.version is not None and answer.version != had.version:
        return f"the {had.by} was of version {had.version}, the 304 is of {answer.version}"
    return None


def _known(history: History) -> dict[int, _Known]:
    versions: dict[int, list[tuple[float, int]]] = defaultdict(list)
    changes: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for snapshot in history.snapshots:
        versions[snapshot.class_id].append((snapshot.ended_s, snapshot.line_version))
    for answer in history.answers:
        if answer.version is not None:
            versions[answer.class_id].append((answer.ended_s, answer.version))
        if answer.said in (Said.JOINED, Said.LEFT) or answer.promoted:
            changes[answer.class_id].append((answer.began_s, answer.ended_s))
    class_ids = {answer.class_id for answer in history.answers}
    return {class_id: _ordered(versions[class_id], changes[class_id]) for class_id in class_ids}


def _ordered(versions: Iterable[tuple[float, int]], changes: Iterable[tuple[float, float]]) -> _Known:
    times: list[float] = []
    highest: list[int] = []
    for moment_s, version in sorted(versions):
        times.append(moment_s)
        highest.append(max(version, highest[-1] if highest else version))
    by_asking = sorted(changes)
    answered_by: list[float] = []
    for _, ended_s in reversed(by_asking):
        answered_by.append(min(ended_s, answered_by[-1] if answered_by else ended_s))
    return _Known(times, highest, [began_s for began_s, _ in by_asking], answered_by[::-1])
