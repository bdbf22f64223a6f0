"""Group commit: one batch at a time for each key, nobody forgotten, order kept."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from kit.concurrency import deadline
from kit.concurrency.group_commit import GroupCommit
from kit.errors import Unavailable


class AttemptLog:
    """A commit that waits at a gate, so that a test decides who arrives meanwhile."""

    def __init__(self) -> None:
        self.batches: list[tuple[int, list[int]]] = []
        self.gate = threading.Event()
        self.entered = threading.Event()
        self.running: set[int] = set()

    def __call__(self, key: int, commands: Sequence[int]) -> list[int | Exception]:
        assert key not in self.running, "two batches of one key at once"
        self.running.add(key)
        self.batches.append((key, list(commands)))
        self.entered.set()
        assert self.gate.wait(10)
        self.running.discard(key)
        return [ValueError(command) if command < 0 else command * 10 for command in commands]


def group_commit(
    commit: Callable[[int, Sequence[int]], Sequence[int | Exception]], largest: int, most_waiting: int = 1000
) -> "GroupCommit[int, int]":
    return GroupCommit(commit, largest, threads=8, most_waiting=most_waiting)


def waiting_in(group: "GroupCommit[int, int]", key: int) -> int:
    return len(group._queues.get(key, ()))


def test_who_arrives_during_a_commit_is_committed_together_next_and_in_order() -> None:
    commit = AttemptLog()
    group: GroupCommit[int, int] = group_commit(commit, largest=3)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(group.run, 1, 1)
        assert commit.entered.wait(10)
        others = []
        for number in range(2, 7):
            others.append(pool.submit(group.run, 1, number))
            while waiting_in(group, 1) < number - 1:
                pass
        commit.gate.set()
        assert [future.result(10) for future in (first, *others)] == [10, 20, 30, 40, 50, 60]
    assert commit.batches == [(1, [1]), (1, [2, 3, 4]), (1, [5, 6])]
    assert not group._queues


def test_a_refusal_reaches_only_its_own_caller() -> None:
    commit = AttemptLog()
    commit.gate.set()
    group: GroupCommit[int, int] = group_commit(commit, largest=9)
    with pytest.raises(ValueError, match="-1"):
        group.run(1, -1)
    assert group.run(1, 1) == 10


def test_a_failed_commit_reaches_every_caller_of_its_batch_and_the_next_one_works() -> None:
    def commit(_: int, commands: Sequence[int]) -> list[int | Exception]:
        if 13 in commands:
            raise RuntimeError("the store is down")
        return list(commands)

    group: GroupCommit[int, int] = group_commit(commit, largest=9)
    with pytest.raises(RuntimeError):
        group.run(1, 13)
    assert group.run(1, 1) == 1


def test_keys_do_not_wait_for_each_other() -> None:
    commit = AttemptLog()
    group: GroupCommit[int, int] = group_commit(commit, largest=3)
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(group.run, key, key) for key in (1, 2)]
        while len(commit.batches) < 2:
            pass
        commit.gate.set()
        assert [future.result(10) for future in futures] == [10, 20]


def test_a_rush_leaves_nobody_behind() -> None:
    done: list[int] = []

    def commit(_: int, commands: Sequence[int]) -> list[int | Exception]:
        done.extend(commands)
        return list(commands)

    group: GroupCommit[int, int] = group_commit(commit, largest=4)
    with ThreadPoolExecutor(32) as pool:
        assert list(pool.map(lambda n: group.run(n % 3, n), range(1000))) == list(range(1000))
    assert sorted(done) == list(range(1000))


def test_who_waits_takes_no_thread_so_a_stuck_key_leaves_the_others_theirs() -> None:
    gate = threading.Event()

    def commit(key: int, commands: Sequence[int]) -> list[int | Exception]:
        if key == 1:
            assert gate.wait(10)
        return list(commands)

    group: GroupCommit[int, int] = GroupCommit(commit, largest=3, threads=2, most_waiting=1000)
    stuck = [group.submit(1, number) for number in range(100)]
    assert group.submit(2, 7).result(10) == 7, "the key that is stuck has one of the two threads"
    gate.set()
    assert [future.result(10) for future in stuck] == list(range(100))


def test_who_gave_up_before_the_turn_came_is_not_committed() -> None:
    commit = AttemptLog()
    group = group_commit(commit, largest=3)
    first, second, third = (group.submit(1, number) for number in (1, 2, 3))
    assert commit.entered.wait(10)
    assert second.cancel()
    commit.gate.set()
    assert (first.result(10), third.result(10)) == (10, 30)
    assert commit.batches == [(1, [1]), (1, [3])]


def test_more_than_may_wait_are_refused_at_once() -> None:
    commit = AttemptLog()
    group = group_commit(commit, largest=3, most_waiting=2)
    running = group.submit(1, 1)
    assert commit.entered.wait(10)
    waiting = [group.submit(1, number) for number in (2, 3)]
    with pytest.raises(Unavailable):
        group.submit(1, 4)
    commit.gate.set()
    assert [future.result(10) for future in (running, *waiting)] == [10, 20, 30]


def test_a_waiting_thread_leaves_at_its_deadline() -> None:
    commit = AttemptLog()
    group = group_commit(commit, largest=3)
    running = group.submit(1, 1)
    assert commit.entered.wait(10)
    with deadline.until(time.monotonic() + 0.05), pytest.raises(Unavailable):
        group.run(1, 2)
    commit.gate.set()
    assert running.result(10) == 10


def test_who_arrives_while_the_turn_is_waited_for_is_of_the_batch() -> None:
    commit, turn = AttemptLog(), threading.Event()
    commit.gate.set()
    left: list[int] = []

    @contextmanager
    def in_turn(key: int) -> Iterator[None]:
        assert turn.wait(10)
        yield
        left.append(key)

    group: GroupCommit[int, int] = GroupCommit(commit, largest=3, threads=8, most_waiting=1000, turn=in_turn)
    futures = [group.submit(1, number) for number in (1, 2, 3)]
    turn.set()
    assert [future.result(10) for future in futures] == [10, 20, 30]
    assert (commit.batches, left) == ([(1, [1, 2, 3])], [1])
