"""Turns at a class: taken where others want it, in order, and never waited for beyond a bound."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.service.ports import Place
from enrollment.service.recent_sections import RecentSections
from enrollment.service.turns import CONTENDED_S, LONGEST_WAIT_S, LOOK_EVERY_S, STUCK_S, WITHOUT_S, Turns
from kit.errors import Unavailable

SECTION = ClassSection(1, "CPSC 449", 1, "Web", "CS", 5, 30, 15, 0, 0, ClassStatus.ACTIVE, 1, 1000)
STUCK_AFTER_S = STUCK_S[0]


class Watch:
    """Waiting is all that takes time; `others` act meanwhile."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.others: Callable[[], None] = lambda: None

    def __call__(self) -> float:
        return self.now_s

    def pass_by(self, seconds: float) -> None:
        self.now_s += seconds
        self.others()


class Queue:
    """Of one class, as Redis keeps it; `away` is a Redis that does not answer."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.calls = True
        self.standing: list[str] = []
        self.left: ClassSection | None = None
        self.away = False
        self.asked = 0
        self.moves_on = False

    def stand(self, class_id: int, token: str, stuck: str = "") -> Place:
        self._ask()
        if stuck and self.standing[:1] == [stuck]:
            self.standing.pop(0)
        if token not in self.standing:
            self.standing.append(token)
        first = self.standing[0]
        if self.moves_on and first != token:
            self.standing = [f"{first}+", *self.standing[1:]]
        return Place(first, self.standing.index(token), self.left if first == token else None)

    def await_call(self, class_id: int, token: str, longest_s: float) -> Place | None:
        self._ask()
        for _ in range(10):
            self.watch.pass_by(longest_s / 10)
            if self.calls and self.standing[:1] == [token]:
                return Place(token, 0, self.left)
        return None

    def leave(self, class_id: int, token: str, section: ClassSection | None) -> int:
        self._ask()
        self.left = section or self.left
        self.standing = [other for other in self.standing if other != token]
        return len(self.standing)

    def _ask(self) -> None:
        self.asked += 1
        if self.away:
            raise Unavailable("Redis does not answer")


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def queue(watch: Watch) -> Queue:
    return Queue(watch)


@pytest.fixture
def recent(watch: Watch) -> RecentSections:
    return RecentSections(watch)


@pytest.fixture
def turns(queue: Queue, recent: RecentSections, watch: Watch) -> Turns:
    return Turns(queue, recent, watch)


def test_who_is_alone_asks_nobody(turns: Turns, queue: Queue) -> None:
    with turns.turn(1):
        pass
    assert queue.asked == 0


def test_after_a_refused_transaction_the_class_is_changed_in_turns_for_a_while(
    turns: Turns, queue: Queue, watch: Watch
) -> None:
    turns.contended(1)
    with turns.turn(1):
        assert len(queue.standing) == 1
    with turns.turn(2):
        assert queue.standing == []
    watch.now_s += CONTENDED_S
    with turns.turn(1):
        assert queue.standing == []


def test_whoever_sees_others_goes_on_taking_turns(turns: Turns, queue: Queue, watch: Watch) -> None:
    turns.contended(1)
    for _ in range(3):
        watch.now_s += CONTENDED_S - 0.5
        with turns.turn(1):
            queue.standing.append("another")
        assert queue.standing == ["another"]
        queue.standing.clear()


@pytest.mark.parametrize("calls", [True, False])
def test_the_one_before_is_waited_for_also_if_its_call_is_lost(
    calls: bool, turns: Turns, queue: Queue, watch: Watch, recent: RecentSections
) -> None:
    turns.contended(1)
    began, left_at = watch.now_s, watch.now_s + STUCK_AFTER_S / 2
    queue.calls = calls

    def leave() -> None:
        if watch.now_s >= left_at and "another" in queue.standing:
            queue.leave(1, "another", SECTION)

    watch.others = leave
    queue.standing.append("another")
    with turns.turn(1):
        assert queue.standing[0] != "another"
        assert recent.get(1) == SECTION
    waited_s = watch.now_s - began
    assert STUCK_AFTER_S / 2 <= waited_s < STUCK_AFTER_S / 2 + (0.003 if calls else LOOK_EVERY_S + 0.003)


def test_one_who_died_with_the_turn_loses_it(turns: Turns, queue: Queue, watch: Watch) -> None:
    turns.contended(1)
    began = watch.now_s
    queue.standing.append("dead")
    with turns.turn(1):
        assert "dead" not in queue.standing
    assert STUCK_AFTER_S <= watch.now_s - began < STUCK_AFTER_S + 0.1


def test_nobody_waits_for_long(turns: Turns, queue: Queue, watch: Watch) -> None:
    turns.contended(1)
    began = watch.now_s
    queue.standing.append("another")
    queue.moves_on = True
    with turns.turn(1):
        assert queue.standing[0].startswith("another")
    assert LONGEST_WAIT_S <= watch.now_s - began < LONGEST_WAIT_S + 0.1
    assert len(queue.standing) == 1


def test_without_redis_there_are_no_turns_for_a_while(turns: Turns, queue: Queue, watch: Watch) -> None:
    turns.contended(1)
    queue.away = True
    for _ in range(3):
        with turns.turn(1):
            pass
    assert queue.asked == 1
    queue.away = False
    watch.now_s += WITHOUT_S
    turns.contended(1)
    with turns.turn(1):
        assert len(queue.standing) == 1


def test_a_failure_inside_gives_the_turn_back(turns: Turns, queue: Queue) -> None:
    turns.contended(1)
    with pytest.raises(ValueError, match="inside"), turns.turn(1):
        raise ValueError("inside")
    assert queue.standing == []


def test_who_is_slow_gives_others_more_time(turns: Turns, queue: Queue, watch: Watch) -> None:
    turns.contended(1)
    for _ in range(20):
        turns.contended(1)
        with turns.turn(1):
            watch.now_s += 0.07
    queue.standing.append("dead")
    turns.contended(1)
    began = watch.now_s
    with turns.turn(1):
        pass
    assert 2 * STUCK_AFTER_S < watch.now_s - began < 3 * STUCK_AFTER_S


def test_what_one_commits_in_its_turn_the_next_one_knows(
    turns: Turns, queue: Queue, recent: RecentSections, watch: Watch
) -> None:
    theirs, ours = replace(SECTION, version=7), replace(SECTION, version=8)
    recent.committed(SECTION)
    recent.invalidate(1)
    turns.contended(1)
    assert recent.get(1) is None
    queue.left = theirs
    with turns.turn(1):
        assert recent.get(1) == theirs
        recent.committed(ours)
    assert queue.left == ours


def test_who_commits_nothing_leaves_what_was_there(turns: Turns, queue: Queue, recent: RecentSections) -> None:
    recent.committed(SECTION)
    queue.left = replace(SECTION, version=7)
    turns.contended(1)
    with turns.turn(1):
        pass
    assert queue.left.version == 7


def test_an_error_nobody_foresaw_keeps_nobody_from_committing(turns: Turns, queue: Queue) -> None:
    def fail(*_: object) -> Place:
        raise ZeroDivisionError

    queue.stand = fail  # type: ignore[method-assign]
    turns.contended(1)
    entered = False
    with turns.turn(1):
        entered = True
    assert entered
