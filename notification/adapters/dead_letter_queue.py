"""Dead letters of one channel: looking at them, putting them back, dropping them.

A letter is taken with basic.get and stays in the queue until it is acknowledged; closing gives the rest back. A
replay is published to the channel's own queue and confirmed before the dead letter is acknowledged, so a crash in
between leaves both, never none.
"""

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import BasicProperties

from etc.contracts.topology import Topology
from kit.messaging.outgoing_message import OutgoingMessage
from kit.moments import rfc3339
from kit.observability import correlation
from notification.adapters.queue_consumer import ATTEMPTS, DIED_AT, REASON, REPLAY, count_in
from notification.domain.event import Event, Undecodable, decode


@dataclass(frozen=True)
class DeadLetter:
    """As the operator sees it. `id` is the message's own or, if it came without, one made from its body."""

    id: str
    channel: str
    tag: int
    body: bytes
    properties: BasicProperties
    headers: dict[str, Any]

    @property
    def event(self) -> Event | None:
        try:
            return decode(self.body)
        except Undecodable:
            return None

    @property
    def reason(self) -> str:
        own = self.headers.get(REASON)
        if self.headers.get(DIED_AT) and own:
            return str(own)
        # Set aside by the broker: its consumer died on it too often (x-delivery-limit).
        return f"set aside by RabbitMQ: {self.headers.get('x-first-death-reason', 'unknown')}"

    @property
    def attempts(self) -> int:
        return count_in(self.headers, ATTEMPTS)

    @property
    def died_at(self) -> str:
        """RFC 3339, to the second; `?` when nobody noted it."""
        when = _moment(self.headers.get(DIED_AT)) or _first_death(self.headers.get("x-death"))
        return rfc3339(int(when.timestamp())) if when else "?"


class DeadLetterQueue:
    """On a channel of its own, with confirms on; whoever opened the channel closes it."""

    def __init__(self, amqp: BlockingChannel, topology: Topology, channel: str) -> None:
        self._amqp = amqp
        self._topology = topology
        self.channel = channel
        self._replay_ids: dict[str, str] = {}
        self._taken = 0  # and not acknowledged
        topology.declare(amqp)
        amqp.confirm_delivery()

    def letters(self) -> Iterator[DeadLetter]:
        """Each letter that is there now, once, oldest first."""
        queue = self._topology.dead_queue(self.channel)
        for _ in range(self._ready()):
            method, properties, body = self._amqp.basic_get(queue)
            if method is None or properties is None or body is None:
                return
            self._taken += 1
            headers = dict(properties.headers or {})
            identity = properties.message_id or f"body-{hashlib.sha256(body).hexdigest()[:16]}"
            yield DeadLetter(identity, self.channel, method.delivery_tag or 0, body, properties, headers)

    def count(self) -> int:
        """How many there are, those that were taken by this object included."""
        return self._ready() + self._taken

    def _ready(self) -> int:
        queue = self._topology.dead_queue(self.channel)
        return self._amqp.queue_declare(queue, passive=True).method.message_count or 0

    def replay(self, letter: DeadLetter) -> None:
        """Put it back with its attempts reset. It is sent even if its event is on record as sent (a new replay id).

        Copies of one letter share that id: what was set aside twice is sent once.
        """
        properties = letter.properties
        kept = (correlation.HEADER,)
        headers = {name: value for name, value in letter.headers.items() if name in kept or not name.startswith("x-")}
        again = OutgoingMessage(
            exchange="",
            routing_key=self._topology.queue(self.channel),
            body=letter.body,
            message_id=letter.id,
            type=properties.type or "",
            headers=headers | {REPLAY: self._replay_ids.setdefault(letter.id, str(uuid.uuid4()))},
            timestamp_s=properties.timestamp,
        )
        self._amqp.basic_publish(again.exchange, again.routing_key, again.body, again.properties, mandatory=True)
        self._acknowledge(letter)

    def drop(self, letter: DeadLetter) -> None:
        """Remove it for good."""
        self._acknowledge(letter)

    def _acknowledge(self, letter: DeadLetter) -> None:
        self._amqp.basic_ack(letter.tag)
        self._taken -= 1


def _moment(noted: object) -> datetime | None:
    """A header's time in UTC, if it is one."""
    try:
        return datetime.fromisoformat(noted).astimezone(UTC) if isinstance(noted, str) else None
    except (ValueError, OverflowError):  # the latter at the ends of the calendar
        return None


def _first_death(deaths: object) -> datetime | None:
    """When RabbitMQ set it aside, by its own header."""
    match deaths:
        case [{"time": datetime() as when}, *_]:
            return when.replace(tzinfo=UTC)
    return None
