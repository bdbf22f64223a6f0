"""Telling students by mail, through the queue of the mails, that an endpoint of theirs is paused."""

import logging
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from etc.contracts.channel import Channel
from etc.contracts.topology import Topology
from kit.errors import Unavailable
from kit.messaging.outgoing_message import OutgoingMessage
from kit.messaging.retrying_publisher import RetryingPublisher
from kit.observability import correlation
from notification.domain.delivery import masked_url
from notification.domain.event import EndpointPaused, Event

log = logging.getLogger(__name__)


class PauseNotifier:
    """`any_address` of a student, for those who subscribed by webhook alone; may raise Unavailable."""

    def __init__(
        self, publisher: RetryingPublisher, topology: Topology, any_address: Callable[[int], str | None]
    ) -> None:
        self._publisher = publisher
        self._topology = topology
        self._any_address = any_address

    def notify(self, event: Event) -> None:
        """Tell of this event's endpoint, when the broker takes it. Raises nothing: the delivery log says it, too."""
        try:
            email = event.email or self._any_address(event.student_id)
        except Unavailable as error:
            log.warning("student %d not notified of a paused endpoint: %s", event.student_id, error)
            return
        if email is None:
            log.warning("student %d not notified of a paused endpoint: no address", event.student_id)
            return
        notified = "student %d notified of a paused endpoint"
        self._publisher.publish(_message(event, email, self._topology), lambda: log.info(notified, event.student_id))


def _message(event: Event, email: str, topology: Topology) -> OutgoingMessage:
    notice = EndpointPaused(
        id=str(uuid.uuid4()),
        type="receiver.paused",
        occurred_at=datetime.now(UTC).isoformat(),
        student_id=event.student_id,
        class_id=event.class_id,
        message=f"Webhooks to {masked_url(event.proxy_url or '')} have failed for days and are paused. "
        f"Once it works again, resume it: POST /student/subscribe/{event.class_id}/resume",
        email=email,
        proxy_url=None,
        course_code=event.course_code,
        class_name=event.class_name,
        language=event.language,
    )
    return OutgoingMessage(
        exchange="",
        routing_key=topology.queue(Channel.EMAIL),
        body=notice.model_dump_json().encode(),
        message_id=notice.id,
        type=notice.type,
        headers=correlation.propagation_headers(),
    )
