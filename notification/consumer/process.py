"""Wiring of a consumer process: what email_consumer and webhook_consumer share."""

from dataclasses import dataclass
from typing import Any

from contracts.topology import Topology
from kit import faults
from kit.concurrency.shutdown import Shutdown
from kit.messaging.amqp import parameters
from kit.messaging.publisher import Publisher
from kit.observability import logs, tracing
from kit.stores.redis_client import connect
from kit.web.health_port import open_health_port
from notification import metrics
from notification.adapters.auto_pipelining import AutoPipeliningRedis
from notification.adapters.dedup_store import DedupStore
from notification.adapters.delivery_log import DeliveryLog
from notification.adapters.queue_consumer import QueueConsumer
from notification.adapters.queue_depths import QueueDepths
from notification.adapters.subscriptions import SubscriptionStore
from notification.consumer.acknowledger import Acknowledger
from notification.consumer.attempt_log import AttemptLog
from notification.consumer.handler import IdempotentHandler, Sender
from notification.consumer.loop import Consumer
from notification.domain.fair_scheduler import FairScheduler
from notification.service.circuit_breaker import PauseNotifier
from notification.settings import ConsumerSettings
from notification.worker_pool import WorkerPool

_CLERKS = 4


@dataclass(frozen=True)
class Capacity:
    """How much is done at once: see domain.lines. `prefetch` messages are here at most, waiting or under way."""

    places: int
    prefetch: int
    waiting: int
    share: float

    def lines(self) -> FairScheduler[Any]:
        return FairScheduler(places=self.places, waiting=self.waiting, share=self.share)


def consume(sender: Sender, settings: ConsumerSettings, capacity: Capacity) -> None:
    """Run the consumer of the sender's channel in the main thread until SIGTERM or SIGINT."""
    logs.configure(settings.log_level, settings.log_style)
    faults.arm(settings.fault_point)
    tracing.configure(settings.otel_exporter_otlp_endpoint, f"{sender.channel}_consumer")
    stop = Shutdown()
    stop.listen()
    channel = sender.channel
    topology = Topology(settings.amqp_prefix)

    def declare(amqp: Any) -> None:
        topology.declare(amqp)
        topology.declare_retries(amqp, channel, list(settings.schedule.delays_ms))

    publisher = Publisher(parameters(settings.amqp_url, f"{channel} consumer, publishing"), declare)
    publisher.start()
    store = connect(settings.redis_url, AutoPipeliningRedis)
    records = DedupStore(store, channel, settings.sent_record_lifetime_s)
    deliveries = DeliveryLog(store, pause_after_s=settings.pause_after_s)
    pauses = PauseNotifier(publisher, topology, SubscriptionStore(store))
    asked = lambda: stop.asked  # noqa: E731
    workers = WorkerPool(capacity.places, channel)
    metrics.DEAD_LETTERS.labels(channel)  # 0 is told, too
    metrics.IN_FLIGHT.labels(channel).set_function(lambda: workers.unfinished)
    consumer = Consumer(
        sender=sender,
        courier=IdempotentHandler(sender, records, stopping=asked, pause=stop.pause),
        settlement=Acknowledger(channel, topology, settings.schedule, publisher, asked, stop.pause),
        recorder=AttemptLog(channel, deliveries, settings.schedule, pauses.tell),
        lines=capacity.lines(),
        workers=workers,
        clerks=WorkerPool(_CLERKS, f"{channel}-clerk"),
        open_inbox=lambda: QueueConsumer(
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
