"""The figure made of samples: medians, the ratios of the pairs, and whether they tell the sides apart."""

from dataclasses import replace

import pytest
from bench.samples import Comparison, Of, Sample, apart, differs, figure_of


def sample(rate: float = 100, ms: float = 10, errors: int = 0) -> Sample:
    return Sample(round(rate), 1, ms, 2 * ms, cpu_s=0.5, errors=errors)


def never(_seconds: float) -> Sample:
    raise AssertionError("a figure is made of samples that were taken")


RATES = Comparison("row", "what", "a floor", 0.6, never, never)
TIMES = replace(RATES, goal=1.3, of=Of.P50_MS)


def test_the_ratio_is_the_median_of_the_pairs_and_not_of_the_sides() -> None:
    figure = figure_of(RATES, [sample(90), sample(50), sample(70)], [sample(100), sample(100), sample(50)])
    assert figure.ratios == [0.9, 0.5, 1.4]
    assert figure.ratio == 0.9
    assert (figure.ours["rate"], figure.floor["rate"]) == (70, 100)
    assert figure.spread == pytest.approx(1.0)


@pytest.mark.parametrize(("rate", "reached"), [(60, True), (59, False)])
def test_of_rates_the_goal_is_the_least(rate: float, reached: bool) -> None:
    figure = figure_of(RATES, [sample(rate)], [sample(100)])
    assert (figure.goal, figure.reached) == ("60%", reached)


@pytest.mark.parametrize(("ms", "reached"), [(13, True), (13.1, False)])
def test_of_times_the_goal_is_the_most(ms: float, reached: bool) -> None:
    figure = figure_of(TIMES, [sample(ms=ms)], [sample(ms=10)])
    assert (figure.goal, figure.reached, figure.unit) == ("≤ 130%", reached, "ms")
    assert figure.notes == [f"adds {ms - 10:.2f} ms at the median, {2 * (ms - 10):.2f} ms at p99"]


def test_without_a_floor_the_goal_and_the_spread_are_of_ours() -> None:
    alone = replace(TIMES, floor=None, goal=100, of=Of.P99_MS)
    figure = figure_of(alone, [sample(ms=40), sample(ms=50), sample(ms=55)], [])
    assert (figure.ratio, figure.ratios, figure.floor) == (None, [], {})
    assert (figure.goal, figure.reached) == ("≤ 100 ms", True)
    assert figure.spread == pytest.approx(0.3)


def test_without_a_goal_nothing_is_reached_or_missed() -> None:
    figure = figure_of(replace(RATES, goal=None), [sample()], [sample()])
    assert (figure.goal, figure.reached) == ("", None)


def test_failed_requests_are_counted_off_and_reach_nothing() -> None:
    figure = figure_of(RATES, [sample(100, errors=20)], [sample(100)])
    assert figure.ratio == 0.8
    assert figure.reached is None
    assert figure.notes == ["20 requests of ours failed"]


def test_rates_far_apart_ask_for_another_measurement() -> None:
    floors = [sample(100)] * 3
    assert "measure again" in figure_of(RATES, [sample(80), sample(100), sample(110)], floors).notes[0]
    assert figure_of(RATES, [sample(90), sample(100), sample(110)], floors).notes == []


@pytest.mark.parametrize(
    ("ratios", "said"),
    [
        ([1.01, 1.2, 1.1, 1.3, 1.05], True),
        ([0.9, 0.8, 0.99, 0.7, 0.95], True),
        ([1.01, 1.2, 1.1, 1.3, 0.99], False),
        ([1.01, 1.2, 1.1, 1.3], None),
    ],
)
def test_two_sides_differ_if_each_of_five_pairs_says_the_same(ratios: list[float], said: bool | None) -> None:
    assert differs(ratios) is said


@pytest.mark.parametrize(
    ("now", "then", "said"),
    [
        ([0.5] * 4 + [0.6], [0.7] * 5, True),
        ([0.5] * 4 + [0.7], [0.7] * 5, False),
        ([0.9] * 5, [0.7] * 5, True),
        ([0.9] * 4, [0.7] * 5, None),
        ([0.9] * 5, [0.7] * 3, None),
    ],
)
def test_two_runs_differ_if_their_ranges_do_not_meet(now: list[float], then: list[float], said: bool | None) -> None:
    assert apart(now, then) is said


def test_less_time_is_a_gain() -> None:
    assert Of.RATE.gain(1.25) == 1.25
    assert Of.P99_MS.gain(1.25) == 0.8
