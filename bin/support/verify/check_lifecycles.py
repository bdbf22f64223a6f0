"""Each student's lifecycle with each class: nobody is lost, and no reply contradicts what was said and seen before.

A student asks one thing at a time, so between two requests only two things can happen to him: a promotion (from the
line to a seat), or, after a reply that was lost, the rest of what he had asked for. So at every moment it is known
what he can be, and how many promotions led there. A reply or a look at the stores that fits none of it is a violation.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from verify import columns
from verify.history import Answer, Asked, History, Membership, Said, Snapshot, Violation

# Positions come from Redis. After a crash between the two stores they may be this old: a mark younger than
# enrollment.adapters.waitlist_cache.MARK_IS_YOUNG_S, of whole seconds, is taken for a commit under way.
POSITIONS_LAG_S = 5.0

Pair = tuple[int, int]
Range = tuple[int, int]  # the fewest and the most promotions

_S = Membership
# What a reply says: which standings it can be the answer to, and what becomes of each.
_MEANS: Mapping[Said, Mapping[Membership, Membership]] = {
    Said.SEATED_NEW: {_S.STRANGER: _S.SEATED},
    Said.SEATED_AGAIN: {_S.DROPPED: _S.SEATED},
    Said.JOINED: {_S.STRANGER: _S.WAITING, _S.DROPPED: _S.WAITING},
    Said.DROPPED: {_S.SEATED: _S.DROPPED},
    Said.LEFT: {_S.WAITING: _S.DROPPED},
    Said.IS_STRANGER: {_S.STRANGER: _S.STRANGER},
    Said.IS_DROPPED: {_S.DROPPED: _S.DROPPED},
    Said.IS_WAITING: {_S.WAITING: _S.WAITING},
    Said.IS_SEATED: {_S.SEATED: _S.SEATED},
    Said.FULL: {_S.STRANGER: _S.STRANGER, _S.DROPPED: _S.DROPPED},
    Said.CLOSED: {_S.STRANGER: _S.STRANGER, _S.DROPPED: _S.DROPPED},
}
# What a request may do without a reply that tells.
_MAY_DO: Mapping[Asked, Mapping[Membership, tuple[Membership, ...]]] = {
    Asked.ENROLL: {_S.STRANGER: (_S.WAITING, _S.SEATED), _S.DROPPED: (_S.WAITING, _S.SEATED)},
    Asked.DROP: {_S.SEATED: (_S.DROPPED,)},
    Asked.INSTRUCTOR_DROP: {_S.SEATED: (_S.DROPPED,)},
    Asked.LEAVE: {_S.WAITING: (_S.DROPPED,)},
    Asked.POSITION: {},
}
_IN = {Membership.WAITING, Membership.SEATED}


@dataclass
class Lifecycle:
    """What one student can be to one class by now, each with the range of promotions it took."""

    history: History
    pair: Pair
    possible: dict[Membership, Range] = field(default_factory=lambda: {Membership.STRANGER: (0, 0)})
    violations: list[Violation] = field(default_factory=list)
    _changed_s: float = float("-inf")
    _not_waiting_since_s: float = float("-inf")
    _settled_s: float = float("-inf")
    _busy_until_s: float = float("-inf")
    _place: tuple[int, float] | None = None

    @property
    def promotions(self) -> Range:
        """Those that must have been, and those that can have been."""
        ranges = self.possible.values()
        return min(fewest for fewest, _ in ranges), max(most for _, most in ranges)

    def apply_answer(self, answer: Answer) -> None:
        before = _with_promotion(self.possible)
        self._busy_until_s = answer.ended_s
        if answer.asked is Asked.POSITION:
            self._apply_position(answer, before)
        elif not answer.definite:
            if answer.said is Said.STRANGE:
                self._violate(columns.CONTRADICTION, str(answer))
            self._settled_s = max(answer.settled_s, answer.ended_s)
            self._become(_with_effect(before, answer.asked), self._settled_s)
        else:
            self._apply_definite(answer, before)

    def apply_snapshot(self, snapshot: Snapshot) -> None:
        """Only a look at which no request of this student was or may still have been under way tells anything."""
        if snapshot.began_s <= max(self._busy_until_s, self._settled_s):
            return
        before, seen = _with_promotion(self.possible), snapshot.membership(self.pair[0])
        if seen not in before:
            what = f"student {self.pair[0]}, class {snapshot.class_id}: {seen} in DynamoDB at {snapshot.ended_s:.2f} s"
            self._violated(before, {seen}, f"{what}, but can only be {_names(before)}")
        self._become({seen: before.get(seen, _any(before))}, snapshot.ended_s)

    def _apply_definite(self, answer: Answer, before: dict[Membership, Range]) -> None:
        means = _MEANS[answer.said]
        after = _moved(before, means)
        if not after:
            self._violated(before, set(means), f"{answer}, but can only be {_names(before)}")
            after = dict.fromkeys(means.values(), _any(before))
        self._become(after, answer.ended_s)
        if answer.said is Said.JOINED:
            self._place = None

    def _apply_position(self, answer: Answer, before: dict[Membership, Range]) -> None:
        if answer.said is Said.NOT_IN_LINE:
            if answer.began_s > max(self._changed_s, self._settled_s) + POSITIONS_LAG_S:
                self._become({s: r for s, r in before.items() if s is not Membership.WAITING}, answer.ended_s)
            return
        if answer.said is Said.STRANGE:
            self._violate(columns.CONTRADICTION, str(answer))
        if answer.said not in (Said.POSITION, Said.NOT_MODIFIED):
            return
        if Membership.WAITING not in before:
            if answer.began_s > self._not_waiting_since_s + POSITIONS_LAG_S:
                self._violated(before, _IN, f"{answer}, but can only be {_names(before)}")
        elif answer.place is not None:
            self._check_place(answer)

    def _check_place(self, answer: Answer) -> None:
        """Within one stay in line the position never grows: only those in front can go."""
        assert answer.place is not None
        if answer.length is not None and not 1 <= answer.place <= answer.length:
            self._violate(columns.CONTRADICTION, f"{answer}: {answer.place} of {answer.length}")
        if self._place is not None and answer.place > self._place[0] and answer.began_s > self._place[1]:
            moved = f"was {self._place[0]} at {self._place[1]:.2f} s, is {answer.place}"
            self._violate(columns.OVERTAKEN, f"{answer}: {moved}")
        self._place = (answer.place, answer.ended_s)

    def _become(self, after: dict[Membership, Range], at_s: float) -> None:
        if (Membership.WAITING in after) != (Membership.WAITING in self.possible):
            self._changed_s = at_s
            self._place = None
            if Membership.WAITING not in after:
                self._not_waiting_since_s = at_s
        if len(after) > 1:
            self._place = None
        self.possible = after

    def _violated(self, before: dict[Membership, Range], told: set[Membership], text: str) -> None:
        lost = set(before) <= _IN and not told & _IN
        self._violate(columns.LOST if lost else columns.CONTRADICTION, text)

    def _violate(self, column: str, text: str) -> None:
        self.violations.append(Violation(column, text, self.pair))


def lifecycles_of(history: History) -> dict[Pair, Lifecycle]:
    """Every lifecycle of the campaign, followed to its end."""
    told: dict[Pair, list[Answer]] = defaultdict(list)
    seen: dict[int, list[Snapshot]] = defaultdict(list)
    members: dict[int, set[int]] = defaultdict(set)
    for answer in history.answers:
        told[answer.student, answer.class_id].append(answer)
    for snapshot in history.snapshots:
        seen[snapshot.class_id].append(snapshot)
        members[snapshot.class_id] |= snapshot.seated | {student for _, student in snapshot.line}
    present = {(student, class_id) for class_id, students in members.items() for student in students}
    pairs = {*told, *history.subscriptions, *present}
    return {pair: _lifecycle(history, pair, told[pair], seen[pair[1]]) for pair in sorted(pairs)}


def check(lifecycles: Iterable[Lifecycle]) -> list[Violation]:
    return [violation for lifecycle in lifecycles for violation in lifecycle.violations]


def _lifecycle(history: History, pair: Pair, told: list[Answer], seen: list[Snapshot]) -> Lifecycle:
    lifecycle = Lifecycle(history, pair)
    answers = sorted(told, key=lambda answer: answer.began_s)
    snapshots = sorted(seen, key=lambda snapshot: snapshot.began_s)
    next_answer = 0
    for snapshot in snapshots:
        # Also the one that begins during the look: then the look tells nothing.
        while next_answer < len(answers) and answers[next_answer].began_s <= snapshot.ended_s:
            lifecycle.apply_answer(answers[next_answer])
            next_answer += 1
        lifecycle.apply_snapshot(snapshot)
    for answer in answers[next_answer:]:
        lifecycle.apply_answer(answer)
    return lifecycle


def _with_promotion(possible: Mapping[Membership, Range]) -> dict[Membership, Range]:
    after = dict(possible)
    if Membership.WAITING in possible:
        fewest, most = possible[Membership.WAITING]
        _add(after, Membership.SEATED, (fewest + 1, most + 1))
    return after


def _with_effect(possible: Mapping[Membership, Range], asked: Asked) -> dict[Membership, Range]:
    after = dict(possible)
    for membership, becomes in _MAY_DO[asked].items():
        if membership in possible:
            for one in becomes:
                _add(after, one, possible[membership])
    return _with_promotion(after)


def _moved(possible: Mapping[Membership, Range], means: Mapping[Membership, Membership]) -> dict[Membership, Range]:
    after: dict[Membership, Range] = {}
    for membership, becomes in means.items():
        if membership in possible:
            _add(after, becomes, possible[membership])
    return after


def _add(possible: dict[Membership, Range], membership: Membership, new: Range) -> None:
    fewest, most = possible.get(membership, new)
    possible[membership] = (min(fewest, new[0]), max(most, new[1]))


def _any(possible: Mapping[Membership, Range]) -> Range:
    return min(r[0] for r in possible.values()), max(r[1] for r in possible.values())


def _names(possible: Iterable[Membership]) -> str:
    return " or ".join(sorted(possible))
