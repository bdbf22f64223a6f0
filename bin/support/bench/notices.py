"""Notices: how soon they arrive, and how fast a backlog is worked off."""

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import wait
from contextlib import contextmanager
from threading import Thread
from urllib.parse import quote

import httpx
import pika

from bench.context import Context, Result, loop
from bench.enrolling import NEXT_IN_LINE, full_classes
from bench.fixtures import Fixture
from bench.processes import Process, start_consumer
from bench.samples import Comparison, Figure, Sample, percentile
from enrollment.domain.events import About, Subscription, event_of
from enrollment.domain.history import NO_HISTORY, What
from enrollment.domain.record import Record, State
from kit.messaging import amqp
from kit.messaging.outgoing_message import OutgoingMessage
from kit.messaging.publisher import Publisher
from notification.settings import EmailSettings, WebhookSettings

HOSTS = 20  # receivers: a host gets a share of the places only, so that one that hangs does not keep the others waiting
MOST_MEDIAN_MS, MOST_P99_MS = 25.0, 100.0
PATIENCE_S = 120.0


class Sink:
    """A receiver in a process of its own; `arrivals` are (CLOCK_MONOTONIC in s, student id) in order."""

    def __init__(self, kind: str, port: int) -> None:
        self.port = port
        self.arrivals: list[tuple[float, int]] = []
        words = [str(port), str(HOSTS)] if kind == "http" else [str(port)]
        command = ["setpriv", "--pdeathsig", "KILL", "--", sys.executable, "-P", "-m", "bench.sinks", kind, *words]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            at_ns, student = line.split()
            self.arrivals.append((int(at_ns) / 1e9, int(student)))

    def wait_for(self, count: int) -> None:
        end = time.monotonic() + PATIENCE_S
        while len(self.arrivals) < count:
            if time.monotonic() > end:
                raise RuntimeError(f"{len(self.arrivals)} of {count} notices arrived within {PATIENCE_S:.0f} s")
            time.sleep(0.005)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


@contextmanager
def sinks(context: Context) -> Iterator[dict[str, Sink]]:
    found = {"webhook": Sink("http", context.port()), "email": Sink("smtp", context.port())}
    for sink in found.values():
        context.stack.callback(sink.stop)
    time.sleep(1)
    yield found


def notices(context: Context) -> Iterator[Result]:
    with sinks(context) as receivers:
        yield from _latencies(context, receivers)
        for channel in ("webhook", "email"):
            yield _backlog(context, channel, receivers[channel])


def callback(port: int, number: int) -> str:
    """The URL of a receiver as it is stored: percent-encoded once."""
    return quote(f"http://127.0.0.{1 + number % HOSTS}:{port}/hook", safe="")


