"""The way of a message that may be sent now: claimed, sent, recorded, acknowledged, logged.

Each step has threads of its own. Messages that gather before a step go through it together: claims and records share
transactions, because one write each would cost more than the sending does. Only sending is one by one, and counts as in
flight.
"""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias, cast

from kit.concurrency import threads
from kit.observability import correlation, tracing
from notification.adapters.queue_consumer import Message
from notification.consumer.acknowledger import Acknowledger
from notification.consumer.attempt_log import AttemptLog
from notification.consumer.batch_worker import BatchWorker
from notification.consumer.handler import IdempotentHandler
from notification.consumer.worker_pool import WorkerPool
from notification.domain.claim import NoticeKey
from notification.domain.digests import Digests
from notification.domain.event import Event
from notification.domain.outcome import LeaveUnacked, Outcome, RetryLater
from notification.domain.sender import Destination, DigestSender, Sender, attempt

log = logging.getLogger(__name__)

_MOST = 100  # in a batch, and writes in a transaction
_LOGGERS = 4
_DIGESTS_EVERY_S = 0.25


@dataclass(frozen=True, eq=False)
class Delivery:
    """A message on its way, and where it goes."""

    to: Destination
    message: Message
    event: Event

    @property
    def key(self) -> NoticeKey:
        return NoticeKey(self.event.id, self.message.replay_id)


Gathered: TypeAlias = Digests[tuple[int, str], Delivery]  # by student and address


class Pipeline:
    """Thread-safe; nothing blocks its callers."""

    def __init__(
        self,
        *,
        sender: Sender,
        handler: IdempotentHandler,
        acknowledger: Acknowledger,
        attempt_log: AttemptLog,
        workers: WorkerPool,
        read_ahead: Callable[[Sequence[Event]], None] | None,
        digests: Gathered | None,
        sent: Callable[[Delivery], None],
        settled: Callable[[Delivery], None],
    ) -> None:
        """`read_ahead`: fetch at once, while claiming, what sending these will need; raises nothing.

        `digests`: of a sender that is a DigestSender. Then a claimed delivery leaves its place at once: what is
        gathered must not keep others from being claimed.

        `sent` is called when a delivery's place is free for another, be it sent or not; `settled` when it has its
        outcome.
        """
        self._sender = sender
        self._handler = handler
        self._acknowledger = acknowledger
        self._attempt_log = attempt_log
        self._workers = workers
        self._read_ahead = read_ahead
        self._digests = digests
        self._sent = sent
        self._settled = settled
        channel = sender.channel
        # bounded: by the one batch that is being claimed.
        self._reader = ThreadPoolExecutor(1, f"{channel}-read-ahead")
        self._claiming: BatchWorker[Delivery] = BatchWorker(self._claim, _MOST, f"{channel}-claim")
        self._recording: BatchWorker[tuple[Delivery, Outcome]] = BatchWorker(self._record, _MOST, f"{channel}-record")
        self._loggers = WorkerPool(_LOGGERS, f"{channel}-attempt-log")
        if digests is not None:
            threads.keep_running(f"{channel}-digests", partial(self._send_digests, digests))

    def start(self, delivery: Delivery) -> None:
        self._claiming.put(delivery)

    @property
    def idle(self) -> bool:
        """Asked in the order of the steps, as a delivery is handed to the next before the last one forgets it."""
        gathered = self._digests is not None and self._digests.held
        claimed = self._claiming.idle and not gathered
        return claimed and self._workers.idle and self._recording.idle and self._loggers.idle

    def settle(self, delivery: Delivery, outcome: Outcome) -> None:
        with correlation.bind_from_headers(delivery.message.headers):
            self._acknowledger.settle(delivery.message, outcome)
        self._settled(delivery)

    def _claim(self, deliveries: list[Delivery]) -> None:
        reading = self._read_ahead and self._reader.submit(self._read_ahead, [one.event for one in deliveries])
        outcomes = self._claimed(deliveries)
        if reading:
            _wait_for(reading)
        for delivery, outcome in zip(deliveries, outcomes, strict=True):
            if outcome is not None:
                self.settle(delivery, outcome)
            elif self._digests is None:
                self._workers.do(partial(self._send_alone, delivery))
                continue
            else:
                self._gather(self._digests, delivery)
            self._sent(delivery)

    def _gather(self, digests: Gathered, delivery: Delivery) -> None:
        event = delivery.event
        if together := digests.arrive((event.student_id, event.email or ""), delivery):
            self._workers.do(partial(self._send, together))

    def _send_digests(self, digests: Gathered) -> None:
        while True:  # bounded: by the process's life
            time.sleep(_DIGESTS_EVERY_S)
            for together in digests.due(everything=self._handler.stopping):
                self._workers.do(partial(self._send, together))

    def _claimed(self, deliveries: list[Delivery]) -> list[Outcome | None]:
        def still_ours() -> bool:
            return any(one.message.still_ours() for one in deliveries)

        try:
            return self._handler.claim([one.key for one in deliveries], still_ours)
        except Exception as error:  # as in _attempted
            if len(deliveries) > 1:  # one that nobody foresaw must not take those with it that came beside it
                return [outcome for one in deliveries for outcome in self._claimed([one])]
            log.exception("%s %s could not be claimed", self._sender.channel, deliveries[0].event.id)
            return [_unexpected(error)]

    def _send_alone(self, delivery: Delivery) -> None:
        try:
            self._send([delivery])
        finally:
            self._sent(delivery)

    def _send(self, deliveries: list[Delivery]) -> None:
        """One attempt, whose outcome is that of all whose messages are still ours.

        What was gathered before a connection broke comes again on the next, with which others of them may have come.
        """
        ours: list[Delivery] = []
        for delivery in deliveries:
            if delivery.message.still_ours():
                ours.append(delivery)
            else:
                self._recording.put((delivery, LeaveUnacked()))
        if not ours:
            return
        headers = ours[0].message.headers
        with correlation.bind_from_headers(headers), tracing.span(f"{self._sender.channel} delivery", headers):
            outcome = self._attempted(ours)
        for delivery in ours:
            self._recording.put((delivery, outcome))

    def _attempted(self, deliveries: list[Delivery]) -> Outcome:
        events = [one.event for one in deliveries]
        if len(events) == 1:
            send = partial(self._sender.send, events[0])
        else:
            send = partial(cast("DigestSender", self._sender).send_digest, events)

        def still_ours() -> bool:
            return all(one.message.still_ours() for one in deliveries)

        try:
            return self._handler.send([one.key for one in deliveries], partial(attempt, send), still_ours)
        except Exception as error:
            # The one broad catch: a fault of ours in sending one message must not cost the others their consumer.
            log.exception("%s %s failed unexpectedly", self._sender.channel, ", ".join(event.id for event in events))
            return _unexpected(error)

    def _record(self, done: list[tuple[Delivery, Outcome]]) -> None:
        self._handler.record([(delivery.key, outcome) for delivery, outcome in done])
        for delivery, outcome in done:
            self.settle(delivery, outcome)
        self._loggers.do(partial(self._log_attempts, done))

    def _log_attempts(self, done: list[tuple[Delivery, Outcome]]) -> None:
        self._attempt_log.log_attempts([(delivery.message, delivery.event, outcome) for delivery, outcome in done])


def _unexpected(error: Exception) -> Outcome:
    return RetryLater(f"unexpected {type(error).__name__}")


def _wait_for(reading: "Future[None]") -> None:
    failure = reading.exception()  # bounded: by the calls to the store, each of which has a time-out
    if failure is not None:
        log.warning("reading ahead failed: %s", failure)
