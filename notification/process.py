"""Wiring of a consumer process: what email_consumer and webhook_consumer share."""

from dataclasses import dataclass
from typing import Any

from kit import faults, logs, tracing
from kit.amqp import Topology, parameters
from kit.health_port import open_health_port
from kit.publisher import Publisher
from kit.redis_client import connect
from kit.stop import Stop
from notification import metrics
from notification.adapters.delivery_log import DeliveryLog
from notification.adapters.queue_depths import QueueDepths
from notification.adapters.sent_records import SentRecords
from notification.adapters.shared_redis import SharedRedis
from notification.adapters.subscriptions import SubscriptionStore
from notification.consumer import Consumer
from notification.courier import Courier, Sender
from notification.domain.lines import Lines
from notification.inbox import Inbox
from notification.pausing import PauseNotices
from notification.recorder import Recorder
from notification.settings import ConsumerSettings
from notification.settlement import Settlement
from notification.workers import Workers

_CLERKS = 4


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
    logs.configure(settings.log_level, settings.log_style)
    faults.arm(settings.fault_point)
    tracing.configure(settings.otel_exporter_otlp_endpoint, f"{sender.channel}_consumer")
    stop = Stop()
    stop.listen()
    channel = sender.channel
    topology = Topology(settings.amqp_prefix)

    def declare(amqp: Any) -> None:
        topology.declare(amqp)
        topology.declare_retries(amqp, channel, list(settings.schedule.delays_ms))

    publisher = Publisher(parameters(settings.amqp_url, f"{channel} consumer, publishing"), declare)
    publisher.start()
    store = connect(settings.redis_url, SharedRedis)
    records = SentRecords(store, channel, settings.sent_record_lifetime_s)
    deliveries = DeliveryLog(store, pause_after_s=settings.pause_after_s)
    pauses = PauseNotices(publisher, topology, SubscriptionStore(store))
    asked = lambda: stop.asked  # noqa: E731
    workers = Workers(capacity.places, channel)
    metrics.DEAD_LETTERS.labels(channel)  # 0 is told, too
    metrics.IN_FLIGHT.labels(channel).set_function(lambda: workers.unfinished)
    consumer = Consumer(
        sender=sender,
        courier=Courier(sender, records, stopping=asked, pause=stop.pause),
        settlement=Settlement(channel, topology, settings.schedule, publisher, asked, stop.pause),
        recorder=Recorder(channel, deliveries, settings.schedule, pauses.tell),
        lines=capacity.lines(),
        workers=workers,
        clerks=Workers(_CLERKS, f"{channel}-clerk"),
        open_inbox=lambda: Inbox(
            parameters(settings.amqp_url, f"{channel} consumer"), topology.queue(channel), capacity.prefetch, declare
        ),
        stop=stop,
    )
    probes = {"rabbitmq": consumer.require_consuming, "redis": records.ping}
    open_health_port(settings.health_host, settings.health_port, probes)
    if settings.health_port:
        delays = settings.schedule.delays_ms
        queues = [topology.queue(channel), topology.dead_queue(channel)]
        queues += [topology.retry_queue(channel, delay_ms) for delay_ms in delays]
        QueueDepths(parameters(settings.amqp_url, f"{channel} consumer, counting"), queues, stop.pause).start()
    consumer.run(settings.shutdown_timeout_s)
    publisher.close()
