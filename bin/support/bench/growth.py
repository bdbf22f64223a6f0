"""Flat as the data grows: the same requests on empty tables and on tables with many enrollments, in turn."""

import time
from collections.abc import Iterator

from bench.context import Context, Result
from bench.enrolling import ENROLL
from bench.fixtures import Fixture
from bench.load import Load
from bench.positions import PATH, line_of
from bench.samples import Comparison, Figure
from enrollment.domain.record import Record, State

CLASS_SIZE = 100
SHORT_LINE, PART_OF_LONG = 20, 10
"""In the grown tables one class has a long line: a tenth of the most enrollments, 10,000 at most."""
OWN = "/waitlists/{n}/someone/s{n}@example.com"


def growth(context: Context) -> Iterator[Result]:
    small, grown = context.fixture("empty"), context.fixture("grown")
    loads = {
        small.name: _loads(context, small, SHORT_LINE),
        grown.name: _loads(context, grown, min(10_000, context.effort.sizes[-1] // PART_OF_LONG)),
    }
    have = 0
    for size in context.effort.sizes:
        began = time.monotonic()
        context.say(f"loading {size - have:,} enrollments")
        _grow(context, grown, have, size)
        have = size
        took = time.monotonic() - began
        yield Figure(f"load-{size}", f"loading up to {size:,} enrollments", unit="s", ours={"seconds": round(took, 1)})
        for name, mine in loads["grown"].items():
            yield Comparison(
                f"{name}-{size}",
                f"{name} with {size:,} enrollments in the tables",
                "the same with none",
                0.9,
                mine,
                loads["empty"][name],
                pid=mine.pid,
            )


def _grow(context: Context, fixture: Fixture, have: int, size: int) -> None:
    first, last = have // CLASS_SIZE, size // CLASS_SIZE
    classes = fixture.add_classes(last - first, seated=CLASS_SIZE)
    records = (
        (class_id, Record(student, State.ENROLLED, 10**10 + student))
        for class_id in classes
        for student in range(1, CLASS_SIZE + 1)
    )
    fixture.load_records(records, size - have, context.say)


def _loads(context: Context, fixture: Fixture, waiting: int) -> dict[str, Load]:
    service = context.service(fixture)
    waited_for = line_of(fixture, waiting)
    # Shows the line in Redis, so that none of the repetitions has to.
    fixture.deps.rebuilder.rebuild(waited_for)
    return {
        "enroll": Load(service, ENROLL, "POST", classes=fixture.add_classes(50), connections=8),
        "position": Load(service, PATH % waited_for, last=waiting, connections=8),
        "waitlists": Load(service, OWN, last=waiting, connections=8),
    }
