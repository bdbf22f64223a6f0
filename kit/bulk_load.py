"""Loading the rows of a CSV file: checking, doing many at once, progress, and a report of what was bad, by line.

The file is UTF-8 with commas; its first line names the columns, in any order (kit.csv_files). All rows are checked
before the first is done. A row's form and meaning belong to the command that loads it.
"""

import os
import sys
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ValidationError
from tenacity import stop_after_delay

from kit import csv_files
from kit.concurrency.retries import retried
from kit.csv_files import Unusable
from kit.errors import AppError, Unavailable

R = TypeVar("R", bound=BaseModel)
T = TypeVar("T")

Outcome = Literal["added", "kept"]

STATUSES = """\
Exit status: 0 all rows are loaded, 1 some were bad and the others are loaded, 2 the file cannot be used at all,
69 a store does not answer, 130 stopped by Ctrl-C. Repeating the command is safe, and goes on where it ended."""

BAD_ROWS, UNUSABLE, UNAVAILABLE, INTERRUPTED = 1, 2, 69, 130
RETRY_DEADLINE_S = 20.0
FIRST_PAUSE_S = 0.2
_NEWS_EVERY_S = 10.0  # where nobody sees a line being rewritten
_SHOWN_EVERY_S = 0.2
_BAR = 30
_CLEAR = "\r\033[K"  # the line that is rewritten


Place = int | str
"""Where a row is, to be told to people: its line, or file and line."""
Row = tuple[Place, Mapping[str, Any] | str]
"""A row's cells by column, or what is wrong with it."""


def path_of(word: str) -> Path:
    """A path as the caller wrote it; bin/support/run-module changes the folder and notes where we came from."""
    return Path(os.environ.get("CALLED_FROM", "."), word)


