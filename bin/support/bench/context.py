"""What every row gets: how long to measure, the fixtures, and how to start and end what it needs."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from bench.fixtures import Fixture, new_fixture
from bench.processes import OURS, Process, Tree, free_port, start_floor_app
from bench.samples import Comparison, Figure, Sample

Result = Comparison | Figure
Row = Callable[["Context"], Iterator[Result]]


@dataclass(frozen=True)
class Effort:
    """How much is measured. `seconds` is of one sample; ours and the floor are sampled `repetitions` times in turn."""

    seconds: float
    repetitions: int
    backlog: int  # notices
    latencies: int  # drops of one sample, one after the other
    sizes: tuple[int, ...]  # enrollments in the tables
    enrollments: int  # of a package, a multiple of 400
    line: int  # of those who wait for one class
    warm_up: bool = True
    part_of_crowds: int = 1  # of those who wait, one in so many

    def beside(self) -> "Effort":
        """Of two revisions, which mostly are the same: each row would differ by chance once in 64 times, not in 16."""
        return replace(self, repetitions=max(self.repetitions, 7)) if self.warm_up else self


QUICK = Effort(
    seconds=1,
    repetitions=1,
    backlog=100,
    latencies=5,
    sizes=(500,),
    enrollments=400,
    line=1_200,
    warm_up=False,
    part_of_crowds=10,
)
STANDARD = Effort(
    seconds=4,
    repetitions=5,
    backlog=10_000,
    latencies=100,
    sizes=(10_000, 100_000),
    enrollments=100_000,
    line=12_000,
)
FULL = replace(STANDARD, sizes=(10_000, 100_000, 1_000_000), line=100_000)


@dataclass
class Context:
    effort: Effort
    say: Callable[[str], None]
    keep_tables: bool
    stack: ExitStack
    tree: Tree = OURS
    fixtures: dict[str, Fixture] = field(default_factory=dict)
    watched: list[Process] = field(default_factory=list)
    _floor_app: Process | None = None

    def fixture(self, name: str) -> Fixture:
        if name not in self.fixtures:
            fixture = self.fixtures[name] = new_fixture(name, self.tree)
            self.stack.callback(lambda: fixture.close(self.keep_tables))
        return self.fixtures[name]

    def service(self, fixture: Fixture) -> Process:
        return self.watch(fixture.service)

    @property
    def floor_app(self) -> Process:
        if self._floor_app is None:
            self._floor_app = self.until_end(start_floor_app())
        return self._floor_app

    def watch(self, process: Process) -> Process:
        """One of our processes, whose memory is in the report."""
        if process not in self.watched:
            self.watched.append(process)
        return process

    def until_end(self, process: Process) -> Process:
        self.stack.callback(process.stop)
        return process

    def port(self) -> int:
        return free_port()


def loop(name: str, fixture: Fixture | None = None, *, threads: int, **options: Any) -> Callable[[float], Sample]:
    """A floor of floor_loops.py. Where it counts, `first` goes on from one call to the next."""
    environment = fixture.environment if fixture else {}

    def side(seconds: float) -> Sample:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "bench.floor_loops", name, str(seconds)],
            input=json.dumps({"threads": threads, **options}),  # may be more than a command line holds
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=seconds + 60,
        )
        sample = Sample(**json.loads(done.stdout))
        if "first" in options:
            options["first"] += sample.count + 2 * threads
        return sample

    return side
