"""What a student can see of the notices sent, and do about them."""

from dataclasses import dataclass
from typing import Protocol

from etc.contracts.channel import Channel
from notification.domain.delivery import Delivery, EndpointIsPaused, NoSuchDelivery

PAGE_SIZE = 20


@dataclass(frozen=True)
class Page:
    """`next` is the `after` of the page that follows, if one does."""

    deliveries: tuple[Delivery, ...]
    next: str | None


class Log(Protocol):
    """See adapters.delivery_log."""

    def page(self, student_id: int, after: str | None, size: int) -> Page: ...
    def get(self, student_id: int, id_: str) -> Delivery | None: ...


class Limit(Protocol):
    """See adapters.rate_limiter."""

    def count(self, student_id: int) -> None: ...


class Redelivers(Protocol):
    """See adapters.redelivery."""

    def redeliver(self, delivery: Delivery) -> None: ...


class Endpoints(Protocol):
    """See adapters.endpoints."""

    def paused(self, student_id: int, proxy: str) -> bool: ...


class Deliveries:
    """Each method raises Unavailable when a store or broker it needs does not answer."""

    def __init__(self, log: Log, redeliveries: Limit, queues: Redelivers, endpoints: Endpoints) -> None:
        self._log = log
        self._redeliveries = redeliveries
        self._queues = queues
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
        self._redeliveries.count(student_id)
        self._queues.redeliver(delivery)
