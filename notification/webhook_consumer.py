"""Sends notices by webhook: `python -m notification.webhook_consumer`.

Consumes the queue `notification.webhook`. Settings: notification.settings.WebhookSettings.
"""

from kit.redis_client import connect
from kit.settings import load
from notification.adapters.receivers import Receivers
from notification.adapters.resolver import Resolver
from notification.adapters.shared_redis import SharedRedis
from notification.adapters.subscriptions import SubscriptionStore
from notification.adapters.webhook import WebhookSender
from notification.adapters.webhook_secrets import WebhookSecrets
from notification.domain.event import EnrollmentPromoted
from notification.pausing import PausingSender
from notification.process import Capacity, consume
from notification.settings import WebhookSettings


def capacity(places: int) -> Capacity:
    """One host may have a quarter of the free places: of 50, ten when it is alone."""
    prefetch = 10 * places
    return Capacity(places=places, prefetch=prefetch, waiting=prefetch, share=0.25)


def main() -> None:
    settings = load(WebhookSettings)
    places = settings.webhook_in_flight
    store = connect(settings.redis_url, SharedRedis)
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
    consume(PausingSender(sender, Receivers(store)), settings, capacity(places))


if __name__ == "__main__":
    main()
