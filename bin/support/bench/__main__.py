"""Measures, on the servers whose addresses are in the environment: the second half of bin/bench."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from honcho import environ  # type: ignore[import-untyped]

from bench import arguments, facts, report
from bench.context import FULL, QUICK, STANDARD, Context, Row
from bench.enrolling import drop, enroll_many, enroll_one, keys
from bench.gateway import gateway
from bench.growth import growth
from bench.listing import list_classes
from bench.logins import logins
from bench.long_line import long_line
from bench.notices import notices
from bench.positions import positions
from bench.processes import hush_signals
from bench.samples import Comparison, Figure, Sample, figure_of

MEASURED: tuple[Row, ...] = (
    positions,
    enroll_many,
    enroll_one,
    drop,
    keys,
    notices,
    long_line,
    list_classes,
    gateway,
    logins,
    growth,
)
ROWS = dict(zip(arguments.ROWS, MEASURED, strict=True))
EFFORTS = {"quick": QUICK, "standard": STANDARD, "full": FULL}


class Progress:
    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def say(self, text: str) -> None:
        print(f"[{self.seconds:6.1f} s] {text}", file=sys.stderr, flush=True)


def main() -> int:
    options = arguments.parse(sys.argv[1:])
    try:
        old = report.load(options.compare) if options.compare else None
        if options.running:
            adopt(Path(options.running))
    except ValueError as error:
        print(f"bin/bench: {error}", file=sys.stderr)
        return 64
    hush_signals()
    progress = Progress()
    try:
        figures = measure(options.only or list(ROWS), options.effort, progress, keep_tables=not options.running)
    except KeyboardInterrupt:
        print("stopped; nothing was written", file=sys.stderr)
        return 130
    found = report.record(figures, options.effort, progress.seconds)
    target = options.json or Path(os.environ["VAR_DIR"], "bench.json")
    report.write(target, found)
    show(figures, found, old)
    print(f"\nwritten to {target} after {progress.seconds:.0f} s")
    return 0


def adopt(data: Path) -> None:
    """Take the settings of the system that runs on this folder. Raises ValueError if there never was one."""
    try:
        settings: dict[str, str] = environ.parse((data / "run.env").read_text())
    except OSError:
        raise ValueError(f"no system was ever started on {data}") from None
    os.environ.update(settings)


def measure(names: list[str], effort: str, progress: Progress, *, keep_tables: bool) -> list[Figure]:
    figures: list[Figure] = []
    with ExitStack() as stack:
        context = Context(EFFORTS[effort], progress.say, keep_tables, stack)
        idle = facts.idle_memory()
        for name in names:
            figures += row(name, context)
        figures += facts.memory(context, idle)
        progress.say("stopping what was started")
    return [*figures, facts.start_time()]


def row(name: str, context: Context) -> Iterator[Figure]:
    """A row that cannot be measured says so and does not stop the others."""
    context.say(f"{name}: getting ready")
    try:
        for result in ROWS[name](context):
            yield compare(result, context) if isinstance(result, Comparison) else result
    except Exception as error:  # the report shows it
        context.say(f"{name}: {type(error).__name__}: {error}")
        yield Figure(name, name, notes=[f"failed: {type(error).__name__}: {error}"[:300]])


def compare(between: Comparison, context: Context) -> Figure:
    """Ours and the floor in turn, after a short unmeasured round of ours; the floors make themselves ready."""
    seconds = between.seconds or context.effort.seconds
    ours: list[Sample] = []
    floors: list[Sample] = []
    if context.effort.warm_up and not between.row.startswith("backlog"):
        between.ours(1)
    for number in range(between.repetitions or context.effort.repetitions):
        # The order changes so that neither always has the warmer machine.
        for side, samples in [(between.floor, floors), (between.ours, ours)][:: 1 if number % 2 else -1]:
            samples.append(side(seconds))
    figure = figure_of(between, ours, floors)
    context.say(
        f"{between.row}: {figure.ours['rate']:,.0f}/s, floor {figure.floor['rate']:,.0f}/s, "
        f"{figure.ratio or 0:.0%} (to reach: {figure.goal})"
    )
    return figure


def show(figures: list[Figure], found: dict[str, Any], old: dict[str, Any] | None) -> None:
    print(f"\ncommit {found['commit']}, {found['effort']}, {found['machine']['cpus']} CPUs\n")
    print(report.table(figures))
    if text := report.notes(figures):
        print(f"\n{text}")
    if old:
        print(f"\n{report.comparison(old, found)}")


if __name__ == "__main__":
    sys.exit(main())
