"""The loop of a consumer: receive, send many at once, settle, reconnect for ever, end cleanly.

The main thread owns the broker's connection and never blocks on anything else. A pool of workers sends and settles,
another writes the log of attempts.
"""

import logging
import time
from collections.abc import Callable
from typing import TypeAlias

from kit.concurrency.backoff import STARTS_WITHIN_S, pauses, starting_pauses
from kit.concurrency.shutdown import Shutdown
from kit.errors import Unavailable
from kit.messaging.retrying_publisher import RetryingPublisher
from kit.observability import correlation, tracing
from notification.adapters.queue_consumer import ConnectionLost, Message, QueueConsumer
from notification.consumer.acknowledger import Acknowledger
from notification.consumer.attempt_log import AttemptLog
from notification.consumer.handler import IdempotentHandler
from notification.domain.event import Event, Undecodable, decode
from notification.domain.fair_scheduler import Admission, FairScheduler
from notification.domain.outcome import Ack, DeadLetter, Outcome, Requeue, RetryLater
from notification.domain.sender import Destination, Sender
from notification.worker_pool import WorkerPool

log = logging.getLogger(__name__)

Job: TypeAlias = tuple[Message, Event]


class Consumer:
    """One channel's consumer. `connect` opens a new connection each time, or raises ConnectionLost."""

    def __init__(
        self,
        *,
        sender: Sender,
        handler: IdempotentHandler,
        acknowledger: Acknowledger,
        publisher: RetryingPublisher,
        attempt_log: AttemptLog,
        scheduler: FairScheduler[Job],
        workers: WorkerPool,
        loggers: WorkerPool,
        connect: Callable[[], QueueConsumer],
        shutdown: Shutdown,
    ) -> None:
        """`publisher` is the acknowledger's; `loggers` write the attempt log."""
        self._sender = sender
        self._handler = handler
        self._acknowledger = acknowledger
        self._publisher = publisher
        self._attempt_log = attempt_log
        self._scheduler = scheduler
        self._workers = workers
        self._loggers = loggers
        self._connect = connect
        self._shutdown = shutdown
        self._in_flight: set[tuple[str, str | None]] = set()
        self._consuming = False

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
            queue.receive(self._received, self._tick)
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

    def _tick(self) -> bool:
        """Asked a few times a second whether to stop; does what comes due meanwhile."""
        self._publisher.publish_due()
        for message, event in self._scheduler.reject_stalled():
            self._reject(message, event)
        return self._shutdown.requested

    def _all_done(self) -> bool:
        self._publisher.publish_due()
        return self._workers.idle and self._loggers.idle and self._publisher.idle

    def _received(self, message: Message) -> None:
        try:
            event = decode(message.body)
        except Undecodable as fact:
            self._settle(message, DeadLetter(str(fact), attempted=False))
            return
        if not self._sender.wants(event):
            message.ack()
            return
        if (event.id, message.replay_id) in self._in_flight:
            # Delivered again after a lost connection while its first delivery is still being sent.
            self._settle(message, Requeue("a copy is in flight"))
            return
        self._in_flight.add((event.id, message.replay_id))
        to = self._sender.destination(event)
        match self._scheduler.admit(to, (message, event)):
            case Admission.STARTED:
                self._start(to, message, event)
            case Admission.REJECTED:
                self._reject(message, event)

    def _reject(self, message: Message, event: Event) -> None:
        self._in_flight.discard((event.id, message.replay_id))
        self._settle(message, Requeue("the queue of its host is full"))

    def _start(self, to: Destination, message: Message, event: Event) -> None:
        self._workers.do(lambda: self._work(to, message, event))

    def _work(self, to: Destination, message: Message, event: Event) -> None:
        try:
            span = tracing.span(f"{self._sender.channel} delivery", message.headers)
            with correlation.bind_from_headers(message.headers), span:
                outcome = self._outcome(message, event)
                self._acknowledger.settle(message, outcome)
                if isinstance(outcome, Ack | RetryLater | DeadLetter):
                    # The next notice need not wait for it, and Redis takes several of these in one round trip.
                    self._loggers.do(lambda: self._log_attempt(message, event, outcome))
        finally:
            self._in_flight.discard((event.id, message.replay_id))
            for next_to, (next_message, next_event) in self._scheduler.finished(to):
                self._start(next_to, next_message, next_event)

    def _outcome(self, message: Message, event: Event) -> Outcome:
        try:
            return self._handler.deliver(event, message.replay_id, message.still_ours)
        except Exception as error:
            # The one broad catch: a fault of ours in sending one message must not cost the others their consumer.
            log.exception("%s %s failed unexpectedly", self._sender.channel, event.id)
            return RetryLater(f"unexpected {type(error).__name__}")

    def _settle(self, message: Message, outcome: Outcome) -> None:
        with correlation.bind_from_headers(message.headers):
            self._acknowledger.settle(message, outcome)

    def _log_attempt(self, message: Message, event: Event, outcome: Outcome) -> None:
        with correlation.bind_from_headers(message.headers):
            self._attempt_log.log_attempt(message, event, outcome)

    def _forget_queued(self) -> None:
        for message, event in self._scheduler.clear():
            self._in_flight.discard((event.id, message.replay_id))
