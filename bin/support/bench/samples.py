"""What is measured: samples of two sides taken in turn, and the figure made of them."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

TOO_WIDE = 0.25  # (largest - smallest) / median of the repetitions; above this a figure says so
# The range of so many pairs holds the true median in 15 of 16 cases, whatever the distribution: 1 - 2 ** (1 - 5).
ENOUGH = 5


class Of(StrEnum):
    """What the samples of a row are compared by: an attribute of Sample."""

    RATE = "rate"
    P50_MS = "p50_ms"
    P99_MS = "p99_ms"

    def gain(self, ratio: float) -> float:
        """How many times as good: of rates the ratio itself, of times its inverse."""
        return ratio if self is Of.RATE else 1 / ratio


@dataclass(frozen=True)
class Sample:
    """One side for a few seconds. `cpu_s` is the CPU time of the process that was measured, if it is known."""

    count: int
    seconds: float
    p50_ms: float
    p99_ms: float
    cpu_s: float | None = None
    errors: int = 0

    @property
    def rate(self) -> float:
        return (self.count - self.errors) / self.seconds if self.seconds else 0.0


Side = Callable[[float], Sample]
Pid = Callable[[], int | None]


@dataclass(frozen=True)
class Comparison:
    """One row of the table: ours against its floor.

    `goal` is the ratio to reach, at least of rates and at most of times; where there is no floor, so many ms at most.
    """

    row: str
    what: str
    floor_is: str
    goal: float | None
    ours: Side
    floor: Side | None
    of: Of = Of.RATE
    warm_up: bool = True
    warm_floor: bool = False  # bare floors make themselves ready
    pid: Pid | None = None
    """Of the Python process that does the work of ours, once there is one: for its flame graph."""

    @property
    def goal_said(self) -> str:
        if self.goal is None:
            return ""
        if self.floor is None:
            return f"≤ {self.goal:.0f} ms"
        return f"{self.goal:.0%}" if self.of is Of.RATE else f"≤ {self.goal:.0%}"

    def reached_by(self, value: float) -> bool | None:
        """Of a ratio, or of ms where there is no floor. None where there is nothing to reach."""
        if self.goal is None:
            return None
        return value >= self.goal if self.of is Of.RATE else value <= self.goal


@dataclass
class Figure:
    """One line of the report. `ratio` is the median of `ratios`, those of the pairs taken one after the other."""

    row: str
    what: str
    unit: str = "requests/s"
    of: Of = Of.RATE
    ours: dict[str, Any] = field(default_factory=dict)
    floor: dict[str, Any] = field(default_factory=dict)
    floor_is: str = ""
    ratio: float | None = None
    ratios: list[float] = field(default_factory=list)
    goal: str = ""
    reached: bool | None = None
    spread: float | None = None
    notes: list[str] = field(default_factory=list)
    has_errors: bool = False
    """Requests failed: the figures say nothing."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def figure_of(between: Comparison, ours: list[Sample], floors: list[Sample]) -> Figure:
    """Medians of the repetitions; without a floor `floors` is empty, and the spread is that of ours alone."""
    values = [float(getattr(sample, between.of)) for sample in ours]
    figure = Figure(between.row, between.what, of=between.of, ours=summary(ours), goal=between.goal_said)
    if between.of is not Of.RATE:
        figure.unit = "ms"
    if between.floor is not None:
        bare = [float(getattr(sample, between.of)) for sample in floors]
        figure.ratios = [mine / its if its else 0.0 for mine, its in zip(values, bare, strict=True)]
        figure.ratio = statistics.median(figure.ratios)
        figure.floor, figure.floor_is = summary(floors), between.floor_is
    told = figure.ratios or values
    figure.reached = between.reached_by(statistics.median(told))
    figure.spread = spread(told)
    _note(figure, {"ours": ours, "the floor": floors})
    return figure


def _note(figure: Figure, sides: dict[str, list[Sample]]) -> None:
    for name, samples in sides.items():
        if errors := sum(sample.errors for sample in samples):
            figure.notes.append(f"{errors} requests of {name} failed")
            figure.reached = None
            figure.has_errors = True
    if figure.of is Of.RATE:
        if figure.spread is not None and figure.spread > TOO_WIDE:
            apart = f"the ratios of the {len(figure.ratios)} repetitions lie {figure.spread:.0%} apart"
            figure.notes.append(f"{apart}: measure again")
    elif figure.floor:
        p50_ms, p99_ms = (figure.ours[name] - figure.floor[name] for name in (Of.P50_MS, Of.P99_MS))
        figure.notes.append(f"adds {p50_ms:.2f} ms at the median, {p99_ms:.2f} ms at p99")


def summary(samples: list[Sample]) -> dict[str, Any]:
    costs = [s.cpu_s / s.count * 1e6 for s in samples if s.cpu_s is not None and s.count]
    return {
        "rate": statistics.median(sample.rate for sample in samples),
        "rates": [round(sample.rate, 2) for sample in samples],
        "p50_ms": statistics.median(sample.p50_ms for sample in samples),
        "p99_ms": statistics.median(sample.p99_ms for sample in samples),
        "cpu_us_per_request": statistics.median(costs) if costs else None,
    }


def spread(values: Sequence[float]) -> float | None:
    """How far the values lie apart, in parts of their median."""
    middle = statistics.median(values)
    return (max(values) - min(values)) / middle if middle and len(values) > 1 else None


def differs(ratios: Sequence[float]) -> bool | None:
    """Whether the two sides of a row can be told apart: all pairs say the same. None where there are too few to say."""
    return None if len(ratios) < ENOUGH else min(ratios) > 1 or max(ratios) < 1


def apart(now: Sequence[float], then: Sequence[float]) -> bool | None:
    """Whether the ratios of two runs can be told apart: their ranges have nothing in common. None as in `differs`."""
    if min(len(now), len(then)) < ENOUGH:
        return None
    return min(now) > max(then) or max(now) < min(then)


def percentile(values: list[float], percent: float) -> float:
    """The value that `percent` of the sorted values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, round(percent / 100 * len(ordered) + 0.5) - 1))]
