"""The relay: publishes what is still in the outbox, `python -m enrollment.workers.outbox_relay`.

A request publishes its own events. What it could not get confirmed, because the broker was down or the process died,
is found here, and published when it is old enough to be in flight nowhere: by its date, or because it has been seen
here for so long. The date alone would not do, since the writer's clock may be an hour ahead. Several relays may run:
what two of them publish twice has one event id, and the consumers notice.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import wait
from datetime import UTC, datetime, timedelta

from enrollment import metrics
from enrollment.adapters.outbox import Outbox, OutboxRecord
from enrollment.adapters.tables import OUTBOX_SHARDS
from enrollment.bootstrap import bootstrap
from enrollment.service.outbox_publisher import message_of
from enrollment.settings import EnrollmentSettings
from etc.contracts.topology import Topology
from kit import faults
from kit.concurrency.shutdown import Shutdown
from kit.errors import Unavailable
from kit.messaging.publisher import Publisher
from kit.observability import logs
from kit.settings import load
from kit.stores import dynamo
from kit.web.health_port import Probe, open_health_port

log = logging.getLogger(__name__)

CONFIRM_TIMEOUT_S = 10
MEASURED_EVERY_S = 5.0


class Relay:
    def __init__(
        self,
        outbox: Outbox,
        publisher: Publisher,
        exchange: str,
        age_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._outbox = outbox
        self._publisher = publisher
        self._exchange = exchange
        self._age_s = age_s
        self._clock = clock
        self._first_seen: dict[str, float] = {}  # event id → when, of what was there at the last look

    @property
    def oldest_s(self) -> float:
        """For how long the oldest has been seen."""
        return self._clock() - min(self._first_seen.values(), default=self._clock())

    def publish_pending(self) -> int:
        """Publish what is old enough, a page of each shard; returns how many the broker has confirmed."""
        found = [record for shard in range(OUTBOX_SHARDS) for record in self._outbox.pending(shard)]
        now = self._clock()
        self._first_seen = {record.event.event_id: self._first_seen.get(record.event.event_id, now) for record in found}
        old = (datetime.now(UTC) - timedelta(seconds=self._age_s)).isoformat(timespec="milliseconds")
        seen_long = {event_id for event_id, at in self._first_seen.items() if now - at >= self._age_s}
        return self._send([record for record in found if record.written < old or record.event.event_id in seen_long])

    def _send(self, records: list[OutboxRecord]) -> int:
        futures = {self._publisher.publish(message_of(record.event, self._exchange)): record for record in records}
        done, _ = wait(futures, timeout=CONFIRM_TIMEOUT_S)
        faults.point("relay.published")
        confirmed = [futures[future] for future in done if future.exception() is None]
        metrics.RELAYED.inc(len(confirmed))
        self._outbox.delete(confirmed)
        faults.point("relay.deleted")
        return len(confirmed)


def measure(outbox: Outbox, seen_s: float) -> None:
    """Note for the metrics how much waits in the outbox, and since when: as its writer says, and at least as long as we
    have seen it. Raises Unavailable."""
    backlog = outbox.backlog()
    age_s = (datetime.now(UTC) - datetime.fromisoformat(backlog.oldest)).total_seconds() if backlog.oldest else 0.0
    metrics.OUTBOX_PENDING.set(backlog.count)
    metrics.OUTBOX_AGE.set(max(0.0, age_s, seen_s if backlog.count else 0.0))


def main() -> None:
    settings = load(EnrollmentSettings)
    logs.configure(settings.log_level, settings.log_style)
    faults.arm(settings.fault_point)
    shutdown = Shutdown()
    shutdown.listen()
    deps = bootstrap(settings, "outbox_relay")
    probes: dict[str, Probe] = {"dynamodb": deps.require_tables, "rabbitmq": deps.publisher.require_connected}
    open_health_port(settings.health_host, settings.health_port, probes)
    dynamo.ensure_tables(deps.database, deps.tables.definitions, lambda: shutdown.requested)
    deps.publisher.start()
    exchange = Topology(settings.amqp_prefix).events
    relay = Relay(deps.outbox, deps.publisher, exchange, settings.relay_age_s)
    log.info("looking through the outbox every %s s", settings.relay_interval_s)
    measure_at = 0.0
    while not shutdown.requested:
        published = 0
        try:
            if time.monotonic() >= measure_at:
                measure(deps.outbox, relay.oldest_s)
                measure_at = time.monotonic() + MEASURED_EVERY_S
            if deps.publisher.connected:
                published = relay.publish_pending()
        except Unavailable as error:
            log.warning("outbox relay paused: %s", error)
        except Exception:  # nobody else would send what the next look may well send
            log.exception("outbox relay paused")
        if published:
            log.info("published %d events that were pending in the outbox", published)
        else:
            shutdown.pause(settings.relay_interval_s)
    deps.publisher.close()


if __name__ == "__main__":
    main()
