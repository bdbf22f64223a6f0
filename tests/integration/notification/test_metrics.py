"""What a consumer tells Prometheus."""

from collections import Counter

import httpx

from notification.stores import Stores
from tests.support.consumers import Consumers
from tests.support.http import TLS, get
from tests.support.mailbox import Mailbox
from tests.support.metrics import exported
from tests.support.ports import free_port
from tests.support.post_office import PostOffice, an_event
from tests.support.waiting import until


def test_deliveries_are_counted_by_outcome_and_attempt_and_queues_are_measured(
    post_office: PostOffice, mailbox: Mailbox, consumers: Consumers, stores: Stores
) -> None:
    before = _by_minute(stores)
    url = consumers.start("email").url
    assert httpx.get(f"{url}/health/ready", trust_env=False, verify=TLS).json() == {"status": "ready"}
    mailbox.replies = ["450 mailbox busy"]
    post_office.publish(an_event(email="abhinav@example.com"))
    until(lambda: len(mailbox.delivered) == 1)
    mailbox.replies = ["550 5.1.1 no such user"]
    post_office.publish(an_event(email="nobody@example.com"))
    until(lambda: post_office.depth(post_office.topology.dead_queue("email")) == 1)
    until(lambda: exported(url)["notification_dead_letters_total"] == {("email",): 1})
    found = exported(url)
    assert found["notification_deliveries_total"] == {
        ("1", "email", "failed"): 1,
        ("2", "email", "delivered"): 1,
        ("1", "email", "dead_lettered"): 1,
    }
    assert found["notification_attempt_duration_seconds_count"] == {("email",): 3}
    dead = post_office.topology.dead_queue("email")
    until(lambda: exported(url).get("amqp_queue_ready_messages", {}).get((dead,)) == 1)
    assert exported(url)["notification_in_flight"] == {("email",): 0}
    counted = Counter({"email delivered": 1, "email failed": 1, "email dead_lettered": 1})
    until(lambda: _by_minute(stores) - before >= counted, "they are not in the picture of these minutes")
    assert "example.com" not in httpx.get(f"{url}/metrics", trust_env=False, verify=TLS).text


def _by_minute(stores: Stores) -> Counter[str]:
    return sum((Counter(counts) for counts in stores.minute_counts.series().counts.values()), Counter())


def test_a_consumer_without_its_broker_says_so(consumers: Consumers) -> None:
    nowhere = f"amqp://guest:guest@127.0.0.1:{free_port()}/%2F"
    consumer = consumers.start("webhook", ready=False, AMQP_URL=nowhere)
    reply = until(lambda: get(f"{consumer.url}/health/ready"))
    assert reply.status_code == 503
    assert "rabbitmq" in reply.json()["detail"]
