"""Sends notices by e-mail: `python -m notification.email_consumer`.

Consumes the queue `notification.email`. Settings: notification.settings.EmailSettings.
"""

from kit.settings import load
from notification.adapters.auto_pipelining import AutoPipeliningRedis
from notification.bootstrap import Capacity, consume
from notification.senders.email import EmailSender
from notification.settings import EmailSettings
from notification.stores import open_stores


def capacity(in_flight: int) -> Capacity:
    """All mail goes to one server: its queue may have everything, and room so that nobody is ever rejected.

    More are claimed than are sent at once, so that no connection waits for DynamoDB, and as many again are recorded.
    """
    claimed = 8 * in_flight
    prefetch = 2 * claimed
    return Capacity(concurrency=claimed, prefetch=prefetch, room=2 * prefetch, share=claimed, workers=in_flight)


def main() -> None:
    settings = load(EmailSettings)
    stores = open_stores(settings, AutoPipeliningRedis)
    consume(EmailSender(settings), settings, capacity(settings.email_in_flight), stores)


if __name__ == "__main__":
    main()
