"""The relay goes by what it has seen, and not by a writer's clock."""

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import pytest

from enrollment.adapters.outbox import OutboxRecord
from enrollment.domain.events import Event
from enrollment.workers.outbox_relay import Relay


@dataclass
class Shelf:
    records: list[OutboxRecord] = field(default_factory=list)
    few: int = 100

    def all_if_few(self) -> list[OutboxRecord] | None:
        return self.records if len(self.records) <= self.few else None

    def pending(self, shard: int) -> Iterator[OutboxRecord]:
        yield from [record for record in self.records if record.shard == shard]

    def delete(self, records: list[OutboxRecord]) -> None:
        self.records = [record for record in self.records if record not in records]


@dataclass
class Broker:
    published: list[str] = field(default_factory=list)

    def publish(self, message: Any) -> "Future[None]":
        self.published.append(message.message_id)
        done: Future[None] = Future()
        done.set_result(None)
        return done


def test_an_event_goes_out_when_it_was_seen_for_long_enough_whatever_its_writers_clock_said() -> None:
    written = "2199-11-22T18:00:00.000+00:00"
    shelf, broker, now = Shelf([OutboxRecord.of(Event("one", written, b"{}"))]), Broker(), 1000.0
    relay: Any = Relay(shelf, broker, "events", age_s=2, clock=lambda: now)  # type: ignore[arg-type]
    assert relay.publish_pending() == 0, "whoever wrote it may be publishing it"
    now += 1.9
    assert (relay.publish_pending(), relay.oldest_s) == (0, pytest.approx(1.9))
    now += 0.1
    shelf.records.append(OutboxRecord.of(Event("two", written, b"{}")))
    assert relay.publish_pending() == 1
    assert (broker.published, [record.event.event_id for record in shelf.records]) == (["one"], ["two"])
    assert relay.publish_pending() == 0
    assert relay.oldest_s == 0


def test_what_has_waited_for_long_goes_out_at_once_page_by_page() -> None:
    shelf, broker = Shelf([OutboxRecord.of(Event("one", "2026-01-01T16:00:00.000+00:00", b"{}"))]), Broker()
    relay: Any = Relay(shelf, broker, "events", age_s=2)  # type: ignore[arg-type]
    assert relay.publish_pending() == 1
    assert shelf.records == []


@pytest.mark.parametrize("few", [0, 100])
def test_only_what_is_in_its_own_shards_goes_out_be_there_little_or_much(few: int) -> None:
    events = [Event(str(number), "2026-01-01T16:00:00.000+00:00", b"{}") for number in range(50)]
    shelf, broker = Shelf([OutboxRecord.of(event) for event in events], few), Broker()
    own = [record.event.event_id for record in shelf.records if record.shard in (3, 4, 5)]
    relay: Any = Relay(shelf, broker, "events", age_s=2)  # type: ignore[arg-type]
    assert relay.publish_pending([3, 4, 5]) == len(own)
    assert sorted(broker.published) == sorted(own)
