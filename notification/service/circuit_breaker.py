"""Sparing receivers that failed for days: not sending there, and telling the student, who can resume it."""

import logging
import uuid
from datetime import UTC, datetime

from contracts.topology import Topology
from kit.errors import Unavailable
from kit.messaging.publisher import NotConfirmed, OutgoingMessage, Publisher
from kit.observability import correlation
from notification.adapters.endpoints import Endpoints
from notification.adapters.subscriptions import SubscriptionStore
from notification.consumer.handler import Sender
from notification.domain.delivery import masked_url
from notification.domain.event import EnrollmentPromoted, ReceiverPaused
from notification.domain.outcome import PermanentFailure

log = logging.getLogger(__name__)

PAUSED = "not sent: this receiver failed for days and is paused; resume it, then have this sent again"
_CONFIRM_TIMEOUT_S = 5.0


class CircuitBreaker:
    """A sender that sends nothing to receivers that are paused."""

    def __init__(self, sender: Sender, receivers: Endpoints) -> None:
        self.channel = sender.channel
        self.wants = sender.wants
        self.host = sender.host
        self._sender = sender
        self._receivers = receivers

    def send(self, event: EnrollmentPromoted) -> int | None:
        if self._is_paused(event):
            raise PermanentFailure(PAUSED)
        return self._sender.send(event)

    def _is_paused(self, event: EnrollmentPromoted) -> bool:
        try:
            return self._receivers.paused(event.student_id, event.proxy_url or "")
        except Unavailable:
            return False  # an attempt too many does no harm


class PauseNotifier:
    """Tells students by mail, through the queue of the mails."""

    def __init__(self, publisher: Publisher, topology: Topology, subscriptions: SubscriptionStore) -> None:
        self._publisher = publisher
        self._topology = topology
        self._subscriptions = subscriptions

    def tell(self, event: EnrollmentPromoted) -> None:
        """Tell of the receiver of this event. Raises nothing: the log of deliveries shows the pause as well."""
        try:
            email = event.email or self._any_address(event.student_id)
            if email is None:
                log.warning("receiver of student %d paused; there is no address to tell", event.student_id)
                return
            self._publisher.publish(self._letter(event, email)).result(_CONFIRM_TIMEOUT_S)
        except (Unavailable, NotConfirmed, TimeoutError) as error:
            log.warning("student %d was not told that a receiver is paused: %s", event.student_id, error)

    def _any_address(self, student_id: int) -> str | None:
        subscriptions = self._subscriptions.of(student_id).by_class.values()
        return next((one.email for one in subscriptions if one.email), None)

    def _letter(self, event: EnrollmentPromoted, email: str) -> OutgoingMessage:
        notice = ReceiverPaused(
            id=str(uuid.uuid4()),
            type="receiver.paused",
            occurred_at=datetime.now(UTC).isoformat(),
            student_id=event.student_id,
            class_id=event.class_id,
            message=f"Webhooks to {masked_url(event.proxy_url or '')} have failed for days and are paused. "
            f"Once it works again, resume it: POST /student/subscribe/{event.class_id}/resume",
            email=email,
            proxy_url=None,
        )
        body = notice.model_dump_json().encode()
        headers = correlation.outgoing()
        return OutgoingMessage("", self._topology.queue("email"), body, notice.id, kind=notice.type, headers=headers)
