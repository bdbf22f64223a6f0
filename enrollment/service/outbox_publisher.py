"""Events on their way out: published at once, deleted from the outbox when the broker has confirmed them.

Events not confirmed here stay in the outbox, and the relay sends them when the broker is back.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future
from functools import partial
from queue import Empty, Full, Queue

from enrollment.domain.events import Event
from enrollment.service.ports import Outbox
from kit import faults
from kit.concurrency import deadline, threads
from kit.errors import Unavailable
from kit.messaging.outgoing_message import OutgoingMessage
from kit.messaging.publisher import Publisher
from kit.observability import correlation

log = logging.getLogger(__name__)

MOST_CONFIRMED = 10_000  # that wait to be deleted; beyond, the relay sends them again and consumers notice
GATHER_S = 0.1  # confirmed records are deleted together with those of the next moment; well below the relay's age
BATCH = 25  # the outbox deletes as many with one call


class OutboxPublisher:
    """Start it, publish from any thread, close it."""

    def __init__(self, publisher: Publisher, outbox: Outbox, exchange: str, timeout_s: float) -> None:
        self._publisher = publisher
        self._outbox = outbox
        self._exchange = exchange
        self._timeout_s = timeout_s
        self._confirmed: Queue[Event | None] = Queue(MOST_CONFIRMED)
        self._deleting: threading.Thread | None = None

    def start(self) -> None:
        self._publisher.start()
        self._deleting = threads.keep_running("outbox-deleting", self._delete_published)

    def publish(self, events: Iterable[Event]) -> "list[Future[None]]":
        """Publish committed events; returns at once, with the confirms to come."""
        futures = []
        for event in events:
            of_request = {"request_id": event.headers.get(correlation.HEADER)}
            log.info("event %s of a promotion goes out", event.event_id, extra=of_request)
            futures.append(self._send(event))
        return futures

    async def await_confirms(self, futures: "Iterable[Future[None]]") -> None:
        """Wait until every one is confirmed or has failed, but no longer than the time-out. Never raises."""
        waits = [asyncio.wrap_future(future) for future in futures]
        for each in waits:
            each.add_done_callback(_outcome_is_seen)
        if waits:
            await asyncio.wait(waits, timeout=deadline.remaining(self._timeout_s))

    def close(self) -> None:
        """After the publishes under way; what is confirmed by then is deleted."""
        self._publisher.close()
        try:
            self._confirmed.put(None, timeout=1)
        except Full:
            return
        if self._deleting is not None:
            self._deleting.join(timeout=5)

    def _send(self, event: Event) -> "Future[None]":
        future = self._publisher.publish(message_of(event, self._exchange))
        future.add_done_callback(partial(self._sent, event))
        return future

    def _sent(self, event: Event, future: "Future[None]") -> None:
        failure = future.exception()
        if failure is None:
            faults.point("event.published")
            self._confirm(event)
        else:
            log.warning("event %s stays in the outbox: %s", event.event_id, failure)

    def _confirm(self, event: Event) -> None:
        """In the publisher's thread, which must not wait."""
        try:
            self._confirmed.put_nowait(event)
        except Full:
            log.warning("event %s stays in the outbox: too many wait to be deleted", event.event_id)

    def _delete_published(self) -> None:
        while event := self._confirmed.get():  # bounded: nobody waits for it, and `close` ends it
            time.sleep(GATHER_S)
            events = self._gather(event)
            try:
                self._outbox.delete_published(events)
            except Unavailable as error:  # the relay publishes them once more, which the consumers notice
                log.warning("%d confirmed events stay in the outbox: %s", len(events), error)
            except Exception:  # whatever it was: without this thread every event would be published twice from now on
                log.exception("%d confirmed events stay in the outbox", len(events))
            faults.point("event.deleted")

    def _gather(self, first: Event) -> list[Event]:
        """It and those confirmed since, up to a batch."""
        events = [first]
        while len(events) < BATCH:
            try:
                following = self._confirmed.get_nowait()
            except Empty:
                break
            if following is None:
                self._confirmed.put(None, timeout=1)
                break
            events.append(following)
        return events


def message_of(event: Event, exchange: str) -> OutgoingMessage:
    return OutgoingMessage(
        exchange=exchange,
        routing_key="",
        body=event.body,
        message_id=event.event_id,
        type=event.type,
        headers=dict(event.headers),
    )


def _outcome_is_seen(future: "asyncio.Future[None]") -> None:
    """Of one nobody waits for any more, too: asyncio reports exceptions that were never retrieved."""
    if not future.cancelled():
        future.exception()
