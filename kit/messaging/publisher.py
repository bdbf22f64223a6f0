"""Publishing with confirms, from any thread, over one long-lived connection.

The connection lives in a thread of its own (pika's connections are not thread-safe). It is replaced when it breaks,
never repaired, by one to the next host; what was not confirmed by then fails, and the caller decides. A connection over
which no confirm comes any more counts as broken. Confirms are asynchronous, so many publishes share a round trip.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from typing import Protocol, TypeVar

from pika.channel import Channel

from kit.concurrency import threads
from kit.concurrency.backoff import STARTS_WITHIN_S, pauses, starting_pauses
from kit.errors import Unavailable
from kit.messaging.amqp import Hosts
from kit.messaging.outgoing_message import NotConfirmed, OutgoingMessage
from kit.messaging.publishing_session import PublishingSession

log = logging.getLogger(__name__)


T = TypeVar("T")


class Publishes(Protocol):
    """See Publisher."""

    def publish(self, message: OutgoingMessage) -> "Future[None]": ...


def publish_all(
    publisher: Publishes, each: Iterable[T], message_of: Callable[[T], OutgoingMessage], within_s: float
) -> list[T]:
    """Publish the message of each at once; those that the broker has confirmed within this time.

    It may have the others all the same: keep what they were made from.
    """
    futures = {publisher.publish(message_of(one)): one for one in each}
    done, _ = wait(futures, timeout=within_s)
    return [futures[future] for future in done if future.exception() is None]


class Publisher:
    """Start it, publish from any thread, close it. Declares the topology on every new connection."""

    def __init__(self, hosts: Hosts, declare: Callable[[Channel], None]) -> None:
        self._hosts = hosts
        self._declare = declare
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._session: PublishingSession | None = None

    def start(self) -> None:
        self._thread = threads.keep_running("publisher", self._run)

    @property
    def connected(self) -> bool:
        session = self._session
        return session is not None and session.ready

    def require_connected(self) -> None:
        """Readiness probe: raises Unavailable while there is no connection."""
        if not self.connected:
            raise Unavailable("RabbitMQ does not answer")

    def publish(self, message: OutgoingMessage) -> "Future[None]":
        """A future that is done when the broker has the message on disk, or fails with NotConfirmed.

        Fails at once when there is no connection, and else no later than the connection. A caller that stops waiting
        must treat the message as possibly sent.
        """
        outcome: Future[None] = Future()
        session = self._session
        if session is None:
            outcome.set_exception(NotConfirmed("no connection"))
        else:
            session.submit(message, outcome)
        return outcome

    def publish_and_wait(self, message: OutgoingMessage, timeout_s: float) -> None:
        """Returns when the broker has the message. Raises NotConfirmed, and then it may have it all the same."""
        try:
            self.publish(message).result(timeout_s)
        except TimeoutError as error:
            raise NotConfirmed("no confirm in time") from error

    def close(self) -> None:
        """Close the connection after what is already under way, within a few seconds."""
        self._closing.set()
        session = self._session
        if session is not None:
            session.call(session.close)
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        waits = starting_pauses(longest_s=5)
        patient_until = time.monotonic() + STARTS_WITHIN_S  # until then, waiting for the broker is no warning
        while not self._closing.is_set():
            try:
                was_ready, reason = self._connect_once()
            except Exception:
                # Any error (no file descriptor left, say): without this thread nothing would be sent ever again.
                log.exception("the connection for publishing broke down")
                was_ready, reason = False, "broke down"
            if was_ready:
                waits, patient_until = pauses(first_s=0.2, longest_s=5), 0.0
            if not self._closing.is_set():
                level = logging.INFO if time.monotonic() < patient_until else logging.WARNING
                log.log(level, "no connection to RabbitMQ (%s), trying again", reason)
            self._closing.wait(next(waits))

    def _connect_once(self) -> tuple[bool, str]:
        """One connection to its end: whether it was ready, and why it ended."""
        try:
            self._session = session = PublishingSession(self._hosts.next(), self._declare)
            session.run()
        finally:
            self._session = None
        return session.was_ready, session.reason
