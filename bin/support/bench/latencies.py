"""How soon a notice arrives: one drop at a time, from sending the request to the arrival at the sink."""

import time
from collections.abc import Iterator
from functools import partial

import httpx

from bench.arrivals import Sink, callback, start_channel, wait_for_consumer
from bench.context import Context, loop
from bench.enrolling import FLOOR_STUDENTS, NEXT_IN_LINE, full_classes
from bench.processes import Process
from bench.samples import Comparison, Of, Sample, Side, percentile

CLASSES = 4
MOST_TIMES_ITS_STEPS = 1.3


def latencies(context: Context, receivers: dict[str, Sink]) -> Iterator[Comparison]:
    """Each drop sends a webhook and a mail; a floor does its steps for one of them, one after the other."""
    drops = _Drops(context, receivers)
    consumers = {channel: start_channel(context, drops.fixture, channel, sink) for channel, sink in receivers.items()}
    for channel, process in consumers.items():
        wait_for_consumer(drops.fixture, channel)
        process.idle_mib = process.memory_mib()
    for channel, arrival, last in (
        ("webhook", "drop → webhook received", "POST"),
        ("email", "drop → mail accepted", "mail sent"),
    ):
        yield Comparison(
            f"latency-{channel}",
            f"{arrival}, idle system",
            f"its steps in one thread: transaction, confirmed publish, delivery, {last}",
            MOST_TIMES_ITS_STEPS,
            drops.told_by(channel),
            _steps(context, channel, receivers[channel]),
            of=Of.P50_MS,
            pid=partial(_pid, consumers[channel]),
        )


def _pid(process: Process) -> int:
    return process.pid


class _Drops:
    def __init__(self, context: Context, receivers: dict[str, Sink]) -> None:
        self.fixture = context.fixture("notices")
        self._receivers = receivers
        self._count = context.effort.latencies
        # For both channels, with one to warm up and one to be drawn; numbers start at 1.
        total = len(receivers) * (context.effort.repetitions + 2) * self._count + 1
        self._classes = full_classes(self.fixture, CLASSES, total)
        for class_id in self._classes:
            line = [NEXT_IN_LINE + number for number in range(total + 2 * CLASSES) if self._of(number) == class_id]
            hook = callback(receivers["webhook"].port, 0)
            self.fixture.subscribe(class_id, ((student, f"s{student}@example.com", hook) for student in line))
        self._base_url = context.service(self.fixture).url
        self._next = 1

    def _of(self, number: int) -> int:
        return self._classes[number % CLASSES]

    def told_by(self, channel: str) -> Side:
        def side(_seconds: float) -> Sample:
            before = {name: len(sink.arrivals) for name, sink in self._receivers.items()}
            sent = list(self._sent(before))
            arrived = self._receivers[channel].arrivals[before[channel] :]
            times_ms = [(at - began) * 1000 for began, (at, _) in zip(sent, arrived, strict=True)]
            took_s = arrived[-1][0] - sent[0]
            return Sample(len(sent), took_s, percentile(times_ms, 50), percentile(times_ms, 99))

        return side

    def _sent(self, before: dict[str, int]) -> Iterator[float]:
        """When each request was sent; the next one when the notices of this one have arrived."""
        first, self._next = self._next, self._next + self._count
        with httpx.Client(base_url=self._base_url, trust_env=False, timeout=10) as client:
            for number in range(first, self._next):
                began = time.monotonic()
                path = f"/enrollmentdrop/{number}/{self._of(number)}/someone/someone@example.com"
                client.delete(path).raise_for_status()
                for name, sink in self._receivers.items():
                    sink.wait_for(before[name] + number - first + 1)
                yield began


def _steps(context: Context, channel: str, sink: Sink) -> Side:
    fixture = context.fixture(f"steps-{channel}")
    return loop(
        "steps",
        fixture,
        threads=1,
        classes=fixture.add_classes(CLASSES),
        first=FLOOR_STUDENTS,
        exchange=fixture.topology.events,
        queue=fixture.topology.queue(channel),
        port=sink.port,
        callback=callback(sink.port, 0) if channel == "webhook" else "",
    )
