"""The loop of a consumer: receive, send many at once, settle, reconnect for ever, end cleanly.

The main thread owns the broker's connection and never blocks on anything else; what is done with a message is
consumer.pipeline's. While DynamoDB is away nothing can be claimed: then the consumer lets go of its queue, so that no
message is held for long (see handler), and takes it up again.
"""

import logging
import time
from collections.abc import Callable

from kit.concurrency.backoff import STARTS_WITHIN_S, pauses, starting_pauses
from kit.concurrency.shutdown import Shutdown
from kit.errors import Unavailable
from kit.messaging.retrying_publisher import RetryingPublisher
from kit.observability import correlation
from notification.adapters.queue_consumer import ConnectionLost, Message, QueueConsumer
from notification.consumer.acknowledger import Acknowledger
from notification.consumer.pipeline import Delivery, Pipeline
from notification.consumer.store_watch import StoreWatch
from notification.domain.claim import NoticeKey
from notification.domain.event import Undecodable, decode
from notification.domain.fair_scheduler import Admission, FairScheduler
from notification.domain.outcome import DeadLetter, Requeue
from notification.domain.sender import Sender

log = logging.getLogger(__name__)


class Consumer:
    """One channel's consumer. `connect` opens a new connection each time, or raises ConnectionLost."""

    def __init__(
        self,
        *,
        sender: Sender,
        pipeline: Callable[[Callable[[Delivery], None], Callable[[Delivery], None]], Pipeline],
        acknowledger: Acknowledger,
        publisher: RetryingPublisher,
        scheduler: FairScheduler[Delivery],
        store: StoreWatch,
        connect: Callable[[], QueueConsumer],
        shutdown: Shutdown,
    ) -> None:
        """`pipeline` is made with what it calls, see there. `publisher` is the acknowledger's."""
        self._sender = sender
        self._acknowledger = acknowledger
        self._publisher = publisher
        self._scheduler = scheduler
        self._store = store
        self._connect = connect
        self._shutdown = shutdown
        self._in_flight: set[NoticeKey] = set()
        self._consuming = False
        self._pipeline = pipeline(self._sent, self._settled)

    def require_consuming(self) -> None:
        """Readiness probe: raises Unavailable while there is no connection."""
        if not self._consuming:
            raise Unavailable("RabbitMQ does not answer")

    def run(self, shutdown_timeout_s: float) -> None:
        """Consume until stopped, then finish what is in flight for at most so many seconds."""
        waits = starting_pauses(longest_s=5)
        patient_until = time.monotonic() + STARTS_WITHIN_S
        while not self._shutdown.requested:
            try:
                queue = self._connect()
            except ConnectionLost as lost:
                level = logging.INFO if time.monotonic() < patient_until else logging.WARNING
                log.log(level, "no connection to RabbitMQ (%s), trying again", lost)
                self._shutdown.pause(next(waits))
                continue
            waits, patient_until = pauses(first_s=0.2, longest_s=5), 0.0
            log.info("consuming %s", self._sender.channel)
            self._consume(queue, shutdown_timeout_s)
            self._shutdown.pause(next(waits))  # a broker that drops us at once is not to be stormed

    def _consume(self, queue: QueueConsumer, shutdown_timeout_s: float) -> None:
        self._consuming = True
        try:
            while True:  # bounded: by the connection
                queue.receive(self._received, self._tick)
                if self._shutdown.requested:
                    break
                self._let_go(queue)
            self._forget_queued()
            expired = self._shutdown.deadline(shutdown_timeout_s)
            queue.serve_until(lambda: self._all_done() or expired())
            log.info("stopped; %d messages in flight go back to the queue", len(self._in_flight))
        except ConnectionLost as lost:
            log.warning("connection to RabbitMQ lost (%s), connecting again", lost)
        finally:
            self._consuming = False
            self._forget_queued()
            queue.close()

    def _let_go(self, queue: QueueConsumer) -> None:
        """Hold no message while nothing can be done with it; what was sent and is not yet recorded stays."""
        log.warning("DynamoDB is away: letting go of the queue")
        self._store.let_go()
        for delivery in self._scheduler.clear():
            self._pipeline.settle(delivery, Requeue("DynamoDB does not answer"))
        queue.serve_until(self._store_back_or_stopping)
        log.info("DynamoDB is back: consuming %s again", self._sender.channel)

    def _store_back_or_stopping(self) -> bool:
        self._publisher.publish_due()
        return not self._store.away or self._shutdown.requested

    def _tick(self) -> bool:
        """Asked a few times a second whether to receive no more; does what comes due meanwhile."""
        self._publisher.publish_due()
        for delivery in self._scheduler.reject_stalled():
            self._reject(delivery)
        return self._shutdown.requested or self._store.away

    def _all_done(self) -> bool:
        self._publisher.publish_due()
        return self._pipeline.idle and self._publisher.idle

    def _received(self, message: Message) -> None:
        try:
            event = decode(message.body)
        except Undecodable as fact:
            with correlation.bind_from_headers(message.headers):
                self._acknowledger.settle(message, DeadLetter(str(fact), attempted=False))
            return
        if not self._sender.wants(event):
            message.ack()
            return
        delivery = Delivery(self._sender.destination(event), message, event)
        if delivery.key in self._in_flight:
            # Delivered again after a lost connection while its first delivery is still being sent.
            with correlation.bind_from_headers(message.headers):
                self._acknowledger.settle(message, Requeue("a copy is in flight"))
            return
        self._in_flight.add(delivery.key)
        match self._scheduler.admit(delivery.to, delivery):
            case Admission.STARTED:
                self._pipeline.start(delivery)
            case Admission.REJECTED:
                self._reject(delivery)

    def _reject(self, delivery: Delivery) -> None:
        self._pipeline.settle(delivery, Requeue("the queue of its host is full"))

    def _sent(self, delivery: Delivery) -> None:
        for _, next_delivery in self._scheduler.finished(delivery.to):
            self._pipeline.start(next_delivery)

    def _settled(self, delivery: Delivery) -> None:
        self._in_flight.discard(delivery.key)

    def _forget_queued(self) -> None:
        for delivery in self._scheduler.clear():
            self._in_flight.discard(delivery.key)
