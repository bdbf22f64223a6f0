"""What is counted of an outcome."""

from datetime import UTC, datetime

from prometheus_client import REGISTRY

from notification import metrics
from notification.domain.attempt import Attempt
from notification.domain.outcome import Ack, Requeue


def test_an_attempt_of_less_than_a_millisecond_is_measured_and_no_attempt_is_not() -> None:
    channel = "a channel of this test"
    metrics.count(channel, Ack(attempt=Attempt(datetime.now(UTC), 0, 250)), 0)
    metrics.count(channel, Ack(duplicate=True), 0)
    metrics.count(channel, Requeue("full"), 0)
    assert REGISTRY.get_sample_value("notification_attempt_duration_seconds_count", {"channel": channel}) == 1
