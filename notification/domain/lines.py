"""Which message may be sent now: many at once, but not all to one host.

Each host has a line. At most `per_host` of its messages are under way, the next wait in the line, and when the line
is full the newest is turned away (it comes round again through a retry queue). So a host that hangs holds a few
places and a part of the waiting room, and everybody else's messages pass by.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from enum import Enum
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Turn(Enum):
    NOW = "now"
    WAITS = "waits"
    TURNED_AWAY = "turned away"


@dataclass
class _Line(Generic[T]):
    under_way: int = 0
    waiting: deque[T] = field(default_factory=deque)


class Lines(Generic[T]):
    """Thread-safe. Every NOW from `offer` and every message from `finished` is one place taken, until `finished`."""

    def __init__(self, *, places: int, per_host: int, waiting: int, waiting_per_host: int) -> None:
        self._free = places
        self._per_host = per_host
        self._room = waiting
        self._room_per_host = waiting_per_host
        self._lines: OrderedDict[str, _Line[T]] = OrderedDict()
        self._lock = Lock()

    def offer(self, host: str, item: T) -> Turn:
        with self._lock:
            line = self._lines.setdefault(host, _Line())
            if self._free and line.under_way < self._per_host:
                self._free -= 1
                line.under_way += 1
                return Turn.NOW
            if self._room and len(line.waiting) < self._room_per_host:
                self._room -= 1
                line.waiting.append(item)
                return Turn.WAITS
            self._forget_if_empty(host)
            return Turn.TURNED_AWAY

    def finished(self, host: str) -> tuple[str, T] | None:
        """Give the place back. The message (with its host) that takes it, if one may; one place serves one message."""
        with self._lock:
            self._lines[host].under_way -= 1
            self._free += 1
            self._forget_if_empty(host)
            return self._next()

    def clear(self) -> list[T]:
        """Empty the lines and return who waited; what is under way stays under way."""
        with self._lock:
            waited = [item for line in self._lines.values() for item in line.waiting]
            for host in list(self._lines):
                self._lines[host].waiting.clear()
                self._forget_if_empty(host)
            self._room += len(waited)
            return waited

    def _next(self) -> tuple[str, T] | None:
        for host, line in self._lines.items():
            if line.waiting and line.under_way < self._per_host:
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
