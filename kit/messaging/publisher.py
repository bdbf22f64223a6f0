"""Publishing with confirms, from any thread, over one long-lived connection.

The connection lives in a thread of its own (pika's connections are not thread-safe). It is replaced when it breaks,
never repaired, by one to the next host; what was not confirmed by then fails, and the caller decides. A connection over
which no confirm comes any more counts as broken. Confirms are asynchronous, so many publishes share a round trip.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import pika
from pika.adapters.select_connection import IOLoop, SelectConnection
from pika.channel import Channel
from pika.delivery_mode import DeliveryMode
from pika.exceptions import AMQPError
from pika.spec import Basic, BasicProperties

from kit.concurrency import threads
from kit.concurrency.backoff import STARTS_WITHIN_S, pauses, starting_pauses
from kit.errors import Unavailable
from kit.messaging.amqp import Hosts, abandon, end_unless_opened, end_when_silent

log = logging.getLogger(__name__)

CONFIRMS_WITHIN_S = 10.0  # longer than a quorum queue takes to find a new leader


class NotConfirmed(Unavailable):
    """The broker did not take the message, or we cannot know whether it did."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"RabbitMQ did not confirm the message: {reason}")


@dataclass(frozen=True)
class OutgoingMessage:
    """A message and where it goes. Always persistent and mandatory. `type` is AMQP's own property."""

    exchange: str
    routing_key: str
    body: bytes
    message_id: str
    type: str = ""
    headers: dict[str, Any] = field(default_factory=dict)
    timestamp_s: int | None = None

    @property
    def properties(self) -> BasicProperties:
        return BasicProperties(
            content_type="application/json",
            delivery_mode=DeliveryMode.Persistent,
            message_id=self.message_id,
            type=self.type or None,
            headers=self.headers or None,
            timestamp=self.timestamp_s,
        )


class Publisher:
    """Start it, publish from any thread, close it. Declares the topology on every new connection."""

    def __init__(self, hosts: Hosts, declare: Callable[[Channel], None]) -> None:
        self._hosts = hosts
        self._declare = declare
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._session: _Session | None = None

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

        Fails at once when there is no connection, and else no later than the connection. Whoever stops waiting must
        treat the message as possibly sent.
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
                # Whatever it is (no file descriptor left, say): without this thread nothing would be sent ever again.
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
            self._session = session = _Session(self._hosts.next(), self._declare)
            session.run()
        finally:
            self._session = None
        return session.was_ready, session.reason


