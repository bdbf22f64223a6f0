"""The one place where the service and the consumers are wired; stores and channels come from beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from etc.contracts.topology import Topology
from kit import faults
from kit.concurrency.shutdown import Shutdown
from kit.messaging.amqp import Hosts
from kit.messaging.publisher import Publisher
from kit.messaging.retrying_publisher import RetryingPublisher
from kit.observability import logs, tracing
from kit.web.health_port import open_health_port
from notification import metrics
from notification.adapters.classes import Classes
from notification.adapters.dead_letter_office import DeadLetterOffice
from notification.adapters.dedup_store import DedupStore
from notification.adapters.delivery_log import DeliveryLog
from notification.adapters.queue_consumer import QueueConsumer
from notification.adapters.queue_depths import QueueDepths
from notification.adapters.rate_limiter import RateLimiter
from notification.adapters.redelivery import RedeliveryQueue
from notification.adapters.resolver import Resolver
from notification.consumer.acknowledger import Acknowledger
from notification.consumer.attempt_log import AttemptLog
from notification.consumer.handler import IdempotentHandler
from notification.consumer.loop import Consumer
from notification.consumer.pause_notifier import PauseNotifier
from notification.consumer.pipeline import Delivery, Gathered, Pipeline
from notification.consumer.store_watch import StoreWatch
from notification.consumer.worker_pool import WorkerPool
from notification.domain.event import Event
from notification.domain.fair_scheduler import FairScheduler
from notification.domain.mail_links import UnsubscribeLinks
from notification.domain.sender import Sender
from notification.service.deliveries import Deliveries
from notification.service.event_tester import EventTester
from notification.service.subscriptions import SubscriptionService
from notification.service.unsubscribing import Unsubscribing
from notification.settings import ConsumerSettings, NotificationSettings
from notification.stores import Stores

# Of the threads for requests no more than these wait for name servers when students subscribe; beyond them a name
# passes, and is looked at when something is sent there.
_LOOKUPS_TO_SUBSCRIBE = 8


@dataclass(frozen=True)
class Dependencies:
    """Of the service."""

    stores: Stores
    publisher: Publisher
    service: SubscriptionService
    deliveries: Deliveries
    unsubscribing: Unsubscribing
    event_tester: EventTester
    dead_letters: DeadLetterOffice
    _classes: Classes

    def start(self) -> None:
        self.stores.view.start(self.stores.subscriptions.of)
        self.publisher.start()

    def close(self) -> None:
        self.publisher.close()
        self.event_tester.close()
        self.stores.view.close()
        self._classes.close()


def bootstrap(settings: NotificationSettings, stores: Stores, testers: Mapping[str, Sender]) -> Dependencies:
    """Nothing is asked yet. `testers` send the test notices, by channel."""
    classes = Classes(settings.enrollment_url, settings.caller_headers)
    topology = Topology(settings.amqp_prefix)
    publisher = Publisher(Hosts(settings.amqp_url, "notification service"), topology.declare)
    secret = settings.unsubscribe_link_secret
    return Dependencies(
        stores,
        publisher,
        SubscriptionService(
            stores.subscriptions,
            classes,
            Resolver(_LOOKUPS_TO_SUBSCRIBE),
            settings.callback_allowed_networks,
            stores.endpoints,
            stores.secrets,
        ),
        Deliveries(
            DeliveryLog(stores.client),
            RateLimiter(stores.client, "redeliver", settings.redeliveries_per_minute),
            RedeliveryQueue(publisher, topology, stores.idempotency_keys),
            stores.endpoints,
            testers,
        ),
        Unsubscribing(stores.subscriptions, UnsubscribeLinks(secret) if secret else None, classes.name),
        EventTester(
            stores.subscriptions, testers, RateLimiter(stores.client, "test", settings.test_notices_per_minute)
        ),
        DeadLetterOffice(settings.amqp_url, topology),
        classes,
    )


@dataclass(frozen=True)
class Capacity:
    """How much is done at once, see domain.fair_scheduler. `prefetch`: how many messages are held.

    `workers` is how many are sent at once, when that is fewer than what may be claimed at once (`concurrency`).
    """

    concurrency: int
    prefetch: int
    room: int
    share: float
    workers: int | None = None

    def scheduler(self) -> FairScheduler[Delivery]:
        return FairScheduler(concurrency=self.concurrency, room=self.room, share=self.share)


def consume(
    sender: Sender,
    settings: ConsumerSettings,
    capacity: Capacity,
    stores: Stores,
    read_ahead: Callable[[Sequence[Event]], None] | None = None,
    digests: Gathered | None = None,
) -> None:
    """Run the consumer of the sender's channel in the main thread until SIGTERM or SIGINT.

    `read_ahead` and `digests`: see consumer.pipeline.
    """
    channel = sender.channel
    logs.configure(settings.log_level, settings.log_style)
    faults.arm(settings.fault_point)
    tracing.configure(settings.otel_exporter_otlp_endpoint, f"{channel}_consumer")
    shutdown = Shutdown()
    shutdown.listen()
    topology = Topology(settings.amqp_prefix)

    def declare(amqp: Any) -> None:
        topology.declare(amqp)
        topology.declare_retries(amqp, channel, list(settings.schedule.delays_ms))

    publisher = Publisher(Hosts(settings.amqp_url, f"{channel} consumer, publishing"), declare)
    retrying = RetryingPublisher(publisher)
    sent = DedupStore(stores.database, stores.tables, channel, settings.sent_record_lifetime_s)
    deliveries = DeliveryLog(stores.client, pause=stores.endpoints.pause, pause_after_s=settings.pause_after_s)
    pauses = PauseNotifier(retrying, topology, lambda student_id: stores.subscriptions.of(student_id).any_address)
    hosts = Hosts(settings.amqp_url, f"{channel} consumer")
    workers = WorkerPool(capacity.workers or capacity.concurrency, channel)
    store = StoreWatch(sent.ping, lambda: shutdown.requested, shutdown.pause)
    acknowledger = Acknowledger(channel, topology, settings.schedule, retrying, stores.minute_counts.add)

    def pipeline(on_sent: Callable[[Delivery], None], on_settled: Callable[[Delivery], None]) -> Pipeline:
        return Pipeline(
            sender=sender,
            handler=IdempotentHandler(
                channel, sent, stopping=lambda: shutdown.requested, pause=shutdown.pause, store=store
            ),
            acknowledger=acknowledger,
            attempt_log=AttemptLog(channel, deliveries, settings.schedule, pauses.notify, endpoint_of=sender.endpoint),
            workers=workers,
            read_ahead=read_ahead,
            digests=digests,
            sent=on_sent,
            settled=on_settled,
        )

    consumer = Consumer(
        sender=sender,
        pipeline=pipeline,
        acknowledger=acknowledger,
        publisher=retrying,
        scheduler=capacity.scheduler(),
        store=store,
        connect=lambda: QueueConsumer(hosts.next(), topology.queue(channel), capacity.prefetch, declare),
        shutdown=shutdown,
    )
    publisher.start()
    metrics.register(channel, lambda: workers.unfinished)
    probes = {"rabbitmq": consumer.require_consuming, "publisher": publisher.require_connected}
    probes |= {"dynamodb": stores.require_database, "redis": stores.require_redis}
    open_health_port(settings.health_host, settings.health_port, probes)
    if settings.health_port:
        _measure_queues(settings, topology, channel, shutdown)
    stores.prepare(lambda: shutdown.requested)
    sent.start()
    consumer.run(settings.shutdown_timeout_s)
    sent.close()
    stores.minute_counts.close()
    publisher.close()


def _measure_queues(settings: ConsumerSettings, topology: Topology, channel: str, shutdown: Shutdown) -> None:
    queues = [topology.queue(channel), topology.dead_queue(channel)]
    queues += [topology.retry_queue(channel, delay_ms) for delay_ms in settings.schedule.delays_ms]
    QueueDepths(Hosts(settings.amqp_url, f"{channel} consumer, counting"), queues, shutdown.pause).start()
