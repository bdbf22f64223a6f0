"""Notices: how fast a backlog is worked off. How soon one arrives is in latencies.py."""

import json
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import wait

from bench.arrivals import HOSTS, TIMEOUT_S, Sink, callback, sinks, start_channel
from bench.context import Context, Result, loop
from bench.fixtures import Fixture
from bench.latencies import latencies
from bench.processes import Process
from bench.samples import Comparison, Sample
from enrollment.domain.events import About, Subscription, event_of
from enrollment.domain.history import NO_HISTORY, What
from enrollment.domain.record import Record, State
from kit.messaging import amqp
from kit.messaging.outgoing_message import OutgoingMessage
from kit.messaging.publisher import Publisher
from notification.settings import EmailSettings, WebhookSettings


def notices(context: Context) -> Iterator[Result]:
    with sinks(context) as receivers:
        yield from latencies(context, receivers)
        for channel in ("webhook", "email"):
            yield _backlog(context, channel, receivers[channel])


def _backlog(context: Context, channel: str, sink: Sink) -> Comparison:
    fixture = context.fixture(f"backlog-{channel}")
    count = context.effort.backlog
    bodies = [_body(channel, sink.port, number) for number in range(1, count + 1)]
    in_flight = places(channel)
    running: list[Process] = []

    def ours(_: float) -> Sample:
        """The queue is filled first, then the consumer is started; the clock runs from arrival to arrival."""
        _fill(fixture, channel, bodies)
        already = len(sink.arrivals)
        process = start_channel(context, fixture, channel, sink)
        running.append(process)
        sink.wait_for(already + max(2, count // 50))
        cpu_s, seen = process.cpu_s(), len(sink.arrivals)
        sink.wait_for(already + count)
        cpu_s = process.cpu_s() - cpu_s
        times = [at for at, _ in sink.arrivals[already : already + count]]
        process.idle_mib = None
        context.say(f"{channel} consumer: {process.memory_mib():.0f} MiB after {count:,} notices")
        process.stop()
        running.remove(process)
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
        0.85,
        ours,
        floors[channel],
        warm_up=False,  # each is long
        pid=lambda: running[0].pid if running else None,
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
    wait(futures, timeout=TIMEOUT_S)
    for future in futures:
        future.result(0)
    publisher.close()
