"""Loading the rows of a CSV file: checking, doing many at once, progress, and a report of what was bad, by line.

The file is UTF-8 with commas; its first line names the columns, in any order. All rows are checked before the first is
done. What a row is and what is done with it belongs to the command that loads it.
"""

import csv
import os
import sys
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from kit.concurrency.backoff import pauses
from kit.errors import AppError, Unavailable

R = TypeVar("R", bound=BaseModel)

Outcome = Literal["added", "kept"]

STATUSES = """\
Exit status: 0 all rows are loaded, 1 some were bad and the others are loaded, 2 the file cannot be used at all,
69 a store does not answer, 130 stopped by Ctrl-C. Repeating the command is safe, and goes on where it ended."""

BAD_ROWS, UNUSABLE, UNAVAILABLE, INTERRUPTED = 1, 2, 69, 130
PATIENCE_S = 20.0
_NEWS_EVERY_S = 10.0  # where nobody sees a line being rewritten


class Unusable(Exception):
    """The file as a whole cannot be loaded."""


def path_of(word: str) -> Path:
    """A path as the caller wrote it; bin/support/run-module changes the folder and notes where we came from."""
    return Path(os.environ.get("CALLED_FROM", "."), word)


@dataclass
class BulkLoad(Generic[R]):
    """`work` does up to `batch` rows in one of `threads` threads and returns the outcome of each, in order.

    The outcome of a bad row is the AppError that says why; Unavailable is raised, and the rows are then tried again.
    `key` is what must not be in the file twice.
    """

    row: type[R]
    key: Callable[[R], Hashable]
    work: Callable[[Sequence[R]], Sequence[Outcome | AppError]]
    threads: int
    batch: int = 1
    counts: dict[str, int] = field(default_factory=lambda: {"added": 0, "kept": 0, "bad": 0})

    def run(self, path: Path) -> int:
        """Load the file and tell how it goes; returns the exit status."""
        began = time.monotonic()
        try:
            rows = list(self._good(path))
            status = self._do(rows)
        except Unusable as fact:
            _say(str(fact))
            return UNUSABLE
        added, kept, bad = self.counts.values()
        summary = f"{added} added, {kept} there already and left as they are, {bad} bad rows"
        print(f"{summary}; {time.monotonic() - began:.0f} s")  # noqa: T201 - a command's result
        return status or (BAD_ROWS if bad else 0)

    def _good(self, path: Path) -> Iterator[tuple[int, R]]:
        """The rows that can be done, with their lines. The others are reported."""
        first_at: dict[Hashable, int] = {}
        for line, cells in _cells(path, self.row):
            try:
                if isinstance(cells, str):
                    raise ValueError(cells)
                row = self.row.model_validate(cells)
                if (first := first_at.setdefault(self.key(row), line)) != line:
                    raise ValueError(f"the same as line {first}")
            except ValidationError as error:
                self._bad(line, "; ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors()))
            except ValueError as error:
                self._bad(line, str(error))
            else:
                yield line, row

    def _do(self, rows: Sequence[tuple[int, R]]) -> int:
        progress = _Progress(len(rows))
        left = iter(rows)
        under_way: dict[Future[Sequence[Outcome | AppError]], list[int]] = {}
        with ThreadPoolExecutor(self.threads) as pool:  # bounded: by the inner loop
            try:
                while True:  # bounded: by the rows
                    while len(under_way) < 2 * self.threads and (some := list(islice(left, self.batch))):
                        under_way[pool.submit(self._insist, [row for _, row in some])] = [line for line, _ in some]
                    if not under_way:
                        return 0
                    done, _ = wait(under_way, timeout=1, return_when=FIRST_COMPLETED)
                    for future in done:
                        lines = under_way.pop(future)
                        self._note(lines, future.result(0))  # it is done
                        progress.tell(len(lines))
            except Unavailable as error:
                _say(f"Stopped: {error.detail}. What is loaded stays; run it again to go on")
                return UNAVAILABLE
            except KeyboardInterrupt:
                _say("Stopped. What is loaded stays; run it again to go on")
                return INTERRUPTED
            finally:
                pool.shutdown(cancel_futures=True)
                progress.end()

    def _note(self, lines: Sequence[int], outcomes: Sequence[Outcome | AppError]) -> None:
        for line, outcome in zip(lines, outcomes, strict=True):
            if isinstance(outcome, AppError):
                self._bad(line, outcome.detail)
            else:
                self.counts[outcome] += 1

    def _insist(self, rows: Sequence[R]) -> Sequence[Outcome | AppError]:
        """The rows' outcomes, waiting a while for a store that does not answer."""
        give_up_at = time.monotonic() + PATIENCE_S
        for pause_s in pauses(first_s=0.2, longest_s=5):
            try:
                return self.work(rows)
            except Unavailable:
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(pause_s)
        raise AssertionError("pauses never end")

    def _bad(self, line: int, reason: str) -> None:
        self.counts["bad"] += 1
        _say(f"line {line}: {reason}")


def _cells(path: Path, row: type[BaseModel]) -> Iterator[tuple[int, dict[str, str] | str]]:
    """Line and cells of each row, or instead of cells what is wrong. Empty cells count as absent. Raises Unusable."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip() for name in next(reader, [])]
            _require_columns(header, row)
            line = reader.line_num + 1
            for cells in reader:
                if cells and len(cells) != len(header):
                    yield line, f"{len(cells)} cells, and the first line names {len(header)} columns"
                elif cells:
                    yield line, {name: cell for name, cell in zip(header, cells, strict=True) if cell.strip()}
                line = reader.line_num + 1
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Unusable(f"{path} is not in UTF-8") from error
    except csv.Error as error:
        raise Unusable(f"{path}, line {reader.line_num}: {error}") from error


def _require_columns(header: Sequence[str], row: type[BaseModel]) -> None:
    required = [name for name, about in row.model_fields.items() if about.is_required()]
    if missing := [name for name in required if name not in header]:
        raise Unusable(f"The first line must name the columns; missing: {', '.join(missing)}")
    if unknown := [name for name in header if name not in row.model_fields]:
        known = ", ".join(row.model_fields)
        raise Unusable(f"The first line names columns that there are not: {', '.join(unknown)}. There are: {known}")
    if len(set(header)) < len(header):
        raise Unusable("The first line names a column twice")


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


class _Progress:
    """Rows done, on a terminal in one line that is rewritten."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._began = self._told = time.monotonic()
        self._terminal = sys.stderr.isatty()
        self._done = 0

    def tell(self, more: int) -> None:
        self._done += more
        now = time.monotonic()
        if now - self._told < (0.2 if self._terminal else _NEWS_EVERY_S):
            return
        self._told = now
        left_s = (now - self._began) / max(self._done, 1) * (self._count - self._done)
        text = f"{self._done} of {self._count} rows, about {left_s:.0f} s to go"
        if self._terminal:
            sys.stderr.write(f"\r\033[K{text}")
            sys.stderr.flush()
        else:
            _say(text)

    def end(self) -> None:
        if self._terminal:
            sys.stderr.write("\r\033[K")


def _say(text: str) -> None:
    print(text.encode("unicode_escape").decode() if not text.isprintable() else text, file=sys.stderr)  # noqa: T201
