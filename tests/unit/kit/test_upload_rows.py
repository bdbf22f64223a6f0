"""What a row of an upload is told."""

from typing import Any

import pytest
from pydantic import BaseModel

from kit.bulk_load import Outcome
from kit.errors import AppError, Conflict
from kit.web.upload_rows import read_row, tell


class Row(BaseModel):
    name: str
    seats: int


class Told(BaseModel):
    outcome: str
    detail: str | None = None
    code: str | None = None


class SeatTaken(Conflict):
    pass


def said(told: Any) -> dict[str, str]:
    return dict(told.model_dump(exclude_none=True))


def test_a_good_row_is_read() -> None:
    assert read_row(Row, {"name": "a", "seats": 3}, Told) == Row(name="a", seats=3)


def test_a_malformed_one_is_told_each_place_that_is_wrong() -> None:
    told = said(read_row(Row, {"seats": "many"}, Told))
    assert (told["outcome"], told["code"]) == ("bad", "malformed")
    assert [each.partition(":")[0] for each in told["detail"].split("; ")] == ["name", "seats"]


@pytest.mark.parametrize(
    ("outcome", "dry_run", "expected"),
    [
        ("added", False, {"outcome": "added"}),
        ("added", True, {"outcome": "good"}),
        ("kept", True, {"outcome": "kept"}),
        (SeatTaken("taken"), False, {"outcome": "bad", "detail": "taken", "code": "seat_taken"}),
    ],
)
def test_each_is_told_what_became_of_it(outcome: Outcome | AppError, dry_run: bool, expected: dict[str, str]) -> None:
    assert said(tell(outcome, Told, dry_run=dry_run)) == expected
