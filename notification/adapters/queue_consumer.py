"""Receiving from one queue: one connection from opening to its end. It is replaced when it breaks, never repaired.

pika's connection belongs to the thread that calls `receive`; workers acknowledge through callbacks that run there.
A message knows its own connection, so an acknowledgement can never reach another one's delivery tag.

When a consumer dies, a quorum queue counts one more delivery of every message it held, and sets aside what was counted
more than `x-delivery-limit` times (contracts.topology). A message that kills its consumer must not take those with it
that only lay beside it. So the window of messages held begins with one and is widened when that message has come: to
everything when it is new, to half for each time it was delivered before. After some crashes the one that causes them is
alone in its window, and only its own count goes on rising.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError
from pika.spec import Basic, BasicProperties

from kit.messaging import amqp

log = logging.getLogger(__name__)

ATTEMPTS = "x-attempts"  # failed attempts so far
REASON = "x-reason"  # of the last failed attempt, or of the dead letter
DIED_AT = "x-dead-at"
REPLAY = "x-replay"  # set by a replay of what was delivered before: an id of its own
REDELIVERY = "x-redelivery"  # set when somebody asked for it to be sent again
_POLL_S = 0.25  # how soon a stop is noticed
_ACK_AFTER_S = 0.01  # how long those that are done wait for more to share their acknowledgement
_GAPS_AFTER_S = 0.1  # and how long for one before them that is slower


class ConnectionLost(Exception):
    """The connection or the queue went away, or cannot be had."""


def count_in(headers: dict[str, Any], name: str) -> int:
    """A count that a header holds; 0 when it holds none, as whoever may publish can write what he likes."""
    value = headers.get(name)
    return value if isinstance(value, int) and value >= 0 else 0


@dataclass(frozen=True)
class Message:
    """A delivery that waits for its outcome."""

    body: bytes
    message_id: str | None
    timestamp_s: int | None
    headers: dict[str, Any]
    ack: Callable[[], None] = field(repr=False)
    still_ours: Callable[[], bool] = field(repr=False)
    type: str | None = None

    @property
    def failed_attempts(self) -> int:
        return count_in(self.headers, ATTEMPTS)

    @property
    def delivered_before(self) -> int:
        """How often it was held by a consumer that did not acknowledge it (the second is RabbitMQ 4's count)."""
        return max(count_in(self.headers, "x-delivery-count"), count_in(self.headers, "x-acquired-count"))

    @property
    def replay_id(self) -> str | None:
        value = self.headers.get(REPLAY)
        return str(value) if value else None

    @property
    def is_redelivery(self) -> bool:
        return bool(self.headers.get(REPLAY) or self.headers.get(REDELIVERY))


class QueueConsumer:
    """One queue on one connection."""

    def __init__(
        self, parameters: pika.URLParameters, queue: str, prefetch: int, declare: Callable[[BlockingChannel], None]
    ) -> None:
        """Raises ConnectionLost."""
        self._cancelled = False
        self._queue = queue
        self._prefetch = prefetch
        self._window = 0
        self._wanted_window = 1
        self._consumer_tags: list[str] = []
        self._acks = AckBatcher()
        self._gaps_awaited = False
        try:
            self._connection = amqp.connect(parameters)
        except (AMQPError, OSError) as error:
            raise ConnectionLost(_short(error)) from error
        self._is_declared = False
        try:
            connection = vars(self._connection)["_impl"]  # the one that blocks is a wrapper
            amqp.end_when_silent(connection)
            amqp.end_unless_opened(connection, lambda: self._is_declared)
            self._channel = self._connection.channel()
            declare(self._channel)
            self._is_declared = True
            self._channel.add_on_cancel_callback(self._broker_cancelled)
        except (AMQPError, OSError) as error:
            self.close()
            raise ConnectionLost(_short(error)) from error

    def receive(self, handle: Callable[[Message], None], stopping: Callable[[], bool]) -> None:
        """Hand every message to `handle` (which must not block) until stopping. Can be called again.

        Raises:
            ConnectionLost: what was not acknowledged will be delivered again on another connection.
        """

        def received(_: BlockingChannel, method: Basic.Deliver, properties: BasicProperties, body: bytes) -> None:
            message = self._message(method, properties, body)
            self._wanted_window = max(self._wanted_window, self._prefetch >> message.delivered_before)
            handle(message)

        try:
            while not stopping():
                if self._window < self._wanted_window:
                    self._widen(received)
                self._connection.process_data_events(time_limit=_POLL_S)
                if self._cancelled or not self._channel.is_open:
                    raise ConnectionLost("the queue was deleted or the channel closed")
            self._connection.process_data_events(time_limit=0)  # pika rejects what it has not handed over yet
            for tag in self._consumer_tags:
                self._channel.basic_cancel(tag)
            self._consumer_tags, self._window, self._wanted_window = [], 0, 1
        except (AMQPError, OSError) as error:
            raise ConnectionLost(_short(error)) from error

    def serve_until(self, finished: Callable[[], bool]) -> None:
        """Keep the connection alive and pass acknowledgements on, receiving nothing new, until finished."""
        try:
            while not finished():
                self._connection.process_data_events(time_limit=0.05)
            self._ack_contiguous()
            self._ack_gaps()
            self._connection.process_data_events(time_limit=0)
        except (AMQPError, OSError) as error:
            raise ConnectionLost(_short(error)) from error

    def close(self) -> None:
        try:
            if self._connection.is_open:
                self._connection.close()
        except (AMQPError, OSError) as error:
            log.debug("closing: %s", _short(error))

    def _widen(self, received: Callable[[BlockingChannel, Basic.Deliver, BasicProperties, bytes], None]) -> None:
        """By one more consumer on the channel: to change an existing one's prefetch it would have to be cancelled."""
        self._channel.basic_qos(prefetch_count=self._wanted_window - self._window)
        self._consumer_tags.append(self._channel.basic_consume(self._queue, received))
        self._window = self._wanted_window

    def _message(self, method: Basic.Deliver, properties: BasicProperties, body: bytes) -> Message:
        tag = method.delivery_tag
        assert tag is not None
        return Message(
            body=body,
            message_id=properties.message_id,
            timestamp_s=properties.timestamp,
            headers=dict(properties.headers or {}),
            ack=lambda: self._mark_done(tag),
            still_ours=lambda: self._channel.is_open,
            type=properties.type,
        )

    def _mark_done(self, tag: int) -> None:
        """From any thread."""
        if not self._acks.mark_done(tag):
            return
        try:
            self._connection.add_callback_threadsafe(self._ack_soon)
        except AMQPError:
            log.debug("the connection is gone; the message will come again")

    def _ack_soon(self) -> None:
        self._connection.call_later(_ACK_AFTER_S, self._ack_contiguous)

    def _ack_contiguous(self) -> None:
        upto, more = self._acks.pop_contiguous()
        if upto:
            self._channel.basic_ack(upto, multiple=True)
        if more and not self._gaps_awaited:
            self._gaps_awaited = True
            self._connection.call_later(_GAPS_AFTER_S, self._ack_gaps)

    def _ack_gaps(self) -> None:
        self._gaps_awaited = False
        for tag in self._acks.pop_gaps():
            self._channel.basic_ack(tag)

    def _broker_cancelled(self, _: Any) -> None:
        self._cancelled = True


class AckBatcher:
    """Which deliveries of a channel are done, told to the broker in as few acknowledgements as will do.

    One acknowledgement for all deliveries up to a tag (AMQP 0-9-1 §1.8.3.13, `multiple`) is one write here and one step
    of the quorum queue there; one each is the larger part of what a backlog costs both. Tags count from 1 without a
    gap. Thread-safe.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._asked_for = False
        self._first = 1  # every tag below it is acknowledged
        self._done: set[int] = set()
        self._alone: set[int] = set()  # acknowledged, but some tag below is not

    def mark_done(self, tag: int) -> bool:
        """Note that this one is done. True for the first caller only: it must come and pop."""
        with self._lock:
            self._done.add(tag)
            asked, self._asked_for = self._asked_for, True
            return not asked

    def pop_contiguous(self) -> tuple[int, bool]:
        """The tag up to which all are done, 0 for none, and whether there are more beyond it."""
        with self._lock:
            self._asked_for = False
            upto = 0
            while self._first in self._done or self._first in self._alone:
                if self._first in self._done:  # the broker refuses a tag that it has an acknowledgement of
                    upto = self._first
                self._done.discard(self._first)
                self._alone.discard(self._first)
                self._first += 1
            return upto, bool(self._done)

    def pop_gaps(self) -> list[int]:
        """Those beyond, to be acknowledged one by one, because one that takes long keeps them from being many."""
        with self._lock:
            popped, self._done = self._done, set()
            self._alone |= popped
        return sorted(popped)


def _short(error: BaseException) -> str:
    return (str(error) or repr(error)).splitlines()[0][:200]
