"""GET /list with a thousand active classes."""

from collections.abc import Iterator

from bench.context import Context, Result
from bench.floor_app import CLASSES
from bench.load import Load
from bench.samples import Comparison


def list_classes(context: Context) -> Iterator[Result]:
    fixture = context.fixture("list")
    fixture.add_classes(CLASSES)
    load = Load(context.service(fixture), "/list", last=1, connections=32)
    yield Comparison(
        "list",
        f"GET /list with {CLASSES:,} active classes, 32 connections",
        "FastAPI, serialises the same JSON once per request",
        0.3,
        load,
        Load(context.floor_app, "/list", last=1, connections=32),
        pid=load.pid,
    )