@dataclass
class BulkLoad(Generic[R]):
    """`work` does up to `batch` rows in one of `threads` threads and returns the outcome of each, in order.

    The outcome of a bad row is the AppError that says why; Unavailable is raised, and the rows are then tried again.
    `key` is what must not be in the file twice. Rows of one `group` are done together, whatever their number, in order.
    `prepare` gets all good rows before the first is done; Unavailable as with `work`.
    """

    row: type[R]
    key: Callable[[R], Hashable]
    work: Callable[[Sequence[R]], Sequence[Outcome | AppError]]
    threads: int
    batch: int = 1
    group: Callable[[R], Hashable] | None = None
    prepare: Callable[[Sequence[R]], None] = lambda _: None
    counts: dict[str, int] = field(default_factory=lambda: {"added": 0, "kept": 0, "bad": 0})

    def run(self, path: Path) -> int:
        """Load the file and tell how it goes; returns the exit status."""
        try:
            with csv_files.opened(path) as file:
                header, lines = csv_files.header_and_lines(file, str(path))
                _require_columns(header, self.row)
                rows = list(self._good(lines))
        except Unusable as fact:
            say(str(fact))
            return UNUSABLE
        return self._finish(rows)

    def run_rows(self, given: Iterable[Row]) -> int:
        """As `run`, for rows that somebody else has read."""
        try:
            rows = list(self._good(given))
        except Unusable as fact:
            say(str(fact))
            return UNUSABLE
        return self._finish(rows)

    def _finish(self, rows: Sequence[tuple[Place, R]]) -> int:
        began = time.monotonic()
        status = self._do(rows)
        added, kept, bad = self.counts.values()
        summary = f"{added} added, {kept} there already and left as they are, {bad} bad rows"
        print(f"{summary}; {time.monotonic() - began:.0f} s")  # noqa: T201 - a command's result
        return status or (BAD_ROWS if bad else 0)

    def _good(self, given: Iterable[Row]) -> Iterator[tuple[Place, R]]:
        """The rows that can be done, with their places. The others are reported."""
        first_at: dict[Hashable, Place] = {}
        for place, cells in given:
            try:
                if isinstance(cells, str):
                    raise ValueError(cells)
                row = self.row.model_validate(cells)
                if (first := first_at.setdefault(self.key(row), place)) != place:
                    raise ValueError(f"the same as {_named(first)}")
            except ValidationError as error:
                self._bad(place, "; ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors()))
            except ValueError as error:
                self._bad(place, str(error))
            else:
                yield place, row

    def _batches(self, rows: Sequence[tuple[Place, R]]) -> Iterator[Sequence[tuple[Place, R]]]:
        if self.group is None:
            left = iter(rows)
            while some := list(islice(left, self.batch)):  # bounded: by the rows
                yield some
            return
        groups: dict[Hashable, list[tuple[Place, R]]] = {}
        for place, row in rows:
            groups.setdefault(self.group(row), []).append((place, row))
        yield from groups.values()

    def _do(self, rows: Sequence[tuple[Place, R]]) -> int:
        progress = Progress(len(rows))
        left = self._batches(rows)
        under_way: dict[Future[Sequence[Outcome | AppError]], list[Place]] = {}
        with ThreadPoolExecutor(self.threads) as pool:  # bounded: by the inner loop
            try:
                _retried(lambda: self.prepare([row for _, row in rows]))
                while True:  # bounded: by the rows
                    while len(under_way) < 2 * self.threads and (some := next(left, None)):
                        under_way[pool.submit(self._done, [row for _, row in some])] = [place for place, _ in some]
                    if not under_way:
                        return 0
                    done, _ = wait(under_way, timeout=1, return_when=FIRST_COMPLETED)
                    for future in done:
                        places = under_way.pop(future)
                        self._note(places, future.result(0))  # it is done
                        progress.tell(len(places))
            except Unavailable as error:
                say(f"Stopped: {error.detail}. What is loaded stays; run it again to go on")
                return UNAVAILABLE
            except KeyboardInterrupt:
                say("Stopped. What is loaded stays; run it again to go on")
                return INTERRUPTED
            finally:
                pool.shutdown(cancel_futures=True)
                progress.end()

    def _note(self, places: Sequence[Place], outcomes: Sequence[Outcome | AppError]) -> None:
        for place, outcome in zip(places, outcomes, strict=True):
            if isinstance(outcome, AppError):
                self._bad(place, outcome.detail)
            else:
                self.counts[outcome] += 1

    def _done(self, rows: Sequence[R]) -> Sequence[Outcome | AppError]:
        return _retried(lambda: self.work(rows))

    def _bad(self, place: Place, reason: str) -> None:
        self.counts["bad"] += 1
        say(f"{_named(place)}: {reason}")


def _retried(do: Callable[[], T]) -> T:
    """Its result, after waiting a while for a store that does not answer. Raises Unavailable."""
    return retried(do, Unavailable, first_s=FIRST_PAUSE_S, longest_s=5, stop=stop_after_delay(RETRY_DEADLINE_S))


def _named(place: Place) -> str:
    return f"line {place}" if isinstance(place, int) else place


def _require_columns(header: Sequence[str], row: type[BaseModel]) -> None:
    required = [name for name, about in row.model_fields.items() if about.is_required()]
    if missing := [name for name in required if name not in header]:
        raise Unusable(f"The first line must name the columns; missing: {', '.join(missing)}")
    if unknown := [name for name in header if name not in row.model_fields]:
        known = ", ".join(row.model_fields)
        raise Unusable(f"The first line names columns that there are not: {', '.join(unknown)}. There are: {known}")


def one_by_one(work: Callable[[R], Outcome]) -> Callable[[Sequence[R]], Sequence[Outcome | AppError]]:
    """`BulkLoad.work` from what does one row and raises AppError when that is bad. Unavailable passes through."""

    def each(row: R) -> Outcome | AppError:
        try:
            return work(row)
        except Unavailable:
            raise
        except AppError as error:
            return error

    return lambda rows: [each(row) for row in rows]


class Progress:
    """Rows done: a bar on a terminal, elsewhere a line now and then."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._began = self._told = time.monotonic()
        self._terminal = sys.stderr.isatty()
        self._done = 0

    def tell(self, more: int) -> None:
        self._done += more
        now = time.monotonic()
        if now - self._told < (_SHOWN_EVERY_S if self._terminal else _NEWS_EVERY_S):
            return
        self._told = now
        left_s = (now - self._began) / max(self._done, 1) * (self._count - self._done)
        text = f"{self._done:,} of {self._count:,} rows, about {left_s:.0f} s to go"
        if self._terminal:
            bar = "#" * (_BAR * self._done // max(self._count, 1))
            sys.stderr.write(f"{_CLEAR}[{bar:<{_BAR}}] {text}")
            sys.stderr.flush()
        else:
            say(text)

    def end(self) -> None:
        if self._terminal:
            sys.stderr.write(_CLEAR)


def say(text: str) -> None:
    """To the operator; what comes from a file cannot steer the terminal."""
    line = text.encode("unicode_escape").decode() if not text.isprintable() else text
    print(f"{_CLEAR if sys.stderr.isatty() else ''}{line}", file=sys.stderr)  # noqa: T201
