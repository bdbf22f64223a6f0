"""Carrying an outcome out: acknowledge, or publish first and acknowledge when the broker has confirmed.

In this order a crash in between leaves two copies, of which the second finds the record of the first; in the other
it would leave none. Passes the fault points `<channel>.before-<step>` and `<channel>.<step>-published`, the steps
being `retry`, `dead` and `requeue`.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from etc.contracts.topology import Topology
from kit import faults
from kit.messaging.outgoing_message import OutgoingMessage
from kit.observability import correlation
from notification import metrics
from notification.adapters.queue_consumer import ATTEMPTS, DIED_AT, REASON, Message
from notification.domain.outcome import Ack, DeadLetter, LeaveUnacked, Outcome, Requeue, RetryLater
from notification.domain.retries import RetrySchedule

log = logging.getLogger(__name__)

LONGEST_REASON = 300

# What RabbitMQ itself writes into headers when it moves a message.
_BROKERS_OWN = ("x-death", "x-first-death-", "x-last-death-", "x-delivery-count", "x-acquired-count", "x-opt-")


class PublishesUntilConfirmed(Protocol):
    """See kit.messaging.retrying_publisher."""

    def publish(self, message: OutgoingMessage, confirmed: Callable[[], None], wanted: Callable[[], bool]) -> None: ...


@dataclass(frozen=True)
class Acknowledger:
    """Thread-safe; never blocks. A message whose next copy cannot be published stays unacknowledged, and the broker
    delivers it again.

    `count` gets what was delivered, failed or was given up, as {"<channel> <outcome>": 1} (kit.stores.minute_counts).
    """

    channel: str
    topology: Topology
    schedule: RetrySchedule
    publisher: PublishesUntilConfirmed
    count: Callable[[dict[str, int]], None] = lambda _: None

    def settle(self, message: Message, outcome: Outcome) -> None:
        """Idempotent up to copies."""
        metrics.count(self.channel, outcome, message.failed_attempts)
        match outcome:
            case Ack(duplicate):
                message.ack()
                if not duplicate:
                    self._counted("delivered")
                how = "was delivered before" if duplicate else "delivered"
                log.info("%s %s %s", self.channel, message.message_id, how)
            case RetryLater(reason, at_least_s):
                self._counted("failed")
                self._retry(message, reason, at_least_s)
            case DeadLetter(reason, attempted):
                self._dead_letter(message, reason, message.failed_attempts + attempted)
            case Requeue():
                headers = {ATTEMPTS: message.failed_attempts}
                self._republish("requeue", message, "", self._retry_queue(self.schedule.shortest_ms), headers)
            case LeaveUnacked():
                pass

    def _counted(self, outcome: str) -> None:
        self.count({f"{self.channel} {outcome}": 1})

    def _retry(self, message: Message, reason: str, at_least_s: float) -> None:
        failed = message.failed_attempts + 1
        delay_ms = self.schedule.delay_ms(failed, at_least_s)
        if delay_ms is None:
            self._dead_letter(message, f"gave up after {failed} attempts, the last: {reason}", failed)
            return
        log.info("%s %s failed (attempt %d): %s", self.channel, message.message_id, failed, reason)

        def arranged() -> None:
            log.info("%s %s is tried again in %g s", self.channel, message.message_id, delay_ms / 1000)

        headers = {ATTEMPTS: failed, REASON: reason[:LONGEST_REASON]}
        self._republish("retry", message, "", self._retry_queue(delay_ms), headers, arranged)

    def _dead_letter(self, message: Message, reason: str, attempts: int) -> None:
        def counted() -> None:
            metrics.DEAD_LETTERS.labels(self.channel).inc()
            self._counted("dead_lettered")
            log.warning("%s %s is a dead letter: %s", self.channel, message.message_id, reason)

        headers = {ATTEMPTS: attempts, REASON: reason[:LONGEST_REASON], DIED_AT: datetime.now(UTC).isoformat()}
        self._republish("dead", message, self.topology.dead_exchange, self.channel, headers, counted)

    def _republish(
        self,
        step: str,
        message: Message,
        exchange: str,
        routing_key: str,
        headers: dict[str, Any],
        then: Callable[[], None] = lambda: None,
    ) -> None:
        def confirmed() -> None:
            faults.point(f"{self.channel}.{step}-published")
            message.ack()
            with correlation.bind_from_headers(message.headers):  # another thread's
                then()

        copy = OutgoingMessage(
            exchange=exchange,
            routing_key=routing_key,
            body=message.body,
            message_id=message.message_id or str(uuid.uuid4()),  # whoever sent it forgot; the operator needs one
            type=message.type or "",
            headers=_kept(message.headers) | headers,
            timestamp_s=message.timestamp_s,
        )
        faults.point(f"{self.channel}.before-{step}")
        self.publisher.publish(copy, confirmed, wanted=message.still_ours)

    def _retry_queue(self, delay_ms: int) -> str:
        return self.topology.retry_queue(self.channel, delay_ms)


def _kept(headers: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in headers.items() if not name.startswith(_BROKERS_OWN)}
