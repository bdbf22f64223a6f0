"""Measures, on the servers whose addresses are in the environment: the second half of bin/bench."""

import os
import sys
import time
from argparse import Namespace
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from honcho import environ  # type: ignore[import-untyped]

from bench import arguments, facts, measuring, release, report, revision
from bench.context import Context
from bench.processes import hush_signals
from bench.samples import Figure


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
        old, commit = compared_with(options.compare)
        names = rows_of(options.only, beside=commit is not None)
        if options.running:
            adopt(Path(options.running))
    except ValueError as error:
        print(f"bin/bench: {error}", file=sys.stderr)
        return 64
    hush_signals()
    progress = Progress()
    try:
        figures = measure(names, options, progress, commit)
    except KeyboardInterrupt:
        print("stopped; nothing was written", file=sys.stderr)
        return 130
    found = report.record(figures, options.effort, progress.seconds, commit)
    target = options.json or Path(os.environ["VAR_DIR"], "bench.json")
    report.write(target, found)
    show(figures, found, old)
    if options.release:
        release.write(release.updated(release.load(), figures, options.release))
    print(f"\nwritten to {target} after {progress.seconds:.0f} s")
    return 0


def compared_with(what: str | None) -> tuple[dict[str, Any] | None, str | None]:
    """A record, or the commit of a revision. Raises ValueError."""
    if what is None:
        return None, None
    if Path(what).is_file():
        return report.load(Path(what)), None
    return None, revision.commit_of(what)


def rows_of(only: list[str] | None, *, beside: bool) -> list[str]:
    """Raises ValueError for a row that two revisions do not have side by side."""
    if not beside:
        return only or list(arguments.ROWS)
    if alone := sorted(set(only or ()) & set(arguments.ALONE)):
        raise ValueError(f"{', '.join(alone)}: not measured beside another revision")
    return only or [name for name in arguments.ROWS if name not in arguments.ALONE]


def adopt(data: Path) -> None:
    """Take the settings of the system that runs on this folder. Raises ValueError if there never was one."""
    try:
        settings: dict[str, str] = environ.parse((data / "run.env").read_text())
    except OSError:
        raise ValueError(f"no system was ever started on {data}") from None
    os.environ.update(settings)


def measure(names: list[str], options: Namespace, progress: Progress, commit: str | None) -> list[Figure]:
    figures: list[Figure] = []
    effort, keep_tables = measuring.EFFORTS[options.effort], not options.running
    if commit:
        effort = effort.beside()
    with ExitStack() as stack:
        now, then = Context(effort, progress.say, keep_tables, stack), None
        if commit:
            tree = stack.enter_context(revision.checked_out(commit, progress.say))
            then = Context(effort, progress.say, keep_tables, stack, tree)
        idle = facts.idle_memory()
        for name in names:
            figures += measuring.measured(name, now, then, options.flame_graphs)
        if then is None:
            figures += facts.memory(now, idle)
        progress.say("stopping what was started")
    return figures if commit else [*figures, facts.start_time()]


def show(figures: list[Figure], found: dict[str, Any], old: dict[str, Any] | None) -> None:
    beside = f", and {found['beside']} in the place of the floors" if found["beside"] else ""
    print(f"\ncommit {found['commit']}{beside}, {found['effort']}, {found['machine']['cpus']} CPUs\n")
    print(report.table(figures))
    if text := report.notes(figures):
        print(f"\n{text}")
    if old:
        print(f"\n{report.comparison(old, found)}")
    if not found["beside"] and (lines := release.since(release.load(), figures)):
        print(f"\n{lines}")


if __name__ == "__main__":
    sys.exit(main())
