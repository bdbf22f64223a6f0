"""The relay: publishes what is still in the outbox, `python -m enrollment.workers.outbox_relay`.

A request publishes its own events. Events it could not get confirmed, because the broker was down or the process died,
are found here, and published when they are old enough to be in flight nowhere: by their date, or because they have been
seen here for so long. The date alone would not do, since the writer's clock may be an hour ahead. Several relays share
the shards (adapters.shard_leases); what two of them publish all the same has one event id, and the consumers notice.
"""

import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from enrollment import metrics
from enrollment.adapters.outbox import Outbox, OutboxRecord
from enrollment.adapters.shard_leases import ShardLeases
from enrollment.adapters.tables import OUTBOX_SHARDS
from enrollment.bootstrap import Dependencies
from enrollment.service.outbox_publisher import message_of
from enrollment.workers.startup import start
from etc.contracts.topology import Topology
from kit import faults
from kit.errors import Unavailable
from kit.messaging.publisher import Publisher, publish_all
from kit.web.health_port import Probe

log = logging.getLogger(__name__)

CONFIRM_TIMEOUT_S = 10
MEASURED_EVERY_S = 5.0
RENEWED_EVERY_S = 1.0


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
        self._first_seen: dict[str, float] = {}  # by event id, of those that were there at the last look

    @property
    def oldest_s(self) -> float:
        """For how long the oldest has been seen."""
        now = self._clock()
        return now - min(self._first_seen.values(), default=now)

    def publish_pending(self, shards: Sequence[int] = range(OUTBOX_SHARDS)) -> int:
        """Publish what is old enough, a page of each of these shards; returns how many the broker has confirmed.

        One read shows that there is little or nothing; only where much waits, each shard is asked for its own.
        """
        few = self._outbox.all_if_few()
        if few is None:
            found = [record for shard in shards for record in self._outbox.pending(shard)]
        else:
            found = [record for record in few if record.shard in shards]
        return self._send(self._due(found))

    def _due(self, found: list[OutboxRecord]) -> list[OutboxRecord]:
        """Records old enough, by their date or because they were seen here for so long."""
        now, before = self._clock(), self._first_seen
        self._first_seen = seen = {one.event.event_id: before.get(one.event.event_id, now) for one in found}
        old = (datetime.now(UTC) - timedelta(seconds=self._age_s)).isoformat(timespec="milliseconds")
        return [one for one in found if one.written < old or now - seen[one.event.event_id] >= self._age_s]

    def _send(self, records: list[OutboxRecord]) -> int:
        confirmed = publish_all(
            self._publisher, records, lambda record: message_of(record.event, self._exchange), CONFIRM_TIMEOUT_S
        )
        faults.point("relay.published")
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


def _probes(deps: Dependencies) -> dict[str, Probe]:
    return {"dynamodb": deps.require_tables, "rabbitmq": deps.publisher.require_connected}


def main() -> None:
    settings, deps, shutdown = start("outbox_relay", _probes)
    deps.publisher.start()
    exchange = Topology(settings.amqp_prefix).events
    relay = Relay(deps.outbox, deps.publisher, exchange, settings.relay_age_s)
    leases = ShardLeases(deps.database, deps.tables)
    log.info("looking through the outbox every %s s", settings.relay_interval_s)
    measure_at = renew_at = 0.0
    shards: list[int] = []
    while not shutdown.requested:
        published = 0
        try:
            if time.monotonic() >= measure_at:
                measure(deps.outbox, relay.oldest_s)
                measure_at = time.monotonic() + MEASURED_EVERY_S
            if not deps.publisher.connected:
                shards, renew_at = [], 0.0  # another relay may have a connection, and takes ours as those of a dead one
            elif time.monotonic() >= renew_at:
                shards, renew_at = leases.renew(), time.monotonic() + RENEWED_EVERY_S
            published = relay.publish_pending(shards)
        except Unavailable as error:
            log.warning("outbox relay paused: %s", error)
        except Exception:  # nobody else would send what the next look may well send
            log.exception("outbox relay paused")
        if published:
            log.info("published %d events that were pending in the outbox", published)
        else:
            shutdown.pause(min(settings.relay_interval_s, RENEWED_EVERY_S))
    with contextlib.suppress(Unavailable):
        leases.release()
    deps.publisher.close()


if __name__ == "__main__":
    main()
