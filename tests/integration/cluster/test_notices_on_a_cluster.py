"""The notification service and a consumer with a Redis Cluster: every key they use, from the claim to the log."""

import os
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

import pytest

from etc.contracts.channel import Channel
from etc.contracts.topology import Topology
from kit.messaging import amqp
from notification.cli.rebuild_subscriptions import rebuild
from notification.domain.subscription import Subscription
from notification.settings import CallbackSettings
from notification.stores import open_stores
from tests.integration.notification.serving import Service, serving
from tests.support.consumers import Consumers
from tests.support.post_office import PostOffice, an_event
from tests.support.receiver import Receiver
from tests.support.redis_cluster import RedisCluster
from tests.support.waiting import until

STUDENTS = [uuid.uuid4().int % 2**52 + number for number in range(6)]  # of all nodes


@pytest.fixture
def topology() -> Iterator[Topology]:
    names = Topology(f"test-{uuid.uuid4().hex[:12]}.")
    yield names
    with amqp.connect(amqp.parameters(os.environ["AMQP_URL"], "tests")) as connection:
        channel = connection.channel()
        for of_channel in Channel:
            for queue in (names.queue(of_channel), names.dead_queue(of_channel), names.retry_queue(of_channel, 200)):
                channel.queue_delete(queue)
        for exchange in (names.events, names.dead_exchange):
            channel.exchange_delete(exchange)


def test_notices_are_sent_logged_and_sent_again(cluster: RedisCluster, topology: Topology) -> None:
    settings = {"redis_url": cluster.url, "amqp_url": os.environ["AMQP_URL"], "amqp_prefix": topology.prefix}
    environment = {name.upper(): value for name, value in settings.items()} | {
        "ENVIRONMENT": "development",
        "DYNAMODB_ENDPOINT": os.environ["DYNAMODB_ENDPOINT"],
        "CALLBACK_ALLOWED_NETWORKS": "127.0.0.0/8",
        "RETRY_DELAYS_S": "0.2",
    }
    with ExitStack() as stack:
        office = stack.enter_context(PostOffice(os.environ["AMQP_URL"], topology))
        receiver = stack.enter_context(Receiver())
        stack.enter_context(Consumers(environment)).start("webhook")
        events = {
            student: office.publish(an_event(student_id=student, proxy_url=receiver.proxy())) for student in STUDENTS
        }
        until(lambda: len(receiver.received) == len(STUDENTS))
        for service in serving(**settings):
            for student, event in events.items():
                until(partial(_was_logged, service, student), "the log shows no delivery")
                assert service("POST", f"/deliveries/{student}/{event['id']}-webhook/redeliver")[0] == 200
        until(lambda: len(receiver.received) == 2 * len(STUDENTS))


def _was_logged(service: Service, student: int) -> bool:
    return bool(service("GET", f"/deliveries/{student}")[1]["deliveries"])


def test_views_on_all_nodes_are_rebuilt(cluster: RedisCluster, capsys: pytest.CaptureFixture[str]) -> None:
    prefix = f"test-{uuid.uuid4().hex[:8]}-"
    settings = CallbackSettings(environment="development", redis_url=cluster.url, table_prefix=prefix)
    stores = open_stores(settings)
    stores.prepare(lambda: False)
    for student in STUDENTS:
        stores.subscriptions.put(student, 2, Subscription("somebody@example.com", None))
        stores.client.set(f"subscription:{student}", "something old")
    rebuild(stores)
    assert "6 differed" in capsys.readouterr().out
    assert len({stores.client.get(f"subscription:{student}") for student in STUDENTS}) == 1
    for definition in stores.tables.definitions:
        stores.database.delete_table(TableName=definition["TableName"])
