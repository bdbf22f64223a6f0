"""One class on several instances: round robin, as behind KrakenD, and by a hash of the class, as behind HAProxy."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.context import Context, Result
from bench.enrolling import ENROLL, THREADS
from bench.fixtures import Fixture
from bench.load import Load, read
from bench.processes import Process, free_port, start, start_service
from bench.samples import Comparison, Sample
from krakend.haproxy import process as haproxy

COUNT = 3
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


def instances(context: Context) -> Iterator[Result]:
    fixture = context.fixture("main")
    one = context.service(fixture)
    others = [
        context.until_end(start_service("enrollment", fixture.environment, fixture.tree)) for _ in range(COUNT - 1)
    ]
    first = iter(range(1, 100 * APART, APART))

    def load(server: Process, class_id: int, connections: int) -> Load:
        return Load(server, ENROLL, "POST", first=next(first), classes=[class_id], connections=connections)

    for at_once in AT_ONCE:
        shares = [(at_once + number) // COUNT for number in range(COUNT)]
        [shared], [alone] = fixture.add_classes(1), fixture.add_classes(1)
        yield Comparison(
            "instances" if at_once == THREADS else f"instances-{at_once}",
            f"enroll, all into one class, {at_once} concurrent, on {COUNT} instances in turn",
            "the same on one",
            0.8,
            Together([load(each, shared, share) for each, share in zip((one, *others), shares, strict=True)]),
            load(one, alone, at_once),
        )
    hashing = context.until_end(_hashing(fixture, [one, *others]))
    yield Comparison(
        "instances-hash",
        f"the same on {COUNT} instances behind HAProxy, by a hash of the class",
        "the same on one behind HAProxy",
        0.95,
        load(hashing, fixture.add_classes(1)[0], THREADS),
        load(context.until_end(_hashing(fixture, [one])), fixture.add_classes(1)[0], THREADS),
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
