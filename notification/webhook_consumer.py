"""Sends notices by webhook: `python -m notification.webhook_consumer`.

Consumes the queue `notification.webhook`. Settings: notification.settings.WebhookSettings.
"""

from kit.settings import load
from notification.adapters.resolver import Resolver
from notification.adapters.webhook import WebhookSender
from notification.process import Capacity, consume
from notification.settings import WebhookSettings


def capacity(places: int) -> Capacity:
    """One host may have a quarter of the free places: of 50, ten when it is alone."""
    prefetch = 10 * places
    return Capacity(places=places, prefetch=prefetch, waiting=prefetch - places, share=0.25)


def main() -> None:
    settings = load(WebhookSettings)
    places = settings.webhook_in_flight
    sender = WebhookSender(
        Resolver(lookups=places), settings.callback_allowed_networks, timeout_s=settings.webhook_timeout_s
    )
    consume(sender, settings, capacity(places))


if __name__ == "__main__":
    main()
