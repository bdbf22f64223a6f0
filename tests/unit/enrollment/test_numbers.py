"""Enrollment ids: unique always, consecutive in calm times, cheap in a rush."""

import threading
from concurrent.futures import ThreadPoolExecutor

from enrollment.adapters.id_allocator import LARGEST_BLOCK, QUIET_S, RUSH, IdAllocator


class Counter:
    def __init__(self) -> None:
        self.last = 3
        self.taken: list[int] = []
        self.now = 0.0

    def take(self, count: int) -> int:
        self.taken.append(count)
        first, self.last = self.last + 1, self.last + count
        return first


def test_in_calm_times_ids_are_consecutive_also_between_two_processes() -> None:
    counter = Counter()
    processes = [IdAllocator(counter.take, lambda: counter.now) for _ in range(2)]
    given = []
    for process in (0, 1, 1, 0, 1):
        counter.now += QUIET_S + 0.1
        given += processes[process].take(1)
    assert given == [4, 5, 6, 7, 8]


def test_a_rush_in_one_process_is_consecutive_and_takes_growing_blocks() -> None:
    counter = Counter()
    numbers = IdAllocator(counter.take, lambda: counter.now)
    assert not numbers.in_a_rush
    given = [each for _ in range(2000) for each in numbers.take(1)]
    assert given == list(range(4, 2004))
    assert counter.taken[: RUSH + 4] == [1] * RUSH + [1, 2, 4, 8]
    assert max(counter.taken) == LARGEST_BLOCK
    assert numbers.in_a_rush
    counter.now += QUIET_S + 0.1
    assert not numbers.in_a_rush


def test_a_few_at_once_are_no_rush_and_use_up_nothing() -> None:
    counter = Counter()
    numbers = IdAllocator(counter.take, lambda: counter.now)
    for _ in range(RUSH):
        numbers.take(1)
    counter.now += QUIET_S + 0.1
    assert numbers.take(1) == [4 + RUSH]


def test_what_a_rush_left_over_is_given_up() -> None:
    counter = Counter()
    numbers = IdAllocator(counter.take, lambda: counter.now)
    for _ in range(RUSH + 3):
        numbers.take(1)
    counter.now += QUIET_S + 0.1
    assert numbers.take(2) == [counter.last - 1, counter.last]


def test_more_than_a_block_holds_is_taken_at_once_and_increases() -> None:
    counter = Counter()
    numbers = IdAllocator(counter.take, lambda: counter.now)
    given = numbers.take(1) + numbers.take(1) + numbers.take(24) + numbers.take(3)
    assert given == sorted(set(given))
    assert len(given) == 29


def test_a_slow_counter_is_asked_by_all_who_wait_beside_each_other() -> None:
    together = threading.Barrier(5, timeout=10)  # breaks when they come one after another
    counter, lock = Counter(), threading.Lock()

    def take(count: int) -> int:
        together.wait()
        with lock:
            return counter.take(count)

    numbers = IdAllocator(take)
    with ThreadPoolExecutor(5) as pool:
        given = [each for some in pool.map(lambda _: numbers.take(1), range(5)) for each in some]
    assert len(set(given)) == 5
