"""Positions in a line of 12,000 that eight clients join and leave all the time: what a rush looks like to who waits."""

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from bench.context import Context, Result
from bench.load import Load
from bench.positions import PATH, line_of
from bench.samples import Comparison, Of, Sample

CLIENTS = 8
READERS = 4
MOST_P99_MS = 100.0
_WHO = "bench/bench@example.com"


def long_line(context: Context) -> Iterator[Result]:
    fixture = context.fixture("main")
    waiting = context.effort.line
    context.say(f"loading a line of {waiting:,}")
    class_id = line_of(fixture, waiting)
    service = context.service(fixture)
    position = Load(service, PATH % class_id, last=waiting, connections=READERS)
    fixture.deps.rebuilder.rebuild(class_id)  # Redis shows the line, as it does of any class in use
    numbers = itertools.count(20_000_000, 1_000_000)

    def beside_changes(seconds: float) -> Sample:
        with _joining_and_leaving(service.url, class_id, first=next(numbers)) as rate:
            time.sleep(0.5)
            sample = position(seconds)
        context.say(f"long-line: {rate.per_s:.0f} changes/s")
        return sample

    yield Comparison(
        "long-line",
        f"position in a line of {waiting:,} while {CLIENTS} clients join and leave it",
        "",
        MOST_P99_MS,
        beside_changes,
        None,
        of=Of.P99_MS,
        pid=position.pid,
    )


@dataclass
class _Rate:
    """Changes answered, from the start of the clients to their end."""

    changes: int = 0
    per_s: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self) -> None:
        with self.lock:
            self.changes += 1


@contextmanager
def _joining_and_leaving(url: str, class_id: int, first: int) -> Iterator[_Rate]:
    stop, rate, began = threading.Event(), _Rate(), time.monotonic()

    def client(student: int) -> None:
        with httpx.Client(base_url=url, timeout=30, trust_env=False) as http:
            while not stop.is_set():
                for method, deed in (("POST", "enroll"), ("DELETE", "waitlistdrop")):
                    if http.request(method, f"/{deed}/{student}/{class_id}/{_WHO}").status_code == httpx.codes.OK:
                        rate.add()
                student += 1

    threads = [threading.Thread(target=client, args=(first + number * 100_000,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield rate
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        rate.per_s = rate.changes / (time.monotonic() - began)
