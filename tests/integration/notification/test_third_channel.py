"""Another channel shows under its own name wherever channels show."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pika
import pytest

from etc.contracts.topology import Topology
from kit.messaging.amqp import parameters
from tests.support.consumers import ROOT, Consumers
from tests.support.http import TLS
from tests.support.post_office import an_event
from tests.support.waiting import until

MODULE = "tests.integration.notification.third_channel"


@pytest.fixture
def environment(redis_url: str, amqp_url: str, topology: Topology) -> Iterator[dict[str, str]]:
    yield {
        "PATH": os.environ["PATH"],
        "ENVIRONMENT": "development",
        "REDIS_URL": redis_url,
        "AMQP_URL": amqp_url,
        "AMQP_PREFIX": topology.prefix,
    }
    with pika.BlockingConnection(parameters(amqp_url, "tests")) as connection:
        amqp = connection.channel()
        for queue in (topology.queue("pager"), topology.dead_queue("pager")):
            amqp.queue_delete(queue)
        for delay_ms in (200, 400, 600):
            amqp.queue_delete(topology.retry_queue("pager", delay_ms))


def run(environment: dict[str, str], *arguments: str) -> list[str]:
    command = [sys.executable, "-m", MODULE, *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_third_channel_shows_under_its_own_name_in_log_replies_metrics_and_dead_letters(
    consumers: Consumers, environment: dict[str, str], topology: Topology, amqp_url: str, student_id: int
) -> None:
    consumer = consumers.start("pager", module=MODULE, PAGER_REFUSES="eve@example.com")
    delivered = an_event(student_id=student_id, email="abhinav@example.com")
    refused = an_event(student_id=student_id, email="eve@example.com")
    with pika.BlockingConnection(parameters(amqp_url, "tests")) as connection:
        for event in (delivered, refused):
            connection.channel().basic_publish(topology.events, "", json.dumps(event).encode())
    consumer.wait_for_log("is a dead letter: no such pager")
    consumer.wait_for_log(" delivered")
    replies = until(lambda: len(found := run(environment, "deliveries", str(student_id))) == 2 and found)
    shown = {(one["id"], one["channel"], one["outcome"]) for one in map(json.loads, replies)}
    assert shown == {
        (f"{delivered['id']}-pager", "pager", "delivered"),
        (f"{refused['id']}-pager", "pager", "failed"),
    }
    metrics = httpx.get(f"{consumer.url}/metrics", trust_env=False, verify=TLS).text
    assert 'notification_deliveries_total{attempt="1",channel="pager",outcome="delivered"} 1.0' in metrics
    assert 'notification_dead_letters_total{channel="pager"} 1.0' in metrics
    [_, line, count] = run(environment, "dead-letters", "list", "pager")
    assert " pager " in line
    assert line.endswith("no such pager")
    assert count == "1 dead letter"
