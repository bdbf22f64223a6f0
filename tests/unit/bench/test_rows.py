"""Which rows are measured, and beside what."""

from dataclasses import replace
from pathlib import Path

import pytest
from bench import revision
from bench.__main__ import compared_with, rows_of
from bench.arguments import ALONE, ROWS
from bench.context import FULL, QUICK, STANDARD
from bench.processes import ROOT, Tree, procfile_command
from bench.samples import Comparison, Of, Sample


def now(_seconds: float) -> Sample:
    raise AssertionError


def then(_seconds: float) -> Sample:
    raise AssertionError


RATES = Comparison("row", "what", "a floor", 0.6, now, now)


def test_beside_another_revision_its_side_is_the_floor_and_a_tenth_may_be_lost() -> None:
    between = revision.beside(RATES, replace(RATES, ours=then), "abc1234")
    assert (between.ours, between.floor, between.floor_is) == (now, then, "the same of abc1234")
    assert between.goal == 0.9
    assert between.warm_floor


def test_of_times_a_tenth_may_be_lost_too() -> None:
    times = replace(RATES, of=Of.P99_MS, floor=None, warm_up=False)
    between = revision.beside(times, times, "abc1234")
    assert between.goal == pytest.approx(1 / 0.9)
    assert not between.warm_floor


def test_rows_that_two_revisions_do_not_have_side_by_side_are_left_out_or_refused() -> None:
    assert rows_of(None, beside=False) == list(ROWS)
    assert rows_of(None, beside=True) == [name for name in ROWS if name not in ALONE]
    assert rows_of(["drop"], beside=True) == ["drop"]
    with pytest.raises(ValueError, match="gateway: not measured beside another revision"):
        rows_of(["drop", "gateway"], beside=True)


def test_what_is_neither_a_record_nor_a_revision_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="neither a record of bin/bench nor a revision"):
        compared_with("no-such-revision")
    wrong = tmp_path / "wrong.json"
    wrong.write_text("{}")
    with pytest.raises(ValueError, match="no record of bin/bench"):
        compared_with(str(wrong))


def test_a_file_is_a_record_and_all_else_a_revision() -> None:
    old, commit = compared_with(str(ROOT / "etc/bench/1.1.json"))
    assert old is not None
    assert old["commit"] == "329be97"
    assert commit is None
    assert compared_with(None) == (None, None)


def test_two_revisions_are_told_apart_by_more_pairs_but_in_a_quick_run() -> None:
    assert [effort.beside().repetitions for effort in (STANDARD, FULL, QUICK)] == [7, 7, 1]


@pytest.mark.parametrize("keeper", ["supervise --listen 127.0.0.1:$PORT", "keep-running --last"])
def test_a_service_is_started_without_what_restarts_it_as_this_revision_and_as_1_1_call_it(
    tmp_path: Path, keeper: str
) -> None:
    (tmp_path / "Procfile").write_text(f"users: PLACE=here exec bin/support/{keeper} python -m kit.serve users.app\n")
    command = procfile_command("users", Tree("other", tmp_path, tmp_path))
    assert command == "PLACE=here exec python -m kit.serve users.app"
