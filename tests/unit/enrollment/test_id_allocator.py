"""Enrollment ids: unique always, consecutive in calm times, cheap under load."""

import threading
from concurrent.futures import ThreadPoolExecutor

from enrollment.adapters.id_allocator import LARGEST_BLOCK, QUIET_S, UNDER_LOAD_AFTER, IdAllocator


class Counter:
    def __init__(self) -> None:
        self.last = 3
        self.taken: list[int] = []
        self.now = 0.0

    def reserve(self, count: int) -> int:
        self.taken.append(count)
        first, self.last = self.last + 1, self.last + count
        return first


def test_in_calm_times_ids_are_consecutive_also_between_two_processes() -> None:
    counter = Counter()
    processes = [IdAllocator(counter.reserve, lambda: counter.now) for _ in range(2)]
    given = []
    for process in (0, 1, 1, 0, 1):
        counter.now += QUIET_S + 0.1
        given += processes[process].reserve(1)
    assert given == [4, 5, 6, 7, 8]


def test_under_load_one_process_is_consecutive_and_takes_growing_blocks() -> None:
    counter = Counter()
    ids = IdAllocator(counter.reserve, lambda: counter.now)
    assert not ids.under_load
    given = [each for _ in range(2000) for each in ids.reserve(1)]
    assert given == list(range(4, 2004))
    assert counter.taken[: UNDER_LOAD_AFTER + 4] == [1] * UNDER_LOAD_AFTER + [1, 2, 4, 8]
    assert max(counter.taken) == LARGEST_BLOCK
    assert ids.under_load
    counter.now += QUIET_S + 0.1
    assert not ids.under_load


def test_a_load_of_many_at_once_takes_blocks_that_last_for_as_many_requests() -> None:
    counter = Counter()
    ids = IdAllocator(counter.reserve, lambda: counter.now)
    given = [each for _ in range(2000) for each in ids.reserve(40)]
    assert given == list(range(4, 80_004))
    assert len(counter.taken) < UNDER_LOAD_AFTER + 2000 / LARGEST_BLOCK + 10


def test_ids_increase_also_when_the_one_who_reserved_first_is_answered_last() -> None:
    counter = Counter()
    quick: list[int] = []
    asked: list[int] = []

    def reserve(count: int) -> int:
        first = counter.reserve(count)
        asked.append(count)
        if len(asked) == 2:
            quick.extend(ids.reserve(300))
        return first

    ids = IdAllocator(reserve, lambda: counter.now)
    ids.reserve(50)
    slow = ids.reserve(100)
    assert max(slow) < min(quick)
    assert asked == [50, 140, 440]  # both have some left
    later = ids.reserve(150)
    assert later == sorted(later)


def test_many_at_once_are_load_as_well_as_many_requests() -> None:
    """Of three instances, each decides a third of the requests, in batches that are as large as ever."""
    counter = Counter()
    ids = IdAllocator(counter.reserve, lambda: counter.now)
    given = ids.reserve(8)
    assert not ids.under_load
    given += ids.reserve(8)
    assert ids.under_load
    for _ in range(10):
        given += ids.reserve(8)
    assert given == list(range(4, 100))
    assert counter.taken[:2] == [8, 8]
    assert len(counter.taken) < 7


def test_many_that_are_asked_for_once_use_up_nothing() -> None:
    counter = Counter()
    ids = IdAllocator(counter.reserve, lambda: counter.now)
    assert ids.reserve(96) == list(range(4, 100))
    assert counter.taken == [96]


def test_a_few_at_once_are_no_load_and_use_up_nothing() -> None:
    counter = Counter()
    ids = IdAllocator(counter.reserve, lambda: counter.now)
    for _ in range(UNDER_LOAD_AFTER):
        ids.reserve(1)
    counter.now += QUIET_S + 0.1
    assert ids.reserve(1) == [4 + UNDER_LOAD_AFTER]


def test_what_is_left_of_a_block_is_given_up_after_a_quiet_moment() -> None:
    counter = Counter()
    ids = IdAllocator(counter.reserve, lambda: counter.now)
    for _ in range(UNDER_LOAD_AFTER + 3):
        ids.reserve(1)
    counter.now += QUIET_S + 0.1
    assert ids.reserve(2) == [counter.last - 1, counter.last]


def test_more_than_a_block_holds_is_taken_at_once_and_increases() -> None:
    counter = Counter()
    ids = IdAllocator(counter.reserve, lambda: counter.now)
    given = ids.reserve(1) + ids.reserve(1) + ids.reserve(24) + ids.reserve(3)
    assert given == sorted(set(given))
    assert len(given) == 29


def test_a_slow_counter_is_asked_by_all_who_wait_beside_each_other() -> None:
    together = threading.Barrier(5, timeout=10)  # breaks when they come one after another
    counter, lock = Counter(), threading.Lock()

    def reserve(count: int) -> int:
        together.wait()
        with lock:
            return counter.reserve(count)

    ids = IdAllocator(reserve)
    with ThreadPoolExecutor(5) as pool:
        given = [each for some in pool.map(lambda _: ids.reserve(1), range(5)) for each in some]
    assert len(set(given)) == 5
