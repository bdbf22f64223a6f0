"""Sends notices by webhook: `python -m notification.webhook_consumer`.

Consumes the queue `notification.webhook`. Settings: notification.settings.WebhookSettings.
"""

from collections.abc import Sequence

from kit.settings import load
from notification.adapters.auto_pipelining import AutoPipeliningRedis
from notification.bootstrap import Capacity, consume, webhook_sender
from notification.domain.event import Event
from notification.settings import WebhookSettings
from notification.stores import open_stores


def capacity(in_flight: int) -> Capacity:
    """One host may have a quarter of the free concurrency: of 50, ten when it is alone."""
    prefetch = 10 * in_flight
    return Capacity(concurrency=in_flight, prefetch=prefetch, room=prefetch, share=0.25)


def main() -> None:
    settings = load(WebhookSettings)
    stores = open_stores(settings, AutoPipeliningRedis)

    def read_ahead(events: Sequence[Event]) -> None:
        stores.secrets.read_ahead([event.student_id for event in events])

    consume(webhook_sender(settings, stores), settings, capacity(settings.webhook_in_flight), stores, read_ahead)


if __name__ == "__main__":
    main()
