"""A message on its way to the broker, and what its sender learns when the broker does not confirm it."""

from dataclasses import dataclass, field
from typing import Any

from pika.delivery_mode import DeliveryMode
from pika.spec import BasicProperties

from kit.errors import Unavailable


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
