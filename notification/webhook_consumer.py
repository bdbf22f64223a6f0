"""Sends notices by webhook: `python -m notification.webhook_consumer`.

Consumes the queue `notification.webhook`. Settings: notification.settings.WebhookSettings.
"""

from kit.settings import load
from notification.adapters.resolver import Resolver
from notification.adapters.webhook import WebhookSender
from notification.process import Capacity, consume
from notification.settings import WebhookSettings


def main() -> None:
    settings = load(WebhookSettings)
    places = settings.webhook_in_flight
    sender = WebhookSender(
        Resolver(lookups=places), settings.callback_allowed_networks, timeout_s=settings.webhook_timeout_s
    )
    # One host may hold a tenth of the places and a quarter of the waiting room.
    consume(sender, settings, Capacity(places=places, per_host=max(1, places // 10), waiting_share=0.25))


if __name__ == "__main__":
    main()
