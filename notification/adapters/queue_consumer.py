"""Receiving from one queue: one connection from opening to its end. It is replaced when it breaks, never repaired.

pika's connection belongs to the thread that calls `receive`; workers acknowledge through callbacks that run there.
A message knows its own connection, so an acknowledgement can never reach another one's delivery tag.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError
from pika.spec import Basic, BasicProperties

from notification.adapters.ack_batcher import AckBatcher

log = logging.getLogger(__name__)

ATTEMPTS = "x-attempts"  # failed attempts so far
REASON = "x-reason"  # of the last failed attempt, or of the dead letter
DIED_AT = "x-dead-at"
REPLAY = "x-replay"  # set by the operator's replay: an id of its own
_POLL_S = 0.25  # how soon a stop is noticed
_ACK_AFTER_S = 0.01  # how long those that are done wait for more to share their acknowledgement
_BEYOND_AFTER_S = 0.1  # and how long for one before them that is slower


class ConnectionLost(Exception):
    """The connection or the queue went away, or can not be had."""


@dataclass(frozen=True)
class Message:
    """A delivery that waits for its outcome."""

    body: bytes
    message_id: str | None
    timestamp_s: int | None
    headers: dict[str, Any]
    ack: Callable[[], None] = field(repr=False)
    still_ours: Callable[[], bool] = field(repr=False)

    @property
    def failed_attempts(self) -> int:
        value = self.headers.get(ATTEMPTS)
        return value if isinstance(value, int) and value >= 0 else 0

    @property
    def replay_id(self) -> str | None:
        value = self.headers.get(REPLAY)
        return str(value) if value else None


class QueueConsumer:
    """One queue on one connection."""

    def __init__(
        self, parameters: pika.URLParameters, queue: str, prefetch: int, declare: Callable[[BlockingChannel], None]
    ) -> None:
        """Raises ConnectionLost."""
        self._cancelled = False
        self._queue = queue
        self._acknowledgements = AckBatcher()
        self._beyond_awaited = False
        try:
            self._connection = pika.BlockingConnection(parameters)
        except (AMQPError, OSError) as error:
            raise ConnectionLost(_short(error)) from error
        try:
            self._channel = self._connection.channel()
            declare(self._channel)
            self._channel.basic_qos(prefetch_count=prefetch)
            self._channel.add_on_cancel_callback(self._broker_cancelled)
        except (AMQPError, OSError) as error:
            self.close()
            raise ConnectionLost(_short(error)) from error

    def receive(self, handle: Callable[[Message], None], stopping: Callable[[], bool]) -> None:
        """Hand every message to `handle` (which must not block) until stopping.

        Raises:
            ConnectionLost: what was not acknowledged will be delivered again on another connection.
        """
        try:
            consumer = self._channel.basic_consume(
                self._queue, lambda _, method, properties, body: handle(self._message(method, properties, body))
            )
            while not stopping():
                self._connection.process_data_events(time_limit=_POLL_S)
                if self._cancelled or not self._channel.is_open:
                    raise ConnectionLost("the queue was deleted or the channel closed")
            self._channel.basic_cancel(consumer)
        except (AMQPError, OSError) as error:
            raise ConnectionLost(_short(error)) from error

    def serve_until(self, finished: Callable[[], bool]) -> None:
        """Keep the connection alive and pass acknowledgements on, receiving nothing new, until finished."""
        try:
            while not finished():
                self._connection.process_data_events(time_limit=0.05)
            self._acknowledge()
            self._acknowledge_beyond()
            self._connection.process_data_events(time_limit=0)
        except (AMQPError, OSError) as error:
            raise ConnectionLost(_short(error)) from error

    def close(self) -> None:
        try:
            if self._connection.is_open:
                self._connection.close()
        except (AMQPError, OSError) as error:
            log.debug("closing: %s", _short(error))

    def _message(self, method: Basic.Deliver, properties: BasicProperties, body: bytes) -> Message:
        tag = method.delivery_tag
        assert tag is not None
        return Message(
            body=body,
            message_id=properties.message_id,
            timestamp_s=properties.timestamp,
            headers=dict(properties.headers or {}),
            ack=lambda: self._done(tag),
            still_ours=lambda: self._channel.is_open,
        )

    def _done(self, tag: int) -> None:
        """From any thread."""
        if not self._acknowledgements.add(tag):
            return
        try:
            self._connection.add_callback_threadsafe(self._acknowledge_soon)
        except AMQPError:
            log.debug("the connection is gone; the message will come again")

    def _acknowledge_soon(self) -> None:
        self._connection.call_later(_ACK_AFTER_S, self._acknowledge)

    def _acknowledge(self) -> None:
        upto, more = self._acknowledgements.take()
        if upto:
            self._channel.basic_ack(upto, multiple=True)
        if more and not self._beyond_awaited:
            self._beyond_awaited = True
            self._connection.call_later(_BEYOND_AFTER_S, self._acknowledge_beyond)

    def _acknowledge_beyond(self) -> None:
        self._beyond_awaited = False
        for tag in self._acknowledgements.take_beyond():
            self._channel.basic_ack(tag)

    def _broker_cancelled(self, _: Any) -> None:
        self._cancelled = True


def _short(error: BaseException) -> str:
    return (str(error) or repr(error)).splitlines()[0][:200]
