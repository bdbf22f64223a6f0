"""The table and the lines of a run."""

from bench import report
from bench.samples import Comparison, Figure, Of, Sample, figure_of


def never(_seconds: float) -> Sample:
    raise AssertionError("a figure is made of samples that were taken")


def figure(ours: list[float], floors: list[float], of: Of = Of.RATE) -> Figure:
    between = Comparison("row", "what it is", "a floor", 0.5, never, never, of=of)
    return figure_of(between, *([Sample(round(n), 1, n, n) for n in side] for side in (ours, floors)))


def test_a_row_says_when_its_sides_can_not_be_told_apart() -> None:
    near, far = figure([100, 101, 99, 100, 100], [100] * 5), figure([60, 61, 59, 60, 60], [100] * 5)
    table = report.table([near, far]).splitlines()
    assert table[2].endswith("±1%     not distinguishable")
    assert table[3].endswith("60%    50%    ±2%")


def test_two_pairs_say_so() -> None:
    assert report.verdict(figure([60, 60], [100, 100])) == "2 pairs: too few"


def test_what_has_no_pairs_has_no_verdict() -> None:
    assert report.verdict(Figure("start", "bin/start", ours={"seconds": 6.0})) == ""


def test_times_are_shown_as_times_on_both_sides() -> None:
    row = report.table([figure([13] * 5, [10] * 5, Of.P50_MS)]).splitlines()[2]
    assert "13.0 ms" in row
    assert "10.0 ms" in row
    assert "/s" not in row


def test_a_line_while_it_is_measured_has_what_the_table_will_say() -> None:
    said = report.said(figure([60, 61, 59, 60, 60], [100] * 5))
    assert said == "row: 60.0/s, floor 100/s, 60%, ±2%, to reach: 50%"
