"""What a run says of the last release, from the ratios alone."""

from pathlib import Path

import pytest
from bench import release
from bench.samples import ENOUGH, Figure, Of

THEN: release.Rows = {
    "drop": {"release": "1.1", "what": "a drop", "of": "rate", "ratios": [0.7, 0.71, 0.72, 0.73, 0.74]},
    "login-beside": {"release": "1.1", "what": "another route", "of": "p99_ms", "ratios": [2.0, 2.1, 2.2, 2.3, 2.4]},
    "backlog": {"release": "1.1", "what": "a backlog", "of": "rate", "ratios": [0.6, 0.61, 0.62]},
}


def figure(row: str, what: str, *ratios: float, of: Of = Of.RATE) -> Figure:
    return Figure(row, what, of=of, ratios=list(ratios))


def lines(*figures: Figure) -> list[str]:
    return release.since(THEN, figures).splitlines()[1:]


@pytest.mark.parametrize(
    ("ratios", "line"),
    [
        ((0.58, 0.59, 0.6, 0.61, 0.62), "▼ drop                    72% in 1.1 →    60%  -17%"),
        ((0.65, 0.66, 0.67, 0.68, 0.69), "  drop                    72% in 1.1 →    67%  -7%"),
        ((0.5, 0.55, 0.6, 0.7, 0.75), "▼ drop                    72% in 1.1 →    60%  -17%, not distinguishable"),
        ((0.8, 0.81, 0.82, 0.83, 0.84), "  drop                    72% in 1.1 →    82%  +14%"),
        ((0.6, 0.6), "▼ drop                    72% in 1.1 →    60%  -17%, too few pairs to tell"),
    ],
)
def test_a_loss_of_more_than_a_tenth_is_marked(ratios: tuple[float, ...], line: str) -> None:
    assert lines(figure("drop", "a drop", *ratios)) == [line]


def test_of_times_more_is_a_loss() -> None:
    [line] = lines(figure("login-beside", "another route", 3, 3, 3, 3, 3, of=Of.P99_MS))
    assert line == "▼ login-beside           220% in 1.1 →   300%  -27%"


def test_three_pairs_of_then_are_too_few_as_well() -> None:
    assert lines(figure("backlog", "a backlog", *[0.62] * ENOUGH))[0].endswith("+2%, too few pairs to tell")


@pytest.mark.parametrize(
    "other",
    [
        figure("drop", "a quick drop", 0.5, 0.5),
        figure("drop", "a drop", 0.5, 0.5, of=Of.P50_MS),
        figure("new", "a drop", 0.5),
        Figure("drop", "a drop", notes=["failed"]),
    ],
)
def test_what_measures_something_else_is_not_compared(other: Figure) -> None:
    assert release.since(THEN, [other]) == ""


def test_a_release_replaces_the_rows_that_it_measured_often_enough(tmp_path: Path) -> None:
    drop = figure("drop", "a drop", *[2 / 3] * ENOUGH)
    rows = release.updated(THEN, [drop, figure("backlog", "a backlog", 0.5)], "2.0")
    assert rows["drop"] == {"release": "2.0", "what": "a drop", "of": "rate", "ratios": [0.667] * ENOUGH}
    assert {name: rows[name] for name in ("login-beside", "backlog")} == {
        name: THEN[name] for name in ("login-beside", "backlog")
    }
    release.write(rows, tmp_path / "release.json")
    assert release.load(tmp_path / "release.json") == rows


def test_the_record_in_the_repository_can_be_compared_with() -> None:
    for name, row in release.load().items():
        assert len(row["ratios"]) >= ENOUGH or name.startswith("backlog")
        assert Of(row["of"])
