"""One connection for publishing, from its opening to its end: what is sent over it is confirmed, or fails with it."""

import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pika
from pika.adapters.select_connection import IOLoop, SelectConnection
from pika.channel import Channel
from pika.exceptions import AMQPError
from pika.spec import Basic, BasicProperties

from kit.messaging.amqp import abandon, end_unless_opened, end_when_silent
from kit.messaging.outgoing_message import NotConfirmed, OutgoingMessage

CONFIRMS_WITHIN_S = 10.0  # longer than a quorum queue takes to find a new leader
REFUSED_FOR_S = 1.0
LOOKS_EVERY_S = 0.5


class PublishingSession:
    """One connection from opening to its end. All methods but `submit` and `call` run in the publisher's thread."""

    def __init__(self, parameters: pika.URLParameters, declare: Callable[[Channel], None]) -> None:
        self._declare = declare
        self._channel: Channel | None = None
        self._next_tag = 1
        self._unconfirmed: dict[int, tuple[str, Future[None]]] = {}
        self._returned: set[str] = set()
        self._wanted_since: float | None = None  # when the first was sent of those after the last that was taken
        self._refused_since: float | None = None  # nothing was taken since then
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
        except AssertionError:
            # Pika 1.4 expects no attempt to be broken off by `close`, though it does so, and closes the socket of it.
            if not self._connection.is_closed:
                raise
        finally:
            self.ready = False
            self._fail_all()
            self.ioloop.close()  # else its sockets stay open until garbage is collected

    def close(self) -> None:
        """Also while it opens: pika ends its attempt, and closes the socket of it, before the loop ends."""
        self.ready = False
        if not self._connection.is_closing and not self._connection.is_closed:
            self._connection.close()

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
            self._resolve(tag, NotConfirmed(type(error).__name__))

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

        One that was opened just when a queue lost its leader refuses what comes first, and may confirm nothing ever.
        """
        if self.ready and _is_over(self._refused_since, REFUSED_FOR_S):
            abandon(self._connection, "everything is refused")
        elif self.ready and _is_over(self._wanted_since, CONFIRMS_WITHIN_S):
            abandon(self._connection, "confirms stay out")
        elif not self._connection.is_closed:
            self.ioloop.call_later(LOOKS_EVERY_S, self._watch_confirms)

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
            self._resolve(tag, None if taken else NotConfirmed("refused"))
        if taken:
            self._wanted_since = time.monotonic() if self._unconfirmed else None
            self._refused_since = None
        elif self._refused_since is None:
            self._refused_since = time.monotonic()

    def _resolve(self, tag: int, failure: NotConfirmed | None) -> None:
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
            self._resolve(tag, NotConfirmed(self.reason))


def _is_over(since: float | None, seconds: float) -> bool:
    return since is not None and time.monotonic() - since > seconds


def _short(reason: BaseException) -> str:
    return (str(reason) or type(reason).__name__).splitlines()[0][:200]
