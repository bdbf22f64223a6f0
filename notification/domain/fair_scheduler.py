"""Which message may be sent now: many at once, but never all to one host, nor to the many names of one domain.

Each host has a queue. It may have as many messages in flight as a share of the concurrency that is free at the moment,
and as many queued as there is room left; twice that share is for all hosts of a domain together. So a busy host gets
much while nobody else wants it, yet neither one that hangs nor several can take all of it: each leaves a part to the
next (as dynamic thresholds do for the shared memory of a switch). A message without room is rejected, to come round
again through a retry queue.

A queue that moves may be longer: as many may wait as went in the last two seconds, so a fast host's backlog is taken at
the pace it is sent, and not rejected just to come again. When it stops moving, those too many are rejected. A part of
the room is reserved for queues that move, so that they get through whatever comes round for those that do not.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from threading import Lock
from typing import Generic, TypeVar

from notification.domain.sender import Destination

T = TypeVar("T")

PACE_S = 2.0
_RESERVED = 1 / 5  # of the room
_DOMAINS_SHARE = 2  # times a host's


class Admission(Enum):
    STARTED = "started"
    QUEUED = "queued"
    REJECTED = "rejected"


@dataclass
class _Load:
    """Of a host, or of all hosts of a domain."""

    in_flight: int = 0
    queued: int = 0
    _went: deque[float] = field(default_factory=deque)  # when, for those of the last PACE_S

    def note_went(self, now: float) -> None:
        self._went.append(now)
        self.pace(now)  # forgets the old ones here, too: a queue that never waits is asked for its pace by nobody

    def pace(self, now: float) -> int:
        while self._went and self._went[0] < now - PACE_S:
            self._went.popleft()
        return len(self._went)

    @property
    def empty(self) -> bool:
        return not self.in_flight and not self.queued


@dataclass
class _HostQueue(Generic[T]):
    domain: _Load
    host: _Load = field(default_factory=_Load)
    items: deque[T] = field(default_factory=deque)

    def start(self) -> None:
        self.host.in_flight += 1
        self.domain.in_flight += 1

    def enqueue(self, item: T) -> None:
        self.items.append(item)
        self.host.queued += 1
        self.domain.queued += 1

    def note_dequeued(self, count: int = 1) -> None:
        self.host.queued -= count
        self.domain.queued -= count


class FairScheduler(Generic[T]):
    """Thread-safe. Every STARTED and every message from `finished` takes one of the concurrency, until `finished`."""

    def __init__(
        self, *, concurrency: int, room: int, share: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`share` of the free concurrency is what one host may have in flight; one it may always have."""
        self._free = concurrency
        self._room = room
        self._reserved = round(room * _RESERVED)
        self._share = share
        self._clock = clock
        self._queues: OrderedDict[Destination, _HostQueue[T]] = OrderedDict()
        self._domains: dict[str, _Load] = {}
        self._lock = Lock()

    def admit(self, to: Destination, item: T) -> Admission:
        with self._lock:
            queue = self._queue(to)
            if self._may_start(queue):
                self._free -= 1
                queue.start()
                return Admission.STARTED
            if self._room > 0 and self._spare(queue) > 0:
                self._room -= 1
                queue.enqueue(item)
                return Admission.QUEUED
            self._forget_if_empty(to)
            return Admission.REJECTED

    def finished(self, to: Destination) -> list[tuple[Destination, T]]:
        """One is no longer in flight. The messages (and where they go) whose turn it is now; they are in flight."""
        with self._lock:
            queue = self._queues[to]
            now = self._clock()
            for load in (queue.host, queue.domain):
                load.in_flight -= 1
                load.note_went(now)
            self._free += 1
            self._forget_if_empty(to)
            started = []
            while (one := self._next()) is not None:
                started.append(one)
            return started

    def clear(self) -> list[T]:
        """Empty the queues and return what was in them; what is in flight stays in flight."""
        with self._lock:
            cleared: list[T] = []
            for to, queue in list(self._queues.items()):
                cleared += queue.items
                queue.note_dequeued(len(queue.items))
                queue.items.clear()
                self._forget_if_empty(to)
            self._room += len(cleared)
            return cleared

    def reject_stalled(self) -> list[T]:
        """Those that can wait no longer, because their queues stopped moving and left too little room to the others."""
        with self._lock:
            rejected = []
            for to, queue in list(self._queues.items()):
                while queue.items and self._room < self._reserved and self._spare(queue) < 0:
                    rejected.append(queue.items.pop())
                    queue.note_dequeued()
                    self._room += 1
                self._forget_if_empty(to)
            return rejected

    def _queue(self, to: Destination) -> _HostQueue[T]:
        queue = self._queues.get(to)
        if queue is None:
            domain = self._domains.setdefault(to.domain, _Load())
            queue = self._queues[to] = _HostQueue(domain)
        return queue

    def _spare(self, queue: _HostQueue[T]) -> int:
        """How many more may be queued; negative when there are too many."""
        now = self._clock()
        return min(
            max(1, self._room - self._reserved, load.pace(now)) - load.queued for load in (queue.host, queue.domain)
        )

    def _may_start(self, queue: _HostQueue[T]) -> bool:
        return (
            self._free > 0
            and queue.host.in_flight < max(1, self._free * self._share)
            and queue.domain.in_flight < max(1, self._free * self._share * _DOMAINS_SHARE)
        )

    def _next(self) -> tuple[Destination, T] | None:
        for to, queue in self._queues.items():
            if queue.items and self._may_start(queue):
                self._free -= 1
                self._room += 1
                queue.start()
                queue.note_dequeued()
                self._queues.move_to_end(to)  # the others' turn comes before this host's second
                return to, queue.items.popleft()
        return None

    def _forget_if_empty(self, to: Destination) -> None:
        queue = self._queues[to]
        if queue.host.empty:
            del self._queues[to]
            if queue.domain.empty:
                del self._domains[to.domain]
