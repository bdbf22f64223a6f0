"""The rows, measured one after the other: each side in turn, on this revision alone or beside another one."""

from collections.abc import Iterator
from pathlib import Path

from bench import arguments, flame
from bench.context import FULL, QUICK, STANDARD, Context, Row
from bench.enrolling import drop, enroll_many, enroll_one, keys
from bench.gateway import gateway
from bench.growth import growth
from bench.instances import instances
from bench.listing import list_classes
from bench.logins import logins
from bench.long_line import long_line
from bench.notices import notices
from bench.offers import offers
from bench.positions import positions
from bench.report import said
from bench.revision import beside
from bench.rosters import rosters
from bench.samples import Comparison, Figure, Pid, Sample, Side, figure_of
from bench.waiting import waiting

MEASURED: tuple[Row, ...] = (
    positions,
    enroll_many,
    enroll_one,
    drop,
    keys,
    rosters,
    notices,
    long_line,
    waiting,
    offers,
    list_classes,
    gateway,
    logins,
    growth,
    instances,
)
ROWS = dict(zip(arguments.ROWS + arguments.ON_REQUEST, MEASURED, strict=True))
EFFORTS = {"quick": QUICK, "standard": STANDARD, "full": FULL}


def measured(name: str, now: Context, then: Context | None, pictures: Path | None) -> Iterator[Figure]:
    """The lines of a row: of this revision against the floors, or against `then`, another revision.

    A row that cannot be measured says so and does not stop the others.
    """
    now.say(f"{name}: getting ready")
    try:
        for result in ROWS[name](now) if then is None else _beside(ROWS[name], now, then):
            yield _compared(result, now, pictures) if isinstance(result, Comparison) else result
    except Exception as error:  # the report shows it
        now.say(f"{name}: {type(error).__name__}: {error}")
        yield Figure(name, name, notes=[f"failed: {type(error).__name__}: {error}"[:300]])


def _beside(row: Row, now: Context, then: Context) -> Iterator[Comparison]:
    for ours, theirs in zip(row(now), row(then), strict=True):
        if isinstance(ours, Comparison) and isinstance(theirs, Comparison):
            yield beside(ours, theirs, then.tree.name)


def _compared(between: Comparison, context: Context, pictures: Path | None) -> Figure:
    """Ours and the floor in turn, after a short unmeasured round; bare floors make themselves ready."""
    seconds = context.effort.seconds
    ours: list[Sample] = []
    floors: list[Sample] = []
    sides = [(between.ours, ours)]
    if between.floor is not None:
        sides.append((between.floor, floors))
    if context.effort.warm_up and between.warm_up:
        for side, _ in sides if between.warm_floor else sides[:1]:
            side(1)
    for number in range(context.effort.repetitions):
        # The order changes so that neither always has the warmer machine.
        for side, samples in sides[:: 1 if number % 2 else -1]:
            samples.append(side(seconds))
    figure = figure_of(between, ours, floors)
    context.say(said(figure))
    if pictures is not None and between.pid is not None:
        figure.notes.append(_picture(between.ours, between.pid, seconds, pictures / f"{between.row}.svg"))
    return figure


def _picture(side: Side, pid: Pid, seconds: float, target: Path) -> str:
    """Of one more run, which is not measured: being looked at slows it down."""
    try:
        with flame.drawn(pid, target):
            side(seconds)
    except flame.NotDrawn as error:
        return f"no flame graph: {error}"
    return f"flame graph: {target}"
