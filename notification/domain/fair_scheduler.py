"""Which message may be sent now: many at once, but never all to one host.

Each host has a line. It may have as many messages under way as a share of the places that are free at the moment,
and as many waiting as there is room left. So a busy host gets much while nobody else wants it, yet neither one host
that hangs nor several can take all of it: each leaves a part to the next (as dynamic thresholds do for the shared
memory of a switch). Who finds no room is turned away, to come round again through a retry queue.

A line that moves may be longer: as many may wait as went in the last two seconds, so a fast host's backlog is taken at
the pace it is sent, and not turned away just to come again. When it stops moving, those too many are turned away. A
part of the room is reserved for lines that move, so that they get through whatever comes round for those that do not.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")

PACE_S = 2.0
_RESERVED = 1 / 5  # of the room


class Turn(Enum):
    NOW = "now"
    WAITS = "waits"
    TURNED_AWAY = "turned away"


@dataclass
class _Line(Generic[T]):
    under_way: int = 0
    waiting: deque[T] = field(default_factory=deque)
    _went: deque[float] = field(default_factory=deque)  # when, for those of the last PACE_S

    def note_went(self, now: float) -> None:
        self._went.append(now)
        self.pace(now)  # forgets the old ones here, too: a line that never has to wait is asked for its pace by nobody

    def pace(self, now: float) -> int:
        while self._went and self._went[0] < now - PACE_S:
            self._went.popleft()
        return len(self._went)


class FairScheduler(Generic[T]):
    """Thread-safe. Every NOW from `offer` and every message from `finished` is one place taken, until `finished`."""

    def __init__(self, *, places: int, waiting: int, share: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`share` of the free places is what one host may have under way; one place it may always have."""
        self._free = places
        self._room = waiting
        self._reserved = round(waiting * _RESERVED)
        self._share = share
        self._clock = clock
        self._lines: OrderedDict[str, _Line[T]] = OrderedDict()
        self._lock = Lock()

    def offer(self, host: str, item: T) -> Turn:
        with self._lock:
            line = self._lines.setdefault(host, _Line())
            if self._may_start(line):
                self._free -= 1
                line.under_way += 1
                return Turn.NOW
            if self._room > 0 and len(line.waiting) < self._most_waiting(line):
                self._room -= 1
                line.waiting.append(item)
                return Turn.WAITS
            self._forget_if_empty(host)
            return Turn.TURNED_AWAY

    def finished(self, host: str) -> list[tuple[str, T]]:
        """Give the place back. The messages (with their hosts) whose turn it is now, their places taken."""
        with self._lock:
            line = self._lines[host]
            line.under_way -= 1
            line.note_went(self._clock())
            self._free += 1
            self._forget_if_empty(host)
            turns = []
            while (turn := self._next()) is not None:
                turns.append(turn)
            return turns

    def clear(self) -> list[T]:
        """Empty the lines and return who waited; what is under way stays under way."""
        with self._lock:
            waited = [item for line in self._lines.values() for item in line.waiting]
            for host in list(self._lines):
                self._lines[host].waiting.clear()
                self._forget_if_empty(host)
            self._room += len(waited)
            return waited

    def turn_away(self) -> list[T]:
        """Those who can wait no longer, because their lines stopped moving and left too little room to the others."""
        with self._lock:
            away = []
            for host, line in list(self._lines.items()):
                while self._room < self._reserved and len(line.waiting) > self._most_waiting(line):
                    away.append(line.waiting.pop())
                    self._room += 1
                self._forget_if_empty(host)
            return away

    def _most_waiting(self, line: _Line[T]) -> int:
        return max(1, self._room - self._reserved, line.pace(self._clock()))

    def _may_start(self, line: _Line[T]) -> bool:
        return self._free > 0 and line.under_way < max(1, self._free * self._share)

    def _next(self) -> tuple[str, T] | None:
        for host, line in self._lines.items():
            if line.waiting and self._may_start(line):
                self._free -= 1
                self._room += 1
                line.under_way += 1
                self._lines.move_to_end(host)  # the others' turn comes before this host's second
                return host, line.waiting.popleft()
        return None

    def _forget_if_empty(self, host: str) -> None:
        line = self._lines[host]
        if not line.under_way and not line.waiting:
            del self._lines[host]
