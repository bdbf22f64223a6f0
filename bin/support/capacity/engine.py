"""Simulated time: processes, which are generators, hold servers of pools for a while.

Deterministic: what is due at the same moment goes on in the order in which it was asked for.
"""

from collections import deque
from collections.abc import Generator
from heapq import heappop, heappush
from itertools import count
from math import inf

# It yields a pool, to get one of its servers, or seconds, to let them pass.
Process = Generator["Pool | float", None, None]


class Simulation:
    def __init__(self) -> None:
        self.now_s = 0.0
        self._due: list[tuple[float, int, Process]] = []
        self._numbers = count()

    def start(self, process: Process, after_s: float = 0.0) -> None:
        heappush(self._due, (self.now_s + after_s, next(self._numbers), process))

    def run(self, until_s: float = inf) -> None:
        while self._due and self._due[0][0] <= until_s:
            self.now_s, _, process = heappop(self._due)
            self._go_on(process)

    def _go_on(self, process: Process) -> None:
        for wanted in process:
            if not isinstance(wanted, Pool):
                return self.start(process, wanted)
            if not wanted.taken_by(process):
                return None
        return None


class Pool:
    """`size` servers, given in the order of asking."""

    def __init__(self, simulation: Simulation, size: int) -> None:
        self.size = size
        self._simulation = simulation
        self._free = size
        self._waiting: deque[Process] = deque()

    def taken_by(self, process: Process) -> bool:
        if not self._free:
            self._waiting.append(process)
            return False
        self._free -= 1
        return True

    def give(self) -> None:
        if self._waiting:
            self._simulation.start(self._waiting.popleft())
        else:
            self._free += 1

    def use(self, service_s: float) -> Process:
        """Hold one for so long. `yield from` it."""
        yield self
        yield service_s
        self.give()

    def wait_s(self, service_s: float) -> float:
        """How long who comes now would wait, if each takes so long."""
        return 0.0 if self._free else (len(self._waiting) + 1) * service_s / self.size
