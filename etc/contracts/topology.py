"""What the exchanges and queues are called and how they are declared. The same on RabbitMQ 3.10 and 4.x.

    enrollment.events (fanout) ──► notification.email   ──rejected──┐
                               └─► notification.webhook ──rejected──┤
                                                                    ▼
                                     notification.dead (direct) ──► notification.<channel>.dead

    notification.<channel>.retry.<delay>ms ──after the delay──► notification.<channel>

All queues are durable quorum queues. A message that moves from one to another is confirmed by the target first
(dead-letter strategy at-least-once), so no crash loses it on the way. Arguments never change under a queue's name
(that would be error 406): the delay is part of the name of its retry queue.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from pika.exchange_type import ExchangeType

from etc.contracts.channel import Channel

DELIVERY_LIMIT = 50  # a message whose consumer died this often is set aside as a dead letter
_UNLIMITED = 1_000_000_000  # a dead letter may be looked at any number of times


class _Declares(Protocol):
    """A pika channel, blocking or not."""

    def exchange_declare(self, exchange: str, exchange_type: ExchangeType, *, durable: bool) -> Any: ...
    def queue_declare(self, queue: str, *, durable: bool, arguments: dict[str, Any]) -> Any: ...
    def queue_bind(self, queue: str, exchange: str, routing_key: str) -> Any: ...


@dataclass(frozen=True)
class Topology:
    """The names. `prefix` keeps two systems on one broker apart."""

    prefix: str = ""

    @property
    def events(self) -> str:
        return f"{self.prefix}enrollment.events"

    @property
    def dead_exchange(self) -> str:
        return f"{self.prefix}notification.dead"

    def queue(self, channel: str) -> str:
        return f"{self.prefix}notification.{channel}"

    def dead_queue(self, channel: str) -> str:
        return f"{self.queue(channel)}.dead"

    def retry_queue(self, channel: str, delay_ms: int) -> str:
        return f"{self.queue(channel)}.retry.{delay_ms}ms"

    def declare(self, amqp: _Declares) -> None:
        """Everything a publisher needs, so that no event is published before both queues exist. Idempotent."""
        amqp.exchange_declare(self.events, ExchangeType.fanout, durable=True)
        amqp.exchange_declare(self.dead_exchange, ExchangeType.direct, durable=True)
        for channel in Channel:
            dead = {"x-queue-type": "quorum", "x-delivery-limit": _UNLIMITED}
            amqp.queue_declare(self.dead_queue(channel), durable=True, arguments=dead)
            amqp.queue_bind(self.dead_queue(channel), self.dead_exchange, routing_key=channel)
            live = _forwarding(self.dead_exchange, channel) | {"x-delivery-limit": DELIVERY_LIMIT}
            amqp.queue_declare(self.queue(channel), durable=True, arguments=live)
            amqp.queue_bind(self.queue(channel), self.events, routing_key="")

    def declare_retries(self, amqp: _Declares, channel: str, delays_ms: list[int]) -> None:
        """One retry queue for each delay (a per-message TTL would wait behind the head of the queue). Idempotent."""
        for delay_ms in delays_ms:
            arguments = _forwarding("", self.queue(channel)) | {"x-message-ttl": delay_ms}
            amqp.queue_declare(self.retry_queue(channel, delay_ms), durable=True, arguments=arguments)


def _forwarding(exchange: str, routing_key: str) -> dict[str, Any]:
    return {
        "x-queue-type": "quorum",
        "x-dead-letter-exchange": exchange,
        "x-dead-letter-routing-key": routing_key,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",  # at-least-once requires it
    }
