"""GET /list with a thousand active classes."""

from collections.abc import Iterator

import httpx

from bench.context import Context, Result
from bench.floor_app import CLASSES
from bench.load import Load
from bench.samples import Comparison


def list_classes(context: Context) -> Iterator[Result]:
    fixture = context.fixture("list")
    fixture.add_classes(CLASSES)
    service = context.service(fixture)
    httpx.get(f"{service.url}/list", trust_env=False, timeout=30)  # it reads them, longer than a short sample is
    load = Load(service, "/list", last=1, connections=32)
    yield Comparison(
        "list",
        f"GET /list with {CLASSES:,} active classes, 32 connections",
        "FastAPI, serialises the same JSON once per request",
        0.3,
        load,
        Load(context.floor_app, "/list", last=1, connections=32),
        pid=load.pid,
    )
