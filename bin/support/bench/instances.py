"""One class on several instances: round robin, as behind KrakenD, and by a hash of the class, as behind HAProxy. And
several classes on one, two and three, each class on one of them."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.context import Context, Result
from bench.enrolling import ENROLL, THREADS
from bench.fixtures import Fixture
from bench.load import Load, read
from bench.processes import Process, free_port, start, start_service
from bench.samples import Comparison, Sample
from krakend.haproxy import process as haproxy

COUNT = 3
CLASSES = 6
AT_ONCE = (THREADS, 96)
APART = 1_000_000_000  # students of one load and the next
HASHING = """
defaults
    mode http
    timeout connect 2s
    timeout client 20s
    timeout server 20s
    retries 0
frontend all
    bind 127.0.0.1:{port}
    http-request set-header x-class-id %[path,field(4,/)]
    default_backend instances
backend instances
    balance hdr(x-class-id)
    hash-type consistent djb2 avalanche
{servers}
"""


@dataclass
class Together:
    """Loads at the same time, each on its own server."""

    loads: list[Load]

    def __call__(self, seconds: float) -> Sample:
        running = [load.start(seconds) for load in self.loads]
        samples = []
        for load, wrk in zip(self.loads, running, strict=True):
            with wrk:
                sample = read(wrk.communicate(timeout=seconds + 30)[0])
            load.first += sample.count + 4 * load.connections
            samples.append(sample)
        count = sum(sample.count for sample in samples)
        return Sample(
            count,
            max(sample.seconds for sample in samples),
            sum(sample.p50_ms * sample.count for sample in samples) / max(count, 1),
            max(sample.p99_ms for sample in samples),
            errors=sum(sample.errors for sample in samples),
        )


@dataclass
class Loads:
    """Students of one load are no other's."""

    first: Iterator[int] = field(default_factory=lambda: iter(range(1, 100 * APART, APART)))

    def of(self, server: Process, class_ids: list[int], connections: int) -> Load:
        return Load(server, ENROLL, "POST", first=next(self.first), classes=class_ids, connections=connections)

    def shared(self, servers: list[Process], class_ids: list[list[int]], connections: int) -> Together:
        """A list of classes for each server."""
        shares = [(connections + number) // len(servers) for number in range(len(servers))]
        return Together([self.of(*each) for each in zip(servers, class_ids, shares, strict=True)])


def instances(context: Context) -> Iterator[Result]:
    fixture = context.fixture("main")
    services = [context.service(fixture)]
    services += [
        context.until_end(start_service("enrollment", fixture.environment, fixture.tree)) for _ in range(COUNT - 1)
    ]
    loads = Loads()
    for at_once in AT_ONCE:
        yield _one_class(fixture, services, loads, at_once)
    yield Comparison(
        "instances-hash",
        f"the same on {COUNT} instances behind HAProxy, by a hash of the class",
        "the same on one behind HAProxy",
        0.95,
        loads.of(context.until_end(_hashing(fixture, services)), fixture.add_classes(1), THREADS),
        loads.of(context.until_end(_hashing(fixture, services[:1])), fixture.add_classes(1), THREADS),
    )
    for count in range(2, COUNT + 1):
        yield _several_classes(fixture, services[:count], loads)


def _one_class(fixture: Fixture, services: list[Process], loads: Loads, at_once: int) -> Comparison:
    return Comparison(
        "instances" if at_once == THREADS else f"instances-{at_once}",
        f"enroll, all into one class, {at_once} concurrent, on {COUNT} instances in turn",
        "the same on one",
        0.8,
        loads.shared(services, [fixture.add_classes(1)] * COUNT, at_once),
        loads.of(services[0], fixture.add_classes(1), at_once),
    )


def _several_classes(fixture: Fixture, services: list[Process], loads: Loads) -> Comparison:
    """On few cores, which the stores want, too, instances can hardly be more than not in each other's way."""
    count = len(services)
    return Comparison(
        f"instances-classes-{count}",
        f"enroll into {CLASSES} classes, {THREADS} concurrent, on {count} instances with {CLASSES // count} each",
        "the same on one",
        1.0,
        loads.shared(services, [fixture.add_classes(CLASSES // count) for _ in services], THREADS),
        loads.of(services[0], fixture.add_classes(CLASSES), THREADS),
    )


def _hashing(fixture: Fixture, services: list[Process]) -> Process:
    port = free_port()
    servers = "\n".join(f"    server {number} 127.0.0.1:{each.port}" for number, each in enumerate(services))
    with tempfile.NamedTemporaryFile("w", dir=os.environ["VAR_DIR"], suffix=".cfg", delete=False) as file:
        file.write(HASHING.format(port=port, servers=servers))
    process = start("haproxy", [haproxy.program(), "-db", "-f", file.name], fixture.environment, port)
    process.wait_until_ready("/health/live")
    Path(file.name).unlink()
    return process
