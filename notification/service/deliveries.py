"""What a student can see of the notices sent, and do about them."""

from etc.contracts.channel import Channel
from notification.domain.delivery import EndpointIsPaused, NoSuchDelivery
from notification.service.ports import DeliveryLog, Endpoints, Page, RateLimiter, Redelivery

PAGE_SIZE = 20


class Deliveries:
    """Each method raises Unavailable when a store or broker it needs does not answer."""

    def __init__(self, log: DeliveryLog, limiter: RateLimiter, redelivery: Redelivery, endpoints: Endpoints) -> None:
        self._log = log
        self._limiter = limiter
        self._redelivery = redelivery
        self._endpoints = endpoints

    def page(self, student_id: int, after: str | None) -> Page:
        """The newest deliveries, or those older than the one with the id `after`."""
        return self._log.page(student_id, after, PAGE_SIZE)

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
        proxy = delivery.event.proxy_url
        if delivery.channel == Channel.WEBHOOK and proxy and self._endpoints.paused(student_id, proxy):
            raise EndpointIsPaused(delivery.event.class_id)
        self._limiter.count(student_id)
        self._redelivery.redeliver(delivery)
