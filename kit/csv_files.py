"""CSV files (RFC 4180, UTF-8, commas): reading rows with their lines; several files in one folder or ZIP archive.

The first line of a file names its columns. The same rows give the same file: no times, one order.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from _csv import Reader

LARGEST_FILE = 2**30  # of what is packed in an archive
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest a ZIP archive knows


class Unusable(Exception):
    """The file as a whole cannot be read."""


Cells = dict[str, str]
Line = tuple[int, Cells | str]
"""Where a row begins (from 1), and its cells by column, without empty ones; or what is wrong with it."""


def header_and_lines(file: IO[str], name: str) -> tuple[list[str], Iterator[Line]]:
    """The columns, and the rows as they are asked for. Raises Unusable, also while rows are read."""
    reader = csv.reader(file, strict=True)
    with _readable(name, reader):
        header = [column.strip() for column in next(reader, [])]
    if len(set(header)) < len(header):
        raise Unusable(f"{name}: the first line names a column twice")
    return header, _lines(reader, header, name)


def _lines(reader: "Reader", header: Sequence[str], name: str) -> Iterator[Line]:
    line = reader.line_num + 1
    with _readable(name, reader):
        for cells in reader:
            if cells and len(cells) != len(header):
                yield line, f"{len(cells)} cells, and the first line names {len(header)} columns"
            elif cells:
                yield line, {column: cell for column, cell in zip(header, cells, strict=True) if cell.strip()}
            line = reader.line_num + 1


@contextmanager
def _readable(name: str, reader: "Reader") -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:
        raise Unusable(f"{name} is not in UTF-8") from error
    except csv.Error as error:
        raise Unusable(f"{name}, line {reader.line_num}: {error}") from error
    except (OSError, EOFError, RuntimeError, zipfile.BadZipFile) as error:
        raise Unusable(f"{name}: {error}") from error


@contextmanager
def opened(path: Path) -> Iterator[IO[str]]:
    """The text of one file. Raises Unusable."""
    try:
        file = path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from error
    with file:
        yield file


class CsvFolder:
    """CSV files beside each other, in a folder or packed as a ZIP archive."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._archive: zipfile.ZipFile | None = None
        if not path.is_dir():
            try:
                self._archive = zipfile.ZipFile(path)
            except OSError as error:
                raise Unusable(f"{path}: {error.strerror}") from error
            except zipfile.BadZipFile as error:
                raise Unusable(f"{path} is neither a folder nor a ZIP archive") from error

    def __contains__(self, name: str) -> bool:
        return (self._path / name).is_file() if self._archive is None else name in self._archive.namelist()

    @contextmanager
    def open(self, name: str) -> Iterator[IO[str]]:
        """The text of a file in it. Raises Unusable."""
        if name not in self:
            raise Unusable(f"{self._path} has no {name}")
        if self._archive is None:
            with opened(self._path / name) as file:
                yield file
            return
        if self._archive.getinfo(name).file_size > LARGEST_FILE:
            raise Unusable(f"{name} in {self._path} is larger than {LARGEST_FILE >> 20} MiB")
        try:
            packed = self._archive.open(name)
        except (RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:  # encrypted, or packed in another way
            raise Unusable(f"{name} in {self._path}: {error}") from error
        with packed, io.TextIOWrapper(packed, encoding="utf-8-sig", newline="") as file:
            yield file

    def lines(self, name: str, required: Iterable[str]) -> Iterator[Line]:
        """The rows of a file in it that has these columns, among others. Raises Unusable."""
        with self.open(name) as file:
            header, lines = header_and_lines(file, name)
            if missing := [column for column in required if column not in header]:
                raise Unusable(f"{name}: the first line must name the columns; missing: {', '.join(missing)}")
            yield from lines


class Target(Protocol):
    """Where files are written to, one after the other."""

    def write(self, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None: ...


class FolderTarget:
    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        with (self._path / name).open("w", encoding="utf-8", newline="") as file:
            _write(file, header, rows)


class ZipTarget:
    """`write_zip` closes it."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def write(self, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        about = zipfile.ZipInfo(name, _EPOCH)
        about.compress_type = zipfile.ZIP_DEFLATED
        about.external_attr = 0o644 << 16
        with (
            self._archive.open(about, "w") as packed,
            io.TextIOWrapper(packed, encoding="utf-8", newline="", write_through=True) as file,
        ):
            _write(file, header, rows)


@contextmanager
def zip_target(file: IO[bytes] | Path) -> Iterator[ZipTarget]:
    with zipfile.ZipFile(file, "w") as archive:
        yield ZipTarget(archive)


def _write(file: IO[str], header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
