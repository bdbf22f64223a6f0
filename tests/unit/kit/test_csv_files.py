"""CSV files in folders and archives come back as they were written, and the same rows make the same bytes."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.csv_files import CsvFolder, FolderTarget, Unusable, zip_target

HEADER = ("name", "title")
# Whatever an Unicode text can hold; an empty cell counts as absent.
CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
ROWS = st.lists(st.tuples(CELL, CELL), max_size=4)


def packed(rows: list[tuple[str, str]], path: Path) -> bytes:
    with zip_target(path) as target:
        target.write("rows.csv", HEADER, rows)
    return path.read_bytes()


@given(rows=ROWS)
def test_whatever_is_in_a_cell_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.getbasetemp() / "csv"
    folder.mkdir(exist_ok=True)
    FolderTarget(folder).write("rows.csv", HEADER, rows)
    expected = [{k: v for k, v in zip(HEADER, row, strict=True) if v.strip()} for row in rows]
    for package in (folder, folder / "rows.zip"):
        if package.suffix:
            packed(rows, package)
        found = [cells for _, cells in CsvFolder(package).lines("rows.csv", HEADER)]
        assert found == expected


def test_the_same_rows_make_the_same_archive(tmp_path: Path) -> None:
    rows = [("a,b", 'Zoë "Z"'), ("", "C#")]
    assert packed(rows, tmp_path / "1.zip") == packed(rows, tmp_path / "2.zip")


def test_a_row_is_named_by_the_line_it_begins_in(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text('\ufeffname,title\r\n"a\nb",x\r\n\r\nc\r\n', encoding="utf-8")
    assert list(CsvFolder(tmp_path).lines("rows.csv", HEADER)) == [
        (2, {"name": "a\nb", "title": "x"}),
        (5, "1 cells, and the first line names 2 columns"),
    ]


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes(b"name,title\nZo\xeb,\n")
    (tmp_path / "seen.csv").write_text("name,title\n")
    (tmp_path / "no.zip").write_bytes(b"no archive")
    encrypted = io.BytesIO()
    with zipfile.ZipFile(encrypted, "w") as archive:
        archive.writestr("rows.csv", "name,title\n")
    (tmp_path / "locked.zip").write_bytes(
        encrypted.getvalue().replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")
    )
    for package, file, required, reason in (
        (tmp_path, "rows.csv", HEADER, "not in UTF-8"),
        (tmp_path, "other.csv", HEADER, "has no other.csv"),
        (tmp_path, "seen.csv", ("seats",), "missing: seats"),
        (tmp_path / "no.zip", "rows.csv", HEADER, "neither a folder nor a ZIP"),
        (tmp_path / "none.zip", "rows.csv", HEADER, "No such file"),
        (tmp_path / "locked.zip", "rows.csv", HEADER, "encrypted"),
    ):
        with pytest.raises(Unusable, match=reason):
            list(CsvFolder(package).lines(file, required))