def start_channel(context: Context, fixture: Fixture, channel: str, sink: Sink) -> Process:
    environment = {**fixture.environment, "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(sink.port), "SMTP_TLS": "none"}
    process = start_consumer(channel, environment)
    return context.watch(context.until_end(process))


def _latencies(context: Context, receivers: dict[str, Sink]) -> Iterator[Figure]:
    """One drop at a time; from sending the request to the arrival of each notice."""
    fixture = context.fixture("notices")
    count = context.effort.latencies
    classes = full_classes(fixture, 4, count + 8)
    for class_id in classes:
        line = [NEXT_IN_LINE + number for number in range(count + 16) if classes[number % 4] == class_id]
        hook = callback(receivers["webhook"].port, 0)
        fixture.subscribe(class_id, ((student, f"s{student}@example.com", hook) for student in line))
    service = context.service(fixture)
    for channel, sink in receivers.items():
        process = start_channel(context, fixture, channel, sink)
        _wait_for_consumer(fixture, channel)
        process.idle_mib = process.memory_mib()
    sent: list[float] = []
    with httpx.Client(base_url=service.url, trust_env=False, timeout=10) as client:
        for number in range(1, count + 1):
            sent.append(time.monotonic())
            path = f"/enrollmentdrop/{number}/{classes[number % 4]}/someone/someone@example.com"
            client.delete(path).raise_for_status()
            for sink in receivers.values():
                sink.wait_for(number)
    for channel, sink in receivers.items():
        name = {"webhook": "drop → webhook received", "email": "drop → mail accepted"}[channel]
        times_ms = [(at - began) * 1000 for began, (at, _) in zip(sent, sink.arrivals, strict=True)][2:]
        p50, p99 = percentile(times_ms, 50), percentile(times_ms, 99)
        yield Figure(
            f"latency-{channel}",
            f"{name}, idle system",
            unit="ms",
            ours={"p50_ms": p50, "p99_ms": p99, "worst_ms": max(times_ms), "count": len(times_ms)},
            goal=f"p50 ≤ {MOST_MEDIAN_MS:.0f} ms, p99 ≤ {MOST_P99_MS:.0f} ms",
            reached=p50 <= MOST_MEDIAN_MS and p99 <= MOST_P99_MS,
        )


def _wait_for_consumer(fixture: Fixture, channel: str) -> None:
    end = time.monotonic() + 30
    with pika.BlockingConnection(amqp.Hosts(fixture.settings.amqp_url, "bench").next()) as connection:
        queue = connection.channel()
        while not queue.queue_declare(fixture.topology.queue(channel), passive=True).method.consumer_count:
            if time.monotonic() > end:
                raise RuntimeError(f"the {channel} consumer did not start")
            time.sleep(0.1)


def _backlog(context: Context, channel: str, sink: Sink) -> Comparison:
    fixture = context.fixture(f"backlog-{channel}")
    count = context.effort.backlog
    bodies = [_body(channel, sink.port, number) for number in range(1, count + 1)]
    in_flight = places(channel)

    def ours(_: float) -> Sample:
        """The queue is filled first, then the consumer is started; the clock runs from arrival to arrival."""
        _fill(fixture, channel, bodies)
        already = len(sink.arrivals)
        process = start_channel(context, fixture, channel, sink)
        sink.wait_for(already + max(2, count // 50))
        cpu_s, seen = process.cpu_s(), len(sink.arrivals)
        sink.wait_for(already + count)
        cpu_s = process.cpu_s() - cpu_s
        times = [at for at, _ in sink.arrivals[already : already + count]]
        process.idle_mib = None
        context.say(f"{channel} consumer: {process.memory_mib():.0f} MiB after {count:,} notices")
        process.stop()
        seconds = times[-1] - times[0]
        # Over all connections together there is one arrival every so many ms.
        gap_ms = seconds / (count - 1) * 1000
        return Sample(count - 1, seconds, gap_ms, gap_ms, cpu_s * (count - 1) / (already + count - seen))

    floors = {
        "webhook": loop("webhooks", threads=in_flight, bodies=bodies[:1000]),
        "email": loop("mails", threads=1, bodies=bodies[:1000], port=sink.port),
    }
    said = {
        "webhook": f"a bare loop over httpx with {in_flight} threads, connections kept",
        "email": "the same mails over one smtplib connection",
    }
    what = {"webhook": f"{HOSTS} local receivers", "email": "a local SMTP server"}[channel]
    return Comparison(
        f"backlog-{channel}",
        f"{channel} backlog of {count:,} to {what}",
        said[channel],
        0.5,
        ours,
        floors[channel],
        repetitions=min(3, context.effort.repetitions),  # each is long
    )


def places(channel: str) -> int:
    """How many the consumer has under way at once."""
    return WebhookSettings().webhook_in_flight if channel == "webhook" else EmailSettings().email_in_flight


def _body(channel: str, port: int, number: int) -> str:
    target = (
        Subscription(email=None, proxy=callback(port, number))
        if channel == "webhook"
        else Subscription(email=f"s{number}@example.com", proxy=None)
    )
    about = About("2026-01-01T00:00:00.000+00:00", 1, NO_HISTORY)
    notice = event_of(What.PROMOTED, about, Record(number, State.ENROLLED), target, None, {})
    return notice.body.decode()


def _fill(fixture: Fixture, channel: str, bodies: list[str]) -> None:
    publisher = Publisher(amqp.Hosts(fixture.settings.amqp_url, "bench"), fixture.topology.declare)
    publisher.start()
    end = time.monotonic() + 10
    while not publisher.connected and time.monotonic() < end:
        time.sleep(0.05)
    queue = fixture.topology.queue(channel)
    futures = []
    for body in bodies:
        # Another id each time: a consumer knows what it has sent.
        fresh = json.dumps({**json.loads(body), "id": str(uuid.uuid4())}).encode()
        futures.append(publisher.publish(OutgoingMessage("", queue, fresh, str(uuid.uuid4()), "enrollment.promoted")))
    wait(futures, timeout=PATIENCE_S)
    for future in futures:
        future.result(0)
    publisher.close()
