"""Wiring of a consumer process: what email_consumer and webhook_consumer share."""

from dataclasses import dataclass
from typing import Any

from kit import faults, logs
from kit.amqp import Topology, parameters
from kit.publisher import Publisher
from kit.redis_client import connect
from notification.adapters.delivery_log import DeliveryLog
from notification.adapters.sent_records import SentRecords
from notification.consumer import Consumer
from notification.courier import Courier, Sender
from notification.domain.lines import Lines
from notification.inbox import Inbox
from notification.recorder import Recorder
from notification.settings import ConsumerSettings
from notification.settlement import Settlement
from notification.stop import Stop
from notification.workers import Workers

_CLERKS = 2


@dataclass(frozen=True)
class Capacity:
    """How much is done at once: see domain.lines. `prefetch` messages are here at most, waiting or under way."""

    places: int
    prefetch: int
    waiting: int
    share: float

    def lines(self) -> Lines[Any]:
        return Lines(places=self.places, waiting=self.waiting, share=self.share)


def consume(sender: Sender, settings: ConsumerSettings, capacity: Capacity) -> None:
    """Run the consumer of the sender's channel in the main thread until SIGTERM or SIGINT."""
    logs.configure(settings.log_level)
    faults.arm(settings.fault_point)
    stop = Stop()
    stop.listen()
    channel = sender.channel
    topology = Topology(settings.amqp_prefix)

    def declare(amqp: Any) -> None:
        topology.declare(amqp)
        topology.declare_retries(amqp, channel, list(settings.schedule.delays_ms))

    publisher = Publisher(parameters(settings.amqp_url, f"{channel} consumer, publishing"), declare)
    publisher.start()
    store = connect(settings.redis_url)
    records = SentRecords(store, channel, settings.sent_record_lifetime_s)
    asked = lambda: stop.asked  # noqa: E731
    Consumer(
        sender=sender,
        courier=Courier(sender, records, stopping=asked, pause=stop.pause),
        settlement=Settlement(channel, topology, settings.schedule, publisher, asked, stop.pause),
        recorder=Recorder(channel, DeliveryLog(store), settings.schedule),
        lines=capacity.lines(),
        workers=Workers(capacity.places, channel),
        clerks=Workers(_CLERKS, f"{channel}-clerk"),
        open_inbox=lambda: Inbox(
            parameters(settings.amqp_url, f"{channel} consumer"), topology.queue(channel), capacity.prefetch, declare
        ),
        stop=stop,
    ).run(settings.shutdown_timeout_s)
    publisher.close()
