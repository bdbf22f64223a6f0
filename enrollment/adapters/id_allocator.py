"""Enrollment ids: unique, and increasing for all to see in calm times.

Each id is taken from a counter in DynamoDB, which costs a round trip. Under load, when many are asked for with hardly a
pause between them, a process reserves growing blocks, so that hardly any request pays for it; what is left of a block
after a quiet moment is given up, so that ids of one process do not fall behind those the others give out.
"""

import time
from bisect import insort
from collections import deque
from collections.abc import Callable
from operator import attrgetter
from threading import Lock

LARGEST_BLOCK = 128  # so many times what is asked for at once
QUIET_S = 0.5
UNDER_LOAD_AFTER = 10  # so many ids in a row, each within QUIET_S of the one before, are load


class IdAllocator:
    """`reserve_ids(count)` returns the first of `count` ids in a row that nobody else gets; threads may share this."""

    def __init__(self, reserve_ids: Callable[[int], int], clock: Callable[[], float] = time.monotonic) -> None:
        self._reserve_ids = reserve_ids
        self._clock = clock
        self._lock = Lock()
        self._blocks: deque[range] = deque()  # what is left of them, the lowest first
        self._in_a_row = 0
        self._last_use = float("-inf")

    @property
    def under_load(self) -> bool:
        return self._in_a_row > UNDER_LOAD_AFTER and self._clock() - self._last_use <= QUIET_S

    def reserve(self, count: int) -> list[int]:
        """`count` new ids, increasing. Raises Unavailable.

        The counter is asked outside the lock: while it is slow, those who ask wait beside each other.
        """
        given, missing, size = self._from_blocks(count)
        if missing:
            first = self._reserve_ids(size)
            given += range(first, first + missing)
            with self._lock:
                if size > missing:
                    # A thread that reserved a higher one beside us may have been the quicker.
                    insort(self._blocks, range(first + missing, first + size), key=attrgetter("start"))
        return given

    def _from_blocks(self, count: int) -> tuple[list[int], int, int]:
        """The ids in the blocks, how many ids are missing then, and how many to reserve at once."""
        with self._lock:
            now = self._clock()
            if now - self._last_use > QUIET_S:
                self._blocks.clear()
                self._in_a_row = 0
            self._last_use, self._in_a_row = now, self._in_a_row + count
            given: list[int] = []
            while self._blocks and len(given) < count:
                block = self._blocks.popleft()
                wanted = count - len(given)
                given += block[:wanted]
                if len(block) > wanted:
                    self._blocks.appendleft(block[wanted:])
            missing = count - len(given)
            # Never more than were used: of many that are asked for once, none are left.
            size = min(self._in_a_row - UNDER_LOAD_AFTER, LARGEST_BLOCK * count)
            return given, missing, max(missing, size)
