"""Notices on their way out: published at once, forgotten by the outbox when the broker has confirmed them.

Whatever is not confirmed here stays in the outbox, and the relay sends it when the broker is back.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future
from functools import partial
from queue import Queue

from enrollment.adapters.outbox import BATCH, Entry, Outbox, entry_of
from enrollment.domain.events import Notice
from kit import faults
from kit.concurrency import deadline
from kit.errors import Unavailable
from kit.messaging.publisher import Publisher
from kit.observability import correlation

log = logging.getLogger(__name__)

GATHER_S = 0.03  # confirmed notices are deleted together with those of the next moment; well below the relay's age


class OutboxPublisher:
    """Start it, announce from any thread, close it."""

    def __init__(self, publisher: Publisher, outbox: Outbox, exchange: str, timeout_s: float) -> None:
        self._publisher = publisher
        self._outbox = outbox
        self._exchange = exchange
        self._timeout_s = timeout_s
        self._confirmed: Queue[Entry | None] = Queue()
        self._clearing = threading.Thread(target=self._clear, name="outbox-clearing", daemon=True)

    def start(self) -> None:
        self._publisher.start()
        self._clearing.start()

    def announce(self, notices: Iterable[Notice]) -> "list[Future[None]]":
        """Publish committed notices; returns at once."""
        futures = []
        for notice in notices:
            of_request = {"request_id": notice.headers.get(correlation.HEADER)}
            log.info("notice %s of a promotion goes out", notice.event_id, extra=of_request)
            futures.append(self._send(entry_of(notice)))
        return futures

    async def await_confirms(self, futures: "Iterable[Future[None]]") -> None:
        """Wait until every one is confirmed or has failed, but no longer than the time-out. Never raises."""
        waits = [asyncio.wrap_future(future) for future in futures]
        for each in waits:
            each.add_done_callback(_outcome_is_seen)
        if waits:
            await asyncio.wait(waits, timeout=deadline.remaining(self._timeout_s))

    def close(self) -> None:
        """After the publishes under way; what is confirmed by then is cleared."""
        self._publisher.close()
        self._confirmed.put(None)
        self._clearing.join(timeout=5)

    def _send(self, entry: Entry) -> "Future[None]":
        future = self._publisher.publish(entry.letter(self._exchange))
        future.add_done_callback(partial(self._sent, entry))
        return future

    def _sent(self, entry: Entry, future: "Future[None]") -> None:
        failure = future.exception()
        if failure is None:
            faults.point("notice.published")
            self._confirmed.put(entry)
        else:
            log.warning("notice %s stays in the outbox: %s", entry.event_id, failure)

    def _clear(self) -> None:
        while entry := self._confirmed.get():
            time.sleep(GATHER_S)
            entries = self._gather(entry)
            try:
                self._outbox.delete(entries)
            except Unavailable as error:  # the relay will send them once more, which the consumers notice
                log.warning("%d confirmed notices stay in the outbox: %s", len(entries), error)
            except Exception:  # whatever it was: without this thread every notice would be sent twice from now on
                log.exception("%d confirmed notices stay in the outbox", len(entries))
            faults.point("notice.cleared")

    def _gather(self, first: Entry) -> list[Entry]:
        """It and those confirmed since, up to a batch."""
        entries = [first]
        while len(entries) < BATCH and not self._confirmed.empty():
            following = self._confirmed.get()
            if following is None:
                self._confirmed.put(None)
                break
            entries.append(following)
        return entries


def _outcome_is_seen(future: "asyncio.Future[None]") -> None:
    """Of one nobody waits for any more, too: asyncio reports exceptions that were never retrieved."""
    if not future.cancelled():
        future.exception()
