"""Carrying an outcome out: acknowledge, or publish first and then acknowledge.

In this order a crash in between leaves two copies, of which the second finds the record of the first; in the other
it would leave none. Passes the fault points `<channel>.before-<step>` and `<channel>.<step>-published`, the steps
being `retry`, `dead` and `put-back`.
"""

import logging
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from contracts.topology import Topology
from kit import faults
from kit.messaging.publisher import NotConfirmed, OutgoingMessage
from notification import metrics
from notification.adapters.queue_consumer import ATTEMPTS, DIED_AT, REASON, Message
from notification.consumer.handler import RetryAborted, retry_until
from notification.domain.outcome import DeadLetter, Done, Leave, Outcome, Requeue, RetryLater
from notification.domain.retries import RetrySchedule

log = logging.getLogger(__name__)

CONFIRM_TIMEOUT_S = 10
LONGEST_REASON = 300

# What RabbitMQ itself writes into headers when it moves a message.
_BROKERS_OWN = ("x-death", "x-first-death-", "x-last-death-", "x-delivery-count", "x-acquired-count", "x-opt-")


class Publishes(Protocol):
    """See kit.messaging.publisher.Publisher."""

    def publish(self, letter: OutgoingMessage) -> "Future[None]": ...


@dataclass(frozen=True)
class Acknowledger:
    """Thread-safe; blocks until the broker confirmed."""

    channel: str
    topology: Topology
    schedule: RetrySchedule
    publisher: Publishes
    stopping: Callable[[], bool]
    pause: Callable[[float], object]

    def settle(self, message: Message, outcome: Outcome) -> None:
        """Idempotent up to copies. What can not be published stays unacknowledged and will be delivered again."""
        match outcome:
            case Done():
                message.ack()
            case RetryLater(reason, at_least_s):
                self._retry(message, reason, at_least_s)
            case DeadLetter(reason, attempted):
                self._bury(message, reason, message.failed_attempts + attempted)
            case Requeue():
                headers = {ATTEMPTS: message.failed_attempts}
                self._move("put-back", message, "", self._retry_queue(self.schedule.shortest_ms), headers)
            case Leave():
                pass

    def _retry(self, message: Message, reason: str, at_least_s: float) -> None:
        failed = message.failed_attempts + 1
        delay_ms = self.schedule.delay_ms(failed, at_least_s)
        if delay_ms is None:
            self._bury(message, f"gave up after {failed} attempts, the last: {reason}", failed)
            return
        log.info("%s %s failed (attempt %d): %s", self.channel, message.message_id, failed, reason)
        headers = {ATTEMPTS: failed, REASON: reason[:LONGEST_REASON]}
        if self._move("retry", message, "", self._retry_queue(delay_ms), headers):
            log.info("%s %s is tried again in %g s", self.channel, message.message_id, delay_ms / 1000)

    def _bury(self, message: Message, reason: str, attempts: int) -> None:
        headers = {ATTEMPTS: attempts, REASON: reason[:LONGEST_REASON], DIED_AT: datetime.now(UTC).isoformat()}
        if self._move("dead", message, self.topology.dead_exchange, self.channel, headers):
            metrics.DEAD_LETTERS.labels(self.channel).inc()
            log.warning("%s %s is a dead letter: %s", self.channel, message.message_id, reason)

    def _move(self, step: str, message: Message, exchange: str, routing_key: str, headers: dict[str, Any]) -> bool:
        """Whether it was published and confirmed, and is to be acknowledged."""
        letter = OutgoingMessage(
            exchange=exchange,
            routing_key=routing_key,
            body=message.body,
            message_id=message.message_id or str(uuid.uuid4()),  # whoever sent it forgot; the operator needs one
            kind="enrollment.promoted",
            headers=_kept(message.headers) | headers,
            timestamp_s=message.timestamp_s,
        )
        faults.point(f"{self.channel}.before-{step}")
        try:
            retry_until(
                lambda: self._publish(letter),
                until=lambda: self.stopping() or not message.still_ours(),
                pause=self.pause,
            )
        except RetryAborted:
            return False
        faults.point(f"{self.channel}.{step}-published")
        message.ack()
        return True

    def _publish(self, letter: OutgoingMessage) -> None:
        try:
            self.publisher.publish(letter).result(CONFIRM_TIMEOUT_S)
        except TimeoutError as error:
            raise NotConfirmed("no confirm in time") from error

    def _retry_queue(self, delay_ms: int) -> str:
        return self.topology.retry_queue(self.channel, delay_ms)


def _kept(headers: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in headers.items() if not name.startswith(_BROKERS_OWN)}
