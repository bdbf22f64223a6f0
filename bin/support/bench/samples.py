"""What is measured: samples of two sides taken in turn, and the figure made of them."""

import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

TOO_WIDE = 0.25  # (largest - smallest) / median of the repetitions; above this a figure says so


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


@dataclass(frozen=True)
class Comparison:
    """One row of the table: ours against its floor. `goal` is the ratio of the rates to reach."""

    row: str
    what: str
    floor_is: str
    goal: float
    ours: Side
    floor: Side
    seconds: float | None = None  # of one sample, when the row wants another length than the others
    repetitions: int | None = None  # the same


@dataclass
class Figure:
    """One line of the report. `reached` is None where there is nothing to reach."""

    row: str
    what: str
    unit: str = "requests/s"
    ours: dict[str, Any] = field(default_factory=dict)
    floor: dict[str, Any] = field(default_factory=dict)
    floor_is: str = ""
    ratio: float | None = None
    goal: str = ""
    reached: bool | None = None
    spread: float | None = None
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def figure_of(comparison: Comparison, ours: list[Sample], floors: list[Sample]) -> Figure:
    """Medians of the repetitions; the ratio is the median of the ratios of the pairs taken one after the other."""
    ratios = [mine.rate / its.rate if its.rate else 0.0 for mine, its in zip(ours, floors, strict=True)]
    ratio = statistics.median(ratios)
    figure = Figure(
        comparison.row,
        comparison.what,
        ours=summary(ours),
        floor=summary(floors),
        floor_is=comparison.floor_is,
        ratio=ratio,
        goal=f"{comparison.goal:.0%}",
        reached=ratio >= comparison.goal,
        spread=spread(ratios),
    )
    for name, samples in (("ours", ours), ("the floor", floors)):
        if errors := sum(sample.errors for sample in samples):
            figure.notes.append(f"{errors} requests of {name} failed")
            figure.reached = None
    if figure.spread is not None and figure.spread > TOO_WIDE:
        figure.notes.append(f"the ratios of the {len(ratios)} repetitions lie {figure.spread:.0%} apart: measure again")
    return figure


def summary(samples: list[Sample]) -> dict[str, Any]:
    costs = [s.cpu_s / s.count * 1e6 for s in samples if s.cpu_s is not None and s.count]
    return {
        "rate": statistics.median(sample.rate for sample in samples),
        "rates": [round(sample.rate, 2) for sample in samples],
        "p50_ms": statistics.median(sample.p50_ms for sample in samples),
        "p99_ms": statistics.median(sample.p99_ms for sample in samples),
        "cpu_us_per_request": statistics.median(costs) if costs else None,
    }


def spread(values: list[float]) -> float | None:
    """How far the values lie apart, in parts of their median."""
    middle = statistics.median(values)
    return (max(values) - min(values)) / middle if middle and len(values) > 1 else None


def percentile(values: list[float], percent: float) -> float:
    """The value that `percent` of the sorted values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, round(percent / 100 * len(ordered) + 0.5) - 1))]
