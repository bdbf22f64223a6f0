"""A student's deliveries: to be seen, and sent again."""

from collections.abc import Mapping

from notification.domain.delivery import Delivery, EndpointIsPaused, NoSuchDelivery
from notification.domain.sender import Sender
from notification.service.ports import DeliveryLog, Endpoints, Page, RateLimiter, Redelivery

PAGE_SIZE = 20


class Deliveries:
    """Each method raises Unavailable when a store or broker it needs does not answer. `senders`: by channel."""

    def __init__(
        self,
        log: DeliveryLog,
        limiter: RateLimiter,
        redelivery: Redelivery,
        endpoints: Endpoints,
        senders: Mapping[str, Sender],
    ) -> None:
        self._log = log
        self._limiter = limiter
        self._redelivery = redelivery
        self._endpoints = endpoints
        self._senders = senders

    def page(self, student_id: int, after: str | None) -> Page:
        """The newest deliveries, or those older than the one with the id `after`."""
        return self._log.page(student_id, after, PAGE_SIZE)

    def target(self, delivery: Delivery) -> str:
        """Where it went, shortened."""
        return self._senders[delivery.channel].target(delivery.event)

    def redeliver(self, student_id: int, id_: str) -> None:
        """Send it once more to where it went, with all its attempts, in whatever state it is.

        A copy that waits to be tried again is then not sent, should this one be delivered before.

        Raises:
            NoSuchDelivery: or it is somebody else's.
            EndpointIsPaused: sent there, it would only be one more dead letter.
            RateLimited
        """
        delivery = self._log.get(student_id, id_)
        if delivery is None:
            raise NoSuchDelivery(id_)
        endpoint = self._senders[delivery.channel].endpoint(delivery.event)
        if endpoint and self._endpoints.paused(student_id, endpoint):
            raise EndpointIsPaused(delivery.event.class_id)
        self._limiter.count(student_id)
        self._redelivery.redeliver(delivery)
