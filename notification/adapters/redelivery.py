"""Putting a notice into its channel's queue once more.

A redelivery carries a replay id, which the consumer looks up in place of the event's: so it is really sent
again, and once. The id is made from the last delivery, so asking five times before the next one still means once. What
never arrived needs none: whichever copy arrives first makes the others known as sent. With an Idempotency-Key the id
is kept before the message goes out, so a repetition has the same one, also when the first has been delivered since.
"""

import uuid

from etc.contracts.topology import Topology
from kit import faults, idempotency
from kit.messaging.outgoing_message import OutgoingMessage
from kit.messaging.publisher import Publisher
from kit.observability import correlation
from kit.stores.idempotency_keys import IdempotencyKeys
from notification.adapters.queue_consumer import REDELIVERY, REPLAY
from notification.domain.delivery import Delivery

_CONFIRM_TIMEOUT_S = 3.0
_OURS = uuid.UUID("6a1d7c0e-3f0b-5d8e-9a51-2c4e7b9f0d13")  # the namespace of our replay ids (RFC 9562 §5.5)


class RedeliveryQueue:
    """Thread-safe. `publisher` is started and closed by whoever made it."""

    def __init__(self, publisher: Publisher, topology: Topology, keys: IdempotencyKeys) -> None:
        self._publisher = publisher
        self._topology = topology
        self._keys = keys

    def redeliver(self, delivery: Delivery) -> None:
        """Returns when the broker has it. Raises Unavailable; if it is NotConfirmed, it may be sent all the same."""
        headers: dict[str, str] = correlation.propagation_headers() | {REDELIVERY: "asked for"}
        if replay_id := self._replay_id(delivery):
            headers[REPLAY] = replay_id
        message = OutgoingMessage(
            exchange="",
            routing_key=self._topology.queue(delivery.channel),
            body=delivery.event.model_dump_json().encode(),
            message_id=delivery.event.id,
            type=delivery.event.type,
            headers=headers,
        )
        self._publisher.publish_and_wait(message, _CONFIRM_TIMEOUT_S)
        faults.point("redelivery.published")

    def _replay_id(self, delivery: Delivery) -> str:
        """Empty: none is needed."""
        delivered_at = delivery.last_delivered_at
        replay_id = str(uuid.uuid5(_OURS, f"{delivery.id} {delivered_at.isoformat()}")) if delivered_at else ""
        key = idempotency.current()
        return self._keys.begin(key, replay_id) if key else replay_id