class _Session:
    """One connection from opening to its end. All methods but `submit` and `call` run in the publisher's thread."""

    def __init__(self, parameters: pika.URLParameters, declare: Callable[[Channel], None]) -> None:
        self._declare = declare
        self._channel: Channel | None = None
        self._next_tag = 1
        self._unconfirmed: dict[int, tuple[str, Future[None]]] = {}
        self._returned: set[str] = set()
        self._wanted_since: float | None = None  # when the first was sent of those after the last that was taken
        self._lock = threading.Lock()
        self._submitted: list[tuple[OutgoingMessage, Future[None]]] = []
        self._ended = False
        self.ready = False
        self.was_ready = False
        self.reason = "closed"
        self._connection = SelectConnection(
            parameters,
            on_open_callback=self._opened,
            on_open_error_callback=self._closed,
            on_close_callback=self._closed,
        )
        self.ioloop: IOLoop = self._connection.ioloop

    def run(self) -> None:
        try:
            self.ioloop.start()
        finally:
            self.ready = False
            self._fail_all()
            self.ioloop.close()  # else its sockets stay open until garbage is collected

    def close(self) -> None:
        self.ready = False
        if self._connection.is_open:
            self._connection.close()
        elif not self._connection.is_closing:
            self.ioloop.stop()

    def submit(self, message: OutgoingMessage, outcome: "Future[None]") -> None:
        """From any thread. The outcome is set whatever happens: what is submitted before the end fails with it."""
        with self._lock:
            if self.ready and not self._ended:
                self._submitted.append((message, outcome))
                first = len(self._submitted) == 1
            else:
                first = False
                outcome.set_exception(NotConfirmed("no connection"))
        if first:
            self.call(self._send_submitted)

    def call(self, callback: Callable[[], None]) -> None:
        """Have it called in the publisher's thread, unless the session has ended."""
        with contextlib.suppress(Exception):  # pika raises this and that on a loop that is closed
            self.ioloop.add_callback_threadsafe(callback)

    def _send_submitted(self) -> None:
        with self._lock:
            submitted, self._submitted = self._submitted, []
        for message, outcome in submitted:
            self._send(message, outcome)

    def _send(self, message: OutgoingMessage, outcome: "Future[None]") -> None:
        if not self.ready or self._channel is None:
            outcome.set_exception(NotConfirmed(self.reason))
            return
        if self._wanted_since is None:
            self._wanted_since = time.monotonic()
        tag, self._next_tag = self._next_tag, self._next_tag + 1
        self._unconfirmed[tag] = (message.message_id, outcome)
        try:
            self._channel.basic_publish(
                message.exchange, message.routing_key, message.body, message.properties, mandatory=True
            )
        except AMQPError as error:
            self._settle(tag, NotConfirmed(type(error).__name__))

    def _opened(self, connection: SelectConnection) -> None:
        end_when_silent(connection)
        end_unless_opened(connection, lambda: self.was_ready)
        connection.add_on_connection_blocked_callback(self._blocked)
        connection.add_on_connection_unblocked_callback(self._unblocked)
        connection.channel(on_open_callback=self._channel_opened)

    def _channel_opened(self, channel: Channel) -> None:
        self._channel = channel
        channel.add_on_close_callback(self._channel_closed)
        channel.add_on_return_callback(self._came_back)
        self._declare(channel)
        # Requests on a channel are answered in order: when confirms are on, everything is declared.
        channel.confirm_delivery(ack_nack_callback=self._confirmed, callback=self._confirming)

    def _confirming(self, _: Any) -> None:
        self.ready = self.was_ready = True
        self.reason = "closed"
        self._watch_confirms()

    def _watch_confirms(self) -> None:
        """Nothing was taken for so long, though something is to be: another host, or another channel, may do better.

        One that was opened just when a queue lost its leader may refuse everything for ever.
        """
        since = self._wanted_since
        if since is not None and self.ready and time.monotonic() - since > CONFIRMS_WITHIN_S:
            abandon(self._connection, "confirms stay out")
        elif not self._connection.is_closed:
            self.ioloop.call_later(1.0, self._watch_confirms)

    def _came_back(self, _: Channel, __: Basic.Return, properties: BasicProperties, ___: bytes) -> None:
        # RabbitMQ sends basic.return before the confirm of the same message.
        self._returned.add(str(properties.message_id))

    def _confirmed(self, frame: Any) -> None:
        method = frame.method
        taken = isinstance(method, Basic.Ack)
        if method.multiple:
            tags = [tag for tag in self._unconfirmed if tag <= method.delivery_tag]
        else:
            tags = [method.delivery_tag]
        for tag in tags:
            self._settle(tag, None if taken else NotConfirmed("refused"))
        if taken:
            self._wanted_since = time.monotonic() if self._unconfirmed else None

    def _settle(self, tag: int, failure: NotConfirmed | None) -> None:
        message_id, outcome = self._unconfirmed.pop(tag, (None, None))
        if outcome is None or message_id is None:
            return
        if message_id in self._returned:
            self._returned.discard(message_id)
            failure = NotConfirmed("no queue is bound")
        if not outcome.set_running_or_notify_cancel():
            return
        if failure:
            outcome.set_exception(failure)
        else:
            outcome.set_result(None)

    def _blocked(self, *_: Any) -> None:
        self.ready, self.reason = False, "RabbitMQ is out of memory or disk"

    def _unblocked(self, *_: Any) -> None:
        self.ready, self.reason = True, "closed"
        self._wanted_since = time.monotonic() if self._unconfirmed else None

    def _channel_closed(self, _: Channel, reason: Exception) -> None:
        self.ready, self.reason = False, _short(reason)
        if self._connection.is_open:
            self._connection.close()

    def _closed(self, _: Any, reason: BaseException) -> None:
        self.ready, self.reason = False, _short(reason)
        self.ioloop.stop()

    def _fail_all(self) -> None:
        with self._lock:
            self._ended = True
            submitted, self._submitted = self._submitted, []
        for _, outcome in submitted:
            outcome.set_exception(NotConfirmed(self.reason))
        for tag in list(self._unconfirmed):
            self._settle(tag, NotConfirmed(self.reason))


def _short(reason: BaseException) -> str:
    return (str(reason) or type(reason).__name__).splitlines()[0][:200]
