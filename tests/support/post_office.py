"""Publishing events as the enrollment service does, and looking into queues."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pika

from etc.contracts.channel import Channel
from etc.contracts.topology import Topology
from kit.messaging.amqp import parameters


def an_event(**changes: Any) -> dict[str, Any]:
    """An event as in the schema's example, with an id of its own."""
    return {
        "id": str(uuid.uuid4()),
        "type": "enrollment.promoted",
        "occurred_at": datetime.now(UTC).isoformat(),
        "student_id": 4,
        "class_id": 2,
        "message": "Student with id: 4 has been enrolled in Class 2",
        "email": None,
        "proxy_url": None,
    } | changes


class PostOffice:
    def __init__(self, amqp_url: str, topology: Topology) -> None:
        self.topology = topology
        self.event_ids: list[str] = []
        self._connection = pika.BlockingConnection(parameters(amqp_url, "tests"))
        self._amqp = self._connection.channel()
        topology.declare(self._amqp)
        self._amqp.confirm_delivery()

    def __enter__(self) -> "PostOffice":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def publish(self, event: dict[str, Any], headers: dict[str, Any] | None = None) -> dict[str, Any]:
        self.event_ids.append(event["id"])
        self.publish_bytes(json.dumps(event).encode(), event["id"], headers)
        return event

    def publish_bytes(self, body: bytes, message_id: str | None = None, headers: dict[str, Any] | None = None) -> None:
        properties = pika.BasicProperties(
            content_type="application/json",
            delivery_mode=2,
            message_id=message_id,
            type="enrollment.promoted",
            headers=headers,
        )
        self._amqp.basic_publish(self.topology.events, "", body, properties, mandatory=True)

    def set_aside(self, channel: str, event: dict[str, Any], headers: dict[str, Any]) -> None:
        """Publish a dead letter."""
        properties = pika.BasicProperties(delivery_mode=2, message_id=event["id"], headers=headers)
        self._amqp.basic_publish(
            "", self.topology.dead_queue(channel), json.dumps(event).encode(), properties, mandatory=True
        )

    def depth(self, queue: str) -> int:
        """Messages ready in the queue (what a consumer holds does not count)."""
        self._connection.process_data_events()
        return self._amqp.queue_declare(queue, passive=True).method.message_count

    def consumers_of(self, queue: str) -> int:
        self._connection.process_data_events()
        return self._amqp.queue_declare(queue, passive=True).method.consumer_count

    def delivery_counts(self, queue: str) -> list[int]:
        """Of each message in the queue, how often a consumer held it and did not acknowledge it."""
        amqp = self._connection.channel()
        counts = []
        for _ in range(amqp.queue_declare(queue, passive=True).method.message_count):
            method, properties, _ = amqp.basic_get(queue)
            if method is not None:
                counts.append(dict(properties.headers or {}).get("x-delivery-count", 0))
        amqp.close()
        return counts

    def delete(self, queue: str) -> None:
        self._amqp.queue_delete(queue)

    def declare(self) -> None:
        self.topology.declare(self._amqp)

    def dead(self, channel: str) -> list[tuple[bytes, dict[str, Any]]]:
        """Bodies and headers of the dead letters, which stay where they are."""
        assert channel in list(Channel)
        queue = self.topology.dead_queue(channel)
        letters = []
        amqp = self._connection.channel()
        for _ in range(amqp.queue_declare(queue, passive=True).method.message_count):
            method, properties, body = amqp.basic_get(queue)
            if method is not None:
                letters.append((body, dict(properties.headers or {})))
        amqp.close()
        return letters
