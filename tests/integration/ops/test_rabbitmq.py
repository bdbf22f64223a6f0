"""A RabbitMQ of a test's own: what it does where its log ended, and what bin/verify sees in it."""

import subprocess
from collections.abc import Iterator

import pika
import pytest
from verify.cluster_nodes import ClusterNodes

from etc.contracts.channel import Channel
from tests.support.amqp_traffic import new_topology
from tests.support.servers import ROOT, Server, own_server
from tests.support.waiting import until

# What is left of it after a disk that was full for a moment: its log, and with it all quorum queues, ended for good.
LOSE_THE_LOG = """
    [begin supervisor:terminate_child(ra_systems_sup, Id), supervisor:delete_child(ra_systems_sup, Id) end
     || {Id, _, _, _} <- supervisor:which_children(ra_systems_sup)].
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with own_server("rabbitmq", tmp_path_factory.mktemp("rabbitmq")) as server:
        yield server


def test_what_a_consumer_holds_without_sending_it_is_seen(server: Server) -> None:
    topology = new_topology()
    nodes = ClusterNodes({**server.environment, "AMQP_PREFIX": topology.prefix})
    with connected(server) as connection:
        channel = connection.channel()
        topology.declare(channel)
        channel.basic_publish(topology.events, "", b"{}")
        until(lambda: channel.basic_get(topology.queue(Channel.EMAIL))[0], "it did not arrive")
        until(lambda: nodes.held() == 1, "it is not seen")  # the node counts every five seconds
    until(lambda: nodes.held() == 0, "it is held by nobody")


def test_a_node_whose_log_ended_ends_too_and_keeps_what_it_confirmed(server: Server) -> None:
    with connected(server) as connection:
        channel = connection.channel()
        channel.queue_declare("kept", durable=True, arguments={"x-queue-type": "quorum"})
        channel.confirm_delivery()
        channel.basic_publish("", "kept", b"confirmed", pika.BasicProperties(delivery_mode=2))
    subprocess.run([ROOT / "bin/support/rabbitmqctl", "eval", LOSE_THE_LOG], env=server.environment, check=True)
    assert server.popen is not None
    until(lambda: server.popen.poll() is not None, "it runs on", timeout_s=20)
    server.start()
    with connected(server) as connection:
        channel = connection.channel()
        received: list[bytes | None] = []

        def is_there() -> bool:  # a queue elects its leader first
            received[:] = [channel.basic_get("kept", auto_ack=True)[2]]
            return received == [b"confirmed"]

        until(is_there, "lost")


def connected(server: Server) -> pika.BlockingConnection:
    return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", server.port))
