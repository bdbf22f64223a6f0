"""A RabbitMQ cluster loses a node that leads queues and holds connections: what was confirmed is received, and once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest

from etc.contracts.channel import Channel
from etc.contracts.topology import Topology
from kit.messaging import amqp
from kit.messaging.amqp import Hosts
from tests.support.amqp_traffic import WITHIN_S, Traffic, new_topology
from tests.support.rabbitmq_cluster import NODES, RabbitmqCluster, rabbitmq_cluster
from tests.support.waiting import until


@pytest.fixture(scope="module")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitmqCluster]:
    with rabbitmq_cluster(tmp_path_factory.mktemp("rabbitmq-cluster")) as cluster:
        yield cluster


@pytest.mark.parametrize("how", ["kill", "freeze"])
def test_nothing_confirmed_is_lost_with_a_node_nor_comes_twice_without_need(
    rabbitmq: RabbitmqCluster, how: str
) -> None:
    """One publisher and consumer talk to another node, but the lost one leads their queue; two more talk to it."""
    topology = new_topology()
    with ExitStack() as stack:
        lost = rabbitmq.leader_of(declared(rabbitmq.url, topology).queue(Channel.WEBHOOK))
        elsewhere = stack.enter_context(closing(Traffic(rabbitmq.url, (lost + 1) % NODES, topology)))
        there = stack.enter_context(closing(Traffic(rabbitmq.url, first=lost)))
        stack.callback(rabbitmq.heal)
        both = (elsewhere, there)
        before = both_publish(both, 5)
        getattr(rabbitmq.nodes[lost], how)()
        after = both_publish(both, 10)
        rabbitmq.heal()
        at_last = both_publish(both, 5)
        for traffic, *confirmed in zip(both, before, after, at_last, strict=True):
            assert set().union(*confirmed) <= set(traffic.received)
            # Before: it may have been acknowledged to the node that was lost.
            assert traffic.twice() <= traffic.repeated | confirmed[0]


def declared(url: str, topology: Topology) -> Topology:
    with amqp.connect(Hosts(url, "tests").all) as connection:
        topology.declare(connection.channel())
    return topology


def both_publish(both: tuple[Traffic, ...], count: int) -> list[set[str]]:
    """The ids of each, when they have been confirmed and received."""
    with ThreadPoolExecutor(len(both)) as threads:
        confirmed = list(threads.map(lambda traffic: traffic.publish(count), both))
    for traffic, ids in zip(both, confirmed, strict=True):
        until(
            lambda traffic=traffic, ids=ids: ids <= set(traffic.received),
            "what was confirmed was not received",
            timeout_s=WITHIN_S,
        )
    return confirmed
