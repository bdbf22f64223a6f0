"""Putting a notice into its channel's queue once more: a copy with a replay id of its own.

The consumer looks that id up, and not the event's, among what it sent: so it is really sent again, and once.
"""

import uuid

from contracts.topology import Topology
from kit.messaging.publisher import NotConfirmed, OutgoingMessage, Publisher
from kit.observability import correlation
from notification.adapters.queue_consumer import REPLAY
from notification.domain.delivery import Delivery

_CONFIRM_TIMEOUT_S = 3.0


class Redeliveries:
    """Thread-safe. `publisher` is started and closed by whoever made it."""

    def __init__(self, publisher: Publisher, topology: Topology) -> None:
        self._publisher = publisher
        self._topology = topology

    def send_again(self, delivery: Delivery) -> None:
        """Returns when the broker has it. Raises NotConfirmed, and then it may be sent all the same."""
        letter = OutgoingMessage(
            exchange="",
            routing_key=self._topology.queue(delivery.channel),
            body=delivery.event.model_dump_json().encode(),
            message_id=delivery.event.id,
            kind=delivery.event.type,
            headers=correlation.outgoing() | {REPLAY: str(uuid.uuid4())},
        )
        try:
            self._publisher.publish(letter).result(_CONFIRM_TIMEOUT_S)
        except TimeoutError as error:
            raise NotConfirmed("no confirm in time") from error
