"""The use cases of subscriptions: subscribe, list, resume, unsubscribe."""

from collections.abc import Collection
from dataclasses import dataclass

from notification.domain import callback_url
from notification.domain.addresses import Network, Unresolvable, permitted
from notification.domain.callback_url import CallbackUrl, NotACallbackUrl
from notification.domain.subscription import NotSubscribed, Subscription
from notification.service.ports import Classes, Endpoints, Resolver, SubscriptionStore, WebhookSecrets

_LOOKUP_TIMEOUT_S = 1.0


@dataclass(frozen=True)
class Wishes:
    """How a student wants to be told; None is as the founding document has it."""

    language: str | None = None
    webhook_format: str | None = None


NO_WISHES = Wishes()


class SubscriptionService:
    """Each method raises Unavailable when a store or service it needs does not answer, and then changed nothing."""

    def __init__(
        self,
        subscriptions: SubscriptionStore,
        classes: Classes,
        resolver: Resolver,
        callbacks_allowed_into: Collection[Network],
        endpoints: Endpoints,
        secrets: WebhookSecrets,
    ) -> None:
        self._subscriptions = subscriptions
        self._classes = classes
        self._resolver = resolver
        self._allowed = callbacks_allowed_into
        self._endpoints = endpoints
        self._secrets = secrets

    def subscribe(
        self, student_id: int, class_id: int, email: str | None, proxy_url: str | None, wishes: Wishes = NO_WISHES
    ) -> None:
        """Store the subscription; one to the same class is replaced. Idempotent and atomic.

        An endpoint that was paused is resumed. Who has no secret yet gets one now, so that the first webhook need not
        wait for it.

        Args:
            proxy_url: plain or percent-encoded once.

        Raises:
            NoChannel, NotACallbackUrl, NoSuchClass
        """
        url = None if proxy_url is None else callback_url.parse(proxy_url)
        subscription = Subscription(email, None if url is None else url.stored, wishes.language, wishes.webhook_format)
        if url is not None:
            self._refuse_inner_address(url)
        self._classes.require(class_id)
        if subscription.proxy is not None:
            self._endpoints.resume(student_id, subscription.proxy)
            self._secrets.ensure(student_id)
        self._subscriptions.put(student_id, class_id, subscription)

    def class_ids(self, student_id: int) -> list[int]:
        """The classes the student is subscribed to, ascending."""
        return self._subscriptions.listed(student_id).class_ids

    def subscription(self, student_id: int, class_id: int) -> Subscription:
        """Raises NotSubscribed."""
        if subscription := self._subscriptions.get(student_id, class_id):
            return subscription
        raise NotSubscribed(student_id, class_id)

    def resume(self, student_id: int, class_id: int) -> None:
        """Send webhooks again, for all classes that share this one's URL. Idempotent. Raises NotSubscribed."""
        subscription = self.subscription(student_id, class_id)
        if subscription.proxy is not None:
            self._endpoints.resume(student_id, subscription.proxy)

    def unsubscribe(self, student_id: int, class_id: int) -> None:
        """Raises NotSubscribed. Works for classes that are gone, too."""
        self._subscriptions.remove(student_id, class_id)

    def _refuse_inner_address(self, url: CallbackUrl) -> None:
        """An early word to the user; the check that counts is made at each delivery, of the address connected to.

        So a name that does not resolve right now passes.
        """
        try:
            found = self._resolver.addresses(url.host, url.port, _LOOKUP_TIMEOUT_S)
        except Unresolvable:
            return
        if not permitted(found, self._allowed):
            raise NotACallbackUrl("leads to an address that is not on the public internet")
