"""Sends notices by e-mail: `python -m notification.email_consumer`.

Consumes the queue `notification.email`. Settings: notification.settings.EmailSettings.
"""

from kit.settings import load
from notification.adapters.auto_pipelining import AutoPipeliningRedis
from notification.bootstrap import Capacity, consume
from notification.consumer.pipeline import Gathered
from notification.domain.digests import Digests
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
    room = capacity(settings.email_in_flight)
    digests: Gathered = Digests(
        after=settings.email_digest_after, wait_s=settings.email_digest_wait_s, most_held=room.prefetch // 2
    )
    consume(EmailSender(settings), settings, room, stores, digests=digests)


if __name__ == "__main__":
    main()
