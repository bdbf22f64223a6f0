"""The consumers' metrics."""

from collections.abc import Callable

from prometheus_client import Counter, Gauge, Histogram

from notification.domain.outcome import Ack, DeadLetter, LeaveUnacked, Outcome, Requeue, RetryLater

DELIVERIES = Counter(
    "notification_deliveries",
    "Messages that were dealt with: their outcome, and which attempt it was",
    ("channel", "outcome", "attempt"),
)
DURATIONS = Histogram(
    "notification_attempt_duration_seconds",
    "How long an attempt to send took",
    ("channel",),
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
DEAD_LETTERS = Counter("notification_dead_letters", "Messages set aside for the operator", ("channel",))
IN_FLIGHT = Gauge("notification_in_flight", "Messages being sent at this moment", ("channel",))
QUEUED = Gauge("amqp_queue_ready_messages", "Messages in the queue that no consumer holds", ("queue",))

# More than the longest schedule anybody would set; a forged header must not make endless series.
_MOST_ATTEMPTS = 20
_NAMES: dict[type[Outcome], str] = {
    Ack: "delivered",
    RetryLater: "failed",
    DeadLetter: "dead_lettered",
    Requeue: "requeued",
    LeaveUnacked: "unacked",
}


def register(channel: str, in_flight: Callable[[], float]) -> None:
    """Export the channel from the start: 0 is a value, too."""
    DEAD_LETTERS.labels(channel)
    IN_FLIGHT.labels(channel).set_function(in_flight)


def count(channel: str, outcome: Outcome, failed_attempts: int) -> None:
    """Note how one message ended. `failed_attempts`: those before this one."""
    name = "duplicate" if outcome == Ack(duplicate=True) else _NAMES[type(outcome)]
    attempt = outcome.attempt if isinstance(outcome, Ack | RetryLater | DeadLetter) else None
    if attempt is not None and attempt.duration_ms is not None:  # 0 ms is a duration, too
        DURATIONS.labels(channel).observe(attempt.duration_ms / 1000)
    DELIVERIES.labels(channel, name, str(min(failed_attempts + 1, _MOST_ATTEMPTS))).inc()
