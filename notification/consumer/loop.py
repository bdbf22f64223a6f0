"""The loop of a consumer: receive, send many at once, settle, reconnect for ever, end cleanly.

The main thread owns the inbox and never blocks on anything else. WorkerPool send and settle; clerks note what was sent,
and settle what needs no sending, so that full places never keep a dead letter waiting.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from kit.concurrency.backoff import pauses
from kit.concurrency.shutdown import Shutdown
from kit.errors import Unavailable
from kit.observability import correlation, tracing
from notification import metrics
from notification.adapters.queue_consumer import ConnectionLost, Message, QueueConsumer
from notification.consumer.acknowledger import Acknowledger
from notification.consumer.attempt_log import AttemptLog
from notification.consumer.handler import IdempotentHandler, Sender
from notification.domain.event import EnrollmentPromoted, Undecodable, decode
from notification.domain.fair_scheduler import FairScheduler, Turn
from notification.domain.outcome import DeadLetter, Done, Outcome, Requeue, RetryLater
from notification.worker_pool import WorkerPool

log = logging.getLogger(__name__)

Job: TypeAlias = tuple[Message, EnrollmentPromoted]


class Consumer:
    """One channel's consumer. `open_inbox` opens a new connection each time, or raises ConnectionLost."""

    def __init__(
        self,
        *,
        sender: Sender,
        courier: IdempotentHandler,
        settlement: Acknowledger,
        recorder: AttemptLog,
        lines: FairScheduler[Job],
        workers: WorkerPool,
        clerks: WorkerPool,
        open_inbox: Callable[[], QueueConsumer],
        stop: Shutdown,
    ) -> None:
        self._sender = sender
        self._courier = courier
        self._settlement = settlement
        self._recorder = recorder
        self._lines = lines
        self._workers = workers
        self._clerks = clerks
        self._open_inbox = open_inbox
        self._stop = stop
        self._in_hand: set[tuple[str, str | None]] = set()
        self._consuming = False

    def require_consuming(self) -> None:
        """Readiness probe: raises Unavailable while there is no connection."""
        if not self._consuming:
            raise Unavailable("RabbitMQ does not answer")

    def run(self, shutdown_timeout_s: float) -> None:
        """Consume until stopped, then finish what is in hand for at most so many seconds."""
        waits = pauses(first_s=0.2, longest_s=5)
        while not self._stop.asked:
            try:
                inbox = self._open_inbox()
            except ConnectionLost as lost:
                log.warning("no connection to RabbitMQ (%s), trying again", lost)
                self._stop.pause(next(waits))
                continue
            waits = pauses(first_s=0.2, longest_s=5)
            log.info("consuming %s", self._sender.channel)
            self._consume(inbox, shutdown_timeout_s)
            self._stop.pause(next(waits))  # a broker that drops us at once is not to be stormed

    def _consume(self, inbox: QueueConsumer, shutdown_timeout_s: float) -> None:
        self._consuming = True
        try:
            inbox.receive(self._received, self._is_to_stop)
            self._forget_waiting()
            expired = self._stop.deadline(shutdown_timeout_s)
            inbox.serve_until(lambda: (self._workers.idle and self._clerks.idle) or expired())
            log.info("stopped; %d messages in hand go back to the queue", len(self._in_hand))
        except ConnectionLost as lost:
            log.warning("connection to RabbitMQ lost (%s), connecting again", lost)
        finally:
            self._consuming = False
            self._forget_waiting()
            inbox.close()

    def _received(self, message: Message) -> None:
        try:
            event = decode(message.body)
        except Undecodable as fact:
            self._settle_soon(message, DeadLetter(str(fact), attempted=False))
            return
        if not self._sender.wants(event):
            message.ack()
            return
        if (event.id, message.replay_id) in self._in_hand:
            # Delivered again after a lost connection while its first delivery is still being sent.
            self._settle_soon(message, Requeue("a copy is in hand"))
            return
        self._in_hand.add((event.id, message.replay_id))
        host = self._sender.host(event)
        match self._lines.offer(host, (message, event)):
            case Turn.NOW:
                self._start(host, message, event)
            case Turn.TURNED_AWAY:
                self._turn_away(message, event)

    def _is_to_stop(self) -> bool:
        """Asked a few times a second, when also those are sent away whose hosts have stopped answering."""
        for message, event in self._lines.turn_away():
            self._turn_away(message, event)
        return self._stop.asked

    def _turn_away(self, message: Message, event: EnrollmentPromoted) -> None:
        self._in_hand.discard((event.id, message.replay_id))
        self._settle_soon(message, Requeue("the line of its host is full"))

    def _start(self, host: str, message: Message, event: EnrollmentPromoted) -> None:
        self._workers.do(lambda: self._work(host, message, event))

    def _work(self, host: str, message: Message, event: EnrollmentPromoted) -> None:
        try:
            span = tracing.span(f"{self._sender.channel} delivery", message.headers)
            with correlation.working_for(message.headers), span:
                outcome = self._outcome(message, event)
                self._settle(message, outcome)
                # The next notice need not wait for it, and Redis takes several of these in one round trip.
                self._by_a_clerk(message, partial(self._recorder.note, message, event, outcome))
        finally:
            self._in_hand.discard((event.id, message.replay_id))
            for next_host, (next_message, next_event) in self._lines.finished(host):
                self._start(next_host, next_message, next_event)

    def _outcome(self, message: Message, event: EnrollmentPromoted) -> Outcome:
        try:
            return self._courier.deliver(event, message.replay_id, message.still_ours)
        except Exception as error:
            # The one broad catch: a fault of ours in sending one message must not cost the others their consumer.
            log.exception("%s %s failed unexpectedly", self._sender.channel, event.id)
            return RetryLater(f"unexpected {type(error).__name__}")

    def _settle(self, message: Message, outcome: Outcome) -> None:
        metrics.count(self._sender.channel, outcome, message.failed_attempts)
        self._settlement.settle(message, outcome)
        if isinstance(outcome, Done):
            log.info("%s %s %s", self._sender.channel, message.message_id, outcome.how)

    def _settle_soon(self, message: Message, outcome: Outcome) -> None:
        self._by_a_clerk(message, partial(self._settle, message, outcome))

    def _by_a_clerk(self, message: Message, job: Callable[[], None]) -> None:
        def work() -> None:
            with correlation.working_for(message.headers):
                job()

        self._clerks.do(work)

    def _forget_waiting(self) -> None:
        for message, event in self._lines.clear():
            self._in_hand.discard((event.id, message.replay_id))
