"""Another channel shows under its own name wherever channels show, and says itself where its notices go."""

import os
from collections.abc import Iterator
from typing import Any

import httpx
import pika
import pytest

from etc.contracts.topology import Topology
from kit.messaging.amqp import parameters
from notification.domain.subscription import Subscription
from notification.stores import Stores
from tests.integration.notification.conftest import RETRY_DELAYS_S
from tests.support.consumers import ROOT, ConsumerProcess, Consumers
from tests.support.http import TLS
from tests.support.mailbox import Mailbox
from tests.support.post_office import PostOffice, an_event
from tests.support.serving import started
from tests.support.waiting import until

MODULE = "tests.integration.notification.third_channel"
REFUSED = 99


@pytest.fixture
def queues(topology: Topology, amqp_url: str) -> Iterator[None]:
    """Deletes those of the third channel, which are not known here."""
    yield
    with pika.BlockingConnection(parameters(amqp_url, "tests")) as connection:
        amqp = connection.channel()
        retries = (topology.retry_queue("pager", round(delay_s * 1000)) for delay_s in RETRY_DELAYS_S)
        for queue in (topology.queue("pager"), topology.dead_queue("pager"), *retries):
            amqp.queue_delete(queue)


@pytest.fixture
def consumer(queues: None, consumers: Consumers) -> ConsumerProcess:
    return consumers.start("pager", module=MODULE, PAGER_REFUSES=str(REFUSED))


@pytest.fixture
def service(
    queues: None, redis_url: str, amqp_url: str, topology: Topology, mailbox: Mailbox
) -> Iterator[httpx.Client]:
    environment = {
        "PATH": os.environ["PATH"],
        "ENVIRONMENT": "development",
        "REDIS_URL": redis_url,
        "DYNAMODB_ENDPOINT": os.environ["DYNAMODB_ENDPOINT"],
        "AMQP_URL": amqp_url,
        "AMQP_PREFIX": topology.prefix,
        "SMTP_PORT": str(mailbox.port),
        "PYTHONPATH": str(ROOT),  # no fork of one that has imported the channels already
    }
    with (
        started("notification", environment, f"{MODULE}:create_app") as (_, url),
        httpx.Client(base_url=url, timeout=20, trust_env=False, verify=TLS) as client,
    ):
        yield client


def test_a_third_channel_shows_under_its_own_name_in_log_redelivery_dead_letters_and_metrics(
    consumer: ConsumerProcess, service: httpx.Client, post_office: PostOffice, student_id: int
) -> None:
    delivered = post_office.publish(an_event(student_id=student_id))
    refused = post_office.publish(an_event(student_id=student_id, class_id=REFUSED))

    def shown() -> dict[str, Any]:
        listed = service.get(f"/deliveries/{student_id}").json()["deliveries"]
        assert {(one["channel"], one["target"]) for one in listed} <= {("pager", f"pager of {student_id}")}
        return {one["id"]: [attempt["outcome"] for attempt in one["attempts"]] for one in listed}

    ids = f"{delivered['id']}-pager", f"{refused['id']}-pager"
    until(lambda: shown() == dict(zip(ids, (["delivered"], ["failed"]), strict=True)))

    assert service.post(f"/deliveries/{student_id}/{ids[0]}/redeliver").status_code == 200
    until(lambda: shown()[ids[0]] == ["delivered"] * 2)

    listed = service.get("/dead-letters").json()
    assert listed["counts"] == {"email": 0, "webhook": 0, "pager": 1}
    assert [(one["channel"], one["reason"]) for one in listed["letters"]] == [("pager", "no such pager")]
    assert service.post("/dead-letters/replay", json={"channel": "pager"}).json()["replayed"] == 1
    until(lambda: shown()[ids[1]] == ["failed"] * 2)

    metrics = httpx.get(f"{consumer.url}/metrics", trust_env=False, verify=TLS).text
    assert 'notification_deliveries_total{attempt="1",channel="pager",outcome="delivered"} 2.0' in metrics
    assert 'notification_dead_letters_total{channel="pager"} 2.0' in metrics


def test_a_test_notice_goes_over_the_third_channel_too(
    service: httpx.Client, stores: Stores, mailbox: Mailbox, student_id: int
) -> None:
    stores.subscriptions.put(student_id, 2, Subscription("abhinav@example.com", None))
    tested = service.post(f"/subscribe/{student_id}/2/test").json()
    assert tested["message"] == "Test notice delivered to 2 of 2 channels"
    assert [(one["channel"], one["target"], one["status"]) for one in tested["results"]] == [
        ("email", "a…@example.com", 250),
        ("pager", f"pager of {student_id}", 202),
    ]
