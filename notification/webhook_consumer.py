"""Sends notices by webhook: `python -m notification.webhook_consumer`.

Consumes the queue `notification.webhook`. Settings: notification.settings.WebhookSettings.
"""

from kit.settings import load
from kit.stores.redis_client import connect
from notification.adapters.auto_pipelining import AutoPipeliningRedis
from notification.adapters.endpoints import Endpoints
from notification.adapters.resolver import Resolver
from notification.adapters.subscriptions import SubscriptionStore
from notification.adapters.webhook_secrets import WebhookSecrets
from notification.consumer.process import Capacity, consume
from notification.domain.event import EnrollmentPromoted
from notification.senders.webhook import WebhookSender
from notification.service.circuit_breaker import CircuitBreaker
from notification.settings import WebhookSettings


def capacity(places: int) -> Capacity:
    """One host may have a quarter of the free places: of 50, ten when it is alone."""
    prefetch = 10 * places
    return Capacity(places=places, prefetch=prefetch, waiting=prefetch, share=0.25)


def main() -> None:
    settings = load(WebhookSettings)
    places = settings.webhook_in_flight
    store = connect(settings.redis_url, AutoPipeliningRedis)
    subscriptions = SubscriptionStore(store)

    def end_subscription(event: EnrollmentPromoted) -> None:
        class_id, proxy = event.class_id, event.proxy_url or ""
        subscriptions.change(event.student_id, lambda all_: all_.without_proxy(class_id, proxy))

    sender = WebhookSender(
        Resolver(lookups=places),
        settings.callback_allowed_networks,
        timeout_s=settings.webhook_timeout_s,
        secrets_of=WebhookSecrets(store).of,
        end_subscription=end_subscription,
    )
    consume(CircuitBreaker(sender, Endpoints(store)), settings, capacity(places))


if __name__ == "__main__":
    main()
