"""The use cases' ports to stores, the broker and other services; `notification.adapters` has it.

Each call raises kit.errors.Unavailable when what it asks does not answer.
"""

from dataclasses import dataclass
from typing import Protocol

from notification.domain.delivery import Delivery
from notification.domain.subscription import Subscription, Subscriptions


class SubscriptionStore(Protocol):
    def listed(self, student_id: int) -> Subscriptions: ...
    def get(self, student_id: int, class_id: int) -> Subscription | None: ...
    def put(self, student_id: int, class_id: int, subscription: Subscription) -> None: ...
    def remove(self, student_id: int, class_id: int) -> None: ...
    def end_email(self, student_id: int, class_id: int, email: str) -> None: ...


class Classes(Protocol):
    def require(self, class_id: int) -> None: ...


class Resolver(Protocol):
    def addresses(self, host: str, port: int, timeout_s: float) -> list[str]:
        """Raises Unresolvable (domain.addresses)."""


class Endpoints(Protocol):
    def paused(self, student_id: int, proxy: str) -> bool: ...
    def resume(self, student_id: int, proxy: str) -> None: ...


class WebhookSecrets(Protocol):
    def ensure(self, student_id: int) -> None: ...


@dataclass(frozen=True)
class Page:
    """`next` is the `after` of the page that follows, if one does."""

    deliveries: tuple[Delivery, ...]
    next: str | None


class DeliveryLog(Protocol):
    def page(self, student_id: int, after: str | None, size: int) -> Page: ...
    def get(self, student_id: int, id_: str) -> Delivery | None: ...


class RateLimiter(Protocol):
    """`count` raises RateLimited."""

    def count(self, student_id: int) -> None: ...


class Redelivery(Protocol):
    def redeliver(self, delivery: Delivery) -> None: ...
