"""Positions in line: the refresh storm, and the full reply."""

import time
from collections.abc import Iterator

import httpx

from bench.context import Context, Result
from bench.fixtures import Fixture, in_line, seated
from bench.load import Load
from bench.samples import Comparison

WAITING = 1_000
PATH = "/waitlist/{n}/%d/student{n}/s{n}@example.com"


def positions(context: Context) -> Iterator[Result]:
    fixture = context.fixture("main")
    class_id = line_of(fixture, WAITING)
    path = PATH % class_id
    ours, floor = context.service(fixture), context.floor_app
    first, date = validators(ours.url + path.replace("{n}", "1"))
    each = {"If-None-Match": first.replace('-1"', '-{n}"')}  # of 1.1, whose tags name nobody, the same for all
    bare, fastapi = "a bare ASGI app", "FastAPI, same path parameters, touches nothing"
    for row, what, headers, status, floor_is, goal in (
        ("304-tag", "position, If-None-Match hit → 304", each, "304", fastapi, 2.5),
        ("304-asgi", "position, If-None-Match hit → 304", each, "asgi", bare, 0.6),
        ("304-date", "position, If-Modified-Since hit → 304", {"If-Modified-Since": date}, "304", fastapi, 2.5),
        ("200", "position → 200", {}, "200", fastapi, 0.8),
    ):
        load = Load(ours, path, last=WAITING, headers=headers).answered(200 if status == "200" else 304)
        floor_path = f"/{status}/{{n}}/{class_id}/student{{n}}/s{{n}}@example.com"
        yield Comparison(
            row,
            f"{what}, 32 connections",
            f"{floor_is}, answers the same",
            goal,
            load,
            Load(floor, floor_path, last=WAITING, headers=headers),
            pid=load.pid,
        )


def validators(url: str, headers: dict[str, str] | None = None) -> tuple[str, str]:
    """The tag and the date of a resource, as soon as both give 304."""
    end = time.monotonic() + 10
    with httpx.Client(trust_env=False, timeout=10, headers=headers) as client:
        while True:
            reply = client.get(url).raise_for_status()
            etag, date = reply.headers["etag"], reply.headers["last-modified"]
            given = ({"If-None-Match": etag}, {"If-Modified-Since": date})
            if all(client.get(url, headers=header).status_code == 304 for header in given):
                return etag, date
            if time.monotonic() > end:
                raise RuntimeError(f"{url} does not answer 304")
            time.sleep(0.2)


def line_of(fixture: Fixture, count: int) -> int:
    """A class with one seat taken and so many in line."""
    [class_id] = fixture.add_classes(1, seated=1, waiting=count, capacity=1)
    fixture.load_records(seated(class_id, [count + 1]), 1)
    fixture.load_records(in_line(class_id, range(1, count + 1)), count)
    return class_id
