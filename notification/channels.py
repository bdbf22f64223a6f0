"""What each channel is made of, the one place where senders are.

One more channel is a member of etc.contracts.channel.Channel, a sender and an entry here, a block of settings, and a
line of the Procfile.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from etc.contracts.channel import Channel
from kit.settings import load
from notification.adapters.auto_pipelining import AutoPipeliningRedis
from notification.adapters.resolver import Resolver
from notification.bootstrap import Capacity, consume
from notification.consumer.pipeline import Gathered
from notification.domain.digests import Digests
from notification.domain.event import Event
from notification.domain.sender import Sender
from notification.senders.circuit_breaker import CircuitBreaker
from notification.senders.email import EmailSender, OneMailSender
from notification.senders.webhook import WebhookSender
from notification.settings import CallbackSettings, EmailSettings, NotificationSettings, WebhookSettings
from notification.stores import Stores, open_stores

_LOOKUPS = 20  # at once, of test notices


@dataclass(frozen=True)
class ChannelParts:
    """`consume` is its consumer, until SIGTERM or SIGINT.

    `tester` makes what sends test notices for the service, and says where notices went.
    """

    consume: Callable[[], None]
    tester: Callable[[NotificationSettings, Stores], Sender]


def testers(settings: NotificationSettings, stores: Stores) -> dict[str, Sender]:
    """One for each channel, by its name."""
    return {channel: CHANNELS[channel].tester(settings, stores) for channel in Channel}


# --- e-mail


def _consume_email() -> None:
    settings = load(EmailSettings)
    capacity = email_capacity(settings.email_in_flight)
    digests: Gathered = Digests(
        after=settings.email_digest_after, wait_s=settings.email_digest_wait_s, most_held=capacity.prefetch // 2
    )
    stores = open_stores(settings, AutoPipeliningRedis)
    consume(EmailSender(settings), settings, capacity, stores, digests=digests)


def email_capacity(in_flight: int) -> Capacity:
    """All mail goes to one server: its queue may have everything, and room so that nobody is ever rejected.

    More are claimed than are sent at once, so that no connection waits for DynamoDB, and as many again are recorded.
    """
    claimed = 8 * in_flight
    prefetch = 2 * claimed
    return Capacity(concurrency=claimed, prefetch=prefetch, room=2 * prefetch, share=claimed, workers=in_flight)


# --- webhooks


def _consume_webhook() -> None:
    settings = load(WebhookSettings)
    stores = open_stores(settings, AutoPipeliningRedis)

    def end_subscription(event: Event) -> None:
        stores.subscriptions.end_webhook(event.student_id, event.class_id, event.proxy_url or "")

    def read_ahead(events: Sequence[Event]) -> None:
        stores.secrets.read_ahead([event.student_id for event in events])

    sender = _webhook_sender(settings, stores, 4 * settings.webhook_in_flight, end_subscription)
    capacity = webhook_capacity(settings.webhook_in_flight)
    consume(CircuitBreaker(sender, stores.endpoints), settings, capacity, stores, read_ahead)


def webhook_capacity(in_flight: int) -> Capacity:
    """One host may have a quarter of the free concurrency: of 50, ten when it is alone."""
    prefetch = 10 * in_flight
    return Capacity(concurrency=in_flight, prefetch=prefetch, room=prefetch, share=0.25)


def _webhook_tester(settings: NotificationSettings, stores: Stores) -> Sender:
    # A test only reports that a receiver said 410.
    return _webhook_sender(settings, stores, _LOOKUPS, end_subscription=lambda _: None)


def _webhook_sender(
    settings: CallbackSettings, stores: Stores, lookups: int, end_subscription: Callable[[Event], None]
) -> WebhookSender:
    return WebhookSender(
        Resolver(lookups),
        settings.callback_allowed_networks,
        timeout_s=settings.webhook_timeout_s,
        secrets_of=stores.secrets.of,
        end_subscription=end_subscription,
    )


CHANNELS: dict[Channel, ChannelParts] = {
    Channel.EMAIL: ChannelParts(_consume_email, lambda settings, _: OneMailSender(settings)),
    Channel.WEBHOOK: ChannelParts(_consume_webhook, _webhook_tester),
}
