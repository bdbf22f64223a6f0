"""The relay goes by what it has seen, and not by a writer's clock."""

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import pytest

from enrollment.adapters.outbox import Entry
from enrollment.workers.outbox_relay import Relay


@dataclass
class Shelf:
    entries: list[Entry] = field(default_factory=list)

    def waiting(self, shard: int) -> Iterator[Entry]:
        yield from [entry for entry in self.entries if entry.shard == shard]

    def delete(self, entries: list[Entry]) -> None:
        self.entries = [entry for entry in self.entries if entry not in entries]


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
    shelf, broker, now = Shelf([Entry(0, f"{written}#one", b"{}")]), Broker(), 1000.0
    relay: Any = Relay(shelf, broker, "events", age_s=2, clock=lambda: now)  # type: ignore[arg-type]
    assert relay.send_waiting() == 0, "whoever wrote it may be publishing it"
    now += 1.9
    assert (relay.send_waiting(), relay.oldest_s) == (0, pytest.approx(1.9))
    now += 0.1
    shelf.entries.append(Entry(1, f"{written}#two", b"{}"))
    assert relay.send_waiting() == 1
    assert (broker.published, [entry.event_id for entry in shelf.entries]) == (["one"], ["two"])
    assert relay.send_waiting() == 0
    assert relay.oldest_s == 0


def test_what_has_waited_for_long_goes_out_at_once_page_by_page() -> None:
    shelf, broker = Shelf([Entry(0, "2026-01-01T16:00:00.000+00:00#one", b"{}")]), Broker()
    relay: Any = Relay(shelf, broker, "events", age_s=2)  # type: ignore[arg-type]
    assert relay.send_waiting() == 1
    assert shelf.entries == []
