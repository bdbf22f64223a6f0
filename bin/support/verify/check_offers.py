"""Offers: a free seat is held for the first in line, and no longer than it was offered for.

What is true of one moment (nobody over capacity, no seat free beside a line) is looked up by check_stores.
"""

from collections.abc import Iterator
from itertools import pairwise

from verify import check_stores, columns
from verify.history import History, Snapshot, Violation

LATE_S = 30.0  # an offer's end is at most 2 s late; but a reconciler that was killed runs again before it looks again
_ENDS_THEM = ("reconciler", "dynamodb", "redis", "rabbitmq")


def check(history: History, pausing: frozenset[int]) -> list[Violation]:
    """`pausing`: who pauses now and then, and is passed over then."""
    found = [violation for look in history.offer_looks for violation in check_stores.of_snapshot(look)]
    looks = sorted(history.offer_looks, key=lambda look: look.began_s)
    for before, after in pairwise(looks):
        found += [Violation(columns.OVERTAKEN, text) for text in passed_over(before, after, pausing)]
    found += [Violation(columns.OFFER, text) for look in looks for text in outlived(history, look)]
    return found


def passed_over(before: Snapshot, after: Snapshot, pausing: frozenset[int]) -> Iterator[str]:
    """Students who got a seat, or the offer of one, between two looks, while somebody earlier in line waited all the
    time.
    """
    waits = {
        student: place
        for student, place in after.in_turn.items()
        if before.in_turn.get(student) == place and student not in pausing
    }
    places = before.in_turn
    for student in _holding(after) - _holding(before):
        for other, place in waits.items():
            if place < places.get(student, float("inf")):
                yield f"class {after.class_id} by {after.ended_s:.2f} s: student {student} before {other}"


def outlived(history: History, look: Snapshot) -> Iterator[str]:
    for student, until_s in look.offered.items():
        late_s = look.began_s - until_s
        if late_s > LATE_S and not history.fault_during(_ENDS_THEM, until_s - 1.0, look.began_s):
            yield f"class {look.class_id}: the offer to student {student} is open {late_s:.1f} s after its end"


def _holding(look: Snapshot) -> set[int]:
    return set(look.seated) | set(look.offered)
