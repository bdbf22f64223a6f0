"""Invalid rows are reported with their line numbers, and all others are loaded; an unusable file is refused as a
whole.
"""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import pytest
from annotated_types import Interval
from pydantic import BaseModel

from kit import bulk_load
from kit.bulk_load import BulkLoad, Outcome, one_by_one
from kit.errors import AppError, Conflict, Unavailable


class Row(BaseModel):
    name: str
    seats: Annotated[int, Interval(ge=1)]
    note: str = "none"


class Store:
    def __init__(self, outages: int = 0) -> None:
        self.rows: dict[str, Row] = {}
        self.outages = outages

    def add(self, row: Row) -> Outcome:
        if self.outages:
            self.outages -= 1
            raise Unavailable("The database does not answer")
        if row.name == "taken":
            raise Conflict("the name is taken")
        if row.name in self.rows:
            return "kept"
        self.rows[row.name] = row
        return "added"


def run(path: Path, content: str | bytes, store: Store) -> int:
    file = path / "rows.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return BulkLoad(Row, lambda row: row.name, one_by_one(store.add), threads=2).run(file)


def test_bad_rows_are_told_by_line_and_the_others_are_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store()
    lines = ["name,seats,note", "a,1,", '"b\nb",2,x', "c,0,", "", "d,4", "a,9,", "taken,1,", ",3,", "e,5,fine"]
    assert run(tmp_path, "\r\n".join(lines), store) == bulk_load.BAD_ROWS
    assert {name: (row.seats, row.note) for name, row in store.rows.items()} == {
        "a": (1, "none"),
        "b\nb": (2, "x"),
        "e": (5, "fine"),
    }
    said = capsys.readouterr()
    assert said.out.startswith("3 added, 0 there already and left as they are, 5 bad rows; ")
    assert sorted(said.err.splitlines()) == [
        "line 10: name: Field required",
        "line 5: seats: Input should be greater than or equal to 1",
        "line 7: 2 cells, and the first line names 3 columns",
        "line 8: the same as line 2",
        "line 9: the name is taken",
    ]


def test_a_load_can_be_repeated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store()
    for added, kept in ((2, 0), (0, 2)):
        assert run(tmp_path, "seats,name\n1,a\n2,b\n", store) == 0
        assert capsys.readouterr().out.startswith(f"{added} added, {kept} there already")


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        (b"name\na\n", "missing: seats"),
        (b"name,seats,colour\na,1,red\n", "not: colour"),
        (b"name,seats,name\na,1,b\n", "twice"),
        (b"", "missing: name, seats"),
        ("name,seats\nZo\xeb,1\n".encode("latin-1"), "UTF-8"),
        (b'name,seats\n"a"b,1\n', "line 2"),
        ("\ufeffname,seats\na\x00,1\n", ""),
    ],
)
def test_a_file_that_can_not_be_meant_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | str, fact: str
) -> None:
    store = Store()
    status = run(tmp_path, content, store)
    if fact:
        assert (status, store.rows) == (bulk_load.UNUSABLE, {})
    assert fact in capsys.readouterr().err


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        BulkLoad(Row, lambda row: row.name, one_by_one(Store().add), threads=2).run(tmp_path / "no.csv")
        == bulk_load.UNUSABLE
    )
    assert "No such file" in capsys.readouterr().err


def test_a_file_as_spreadsheets_write_it(tmp_path: Path) -> None:
    store = Store()
    assert run(tmp_path, "\ufeffname,seats\r\nZoë,3\r\n", store) == 0
    assert store.rows["Zoë"].seats == 3


def test_a_short_outage_is_waited_out_and_a_long_one_stops_the_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bulk_load, "FIRST_PAUSE_S", 0.01)
    store = Store(outages=2)
    assert run(tmp_path, "name,seats\na,1\n", store) == 0
    monkeypatch.setattr(bulk_load, "RETRY_DEADLINE_S", 0)
    rows = "".join(f"n{number},1\n" for number in range(100))
    assert run(tmp_path, f"name,seats\n{rows}", Store(outages=10**6)) == bulk_load.UNAVAILABLE
    assert "run it again" in capsys.readouterr().err


def test_what_is_in_the_file_can_not_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (tmp_path / "rows.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("name", "seats"), ("x", "1\x1b[2J")])
    BulkLoad(Row, lambda row: row.name, one_by_one(Store().add), threads=1).run(tmp_path / "rows.csv")
    assert "\x1b" not in capsys.readouterr().err


def test_rows_of_a_group_are_done_together_and_in_order_whatever_their_number(
    capsys: pytest.CaptureFixture[str],
) -> None:
    batches: list[list[str]] = []

    def work(rows: Sequence[Row]) -> list[Outcome | AppError]:
        batches.append([row.name for row in rows])
        return [Conflict("full") if row.name == "b3" else "added" for row in rows]

    names = ["a1", "b1", "a2", "b2", "b3", "a3"]
    load = BulkLoad(Row, lambda row: row.name, work, threads=2, batch=2, group=lambda row: row.name[0])
    rows = [(f"some.csv, line {n}", {"name": name, "seats": "1"}) for n, name in enumerate([*names, "a1"], start=2)]
    assert load.run_rows([*rows, ("other.csv, line 2", "is nothing")]) == bulk_load.BAD_ROWS
    assert sorted(batches) == [["a1", "a2", "a3"], ["b1", "b2", "b3"]]
    assert sorted(capsys.readouterr().err.splitlines()) == [
        "other.csv, line 2: is nothing",
        "some.csv, line 6: full",
        "some.csv, line 8: the same as some.csv, line 2",
    ]


def test_what_is_prepared_knows_all_good_rows_before_the_first_is_done_and_waits_out_an_outage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    happened: list[str] = []

    def prepare(rows: Sequence[Row]) -> None:
        happened.append(" ".join(row.name for row in rows))
        if len(happened) == 1:
            raise Unavailable("The database does not answer")

    def work(rows: Sequence[Row]) -> list[Outcome | AppError]:
        happened.extend(row.name for row in rows)
        return ["added" for _ in rows]

    load = BulkLoad(Row, lambda row: row.name, work, threads=1, prepare=prepare)
    rows: list[bulk_load.Row] = [(n, {"name": name, "seats": n}) for n, name in enumerate(["a", "b", "c"])]
    assert load.run_rows(rows) == bulk_load.BAD_ROWS
    assert happened == ["b c", "b c", "b", "c"]
    monkeypatch.setattr(bulk_load, "RETRY_DEADLINE_S", 0)
    happened.clear()
    assert load.run_rows(rows) == bulk_load.UNAVAILABLE
    assert "run it again" in capsys.readouterr().err


def test_a_terminal_shows_a_bar_that_reasons_do_not_run_into(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    monkeypatch.setattr(bulk_load, "_SHOWN_EVERY_S", 0)
    progress = bulk_load.Progress(2_000)
    progress.tell(1_000)
    bulk_load.say("line 7: no")
    progress.end()
    shown = [part for part in terminal.getvalue().split("\r\033[K") if part]
    assert shown[0].startswith("[###############               ] 1,000 of 2,000 rows, about ")
    assert shown[1] == "line 7: no\n"
