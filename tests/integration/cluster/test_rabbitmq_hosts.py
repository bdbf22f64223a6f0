"""RabbitMQ has several hosts, and one stands still: events go on to be confirmed and received, and none is lost."""

import os
import uuid
from urllib.parse import urlsplit

from pika.channel import Channel

from kit.hosts import each_host
from kit.messaging.amqp import Hosts
from kit.messaging.outgoing_message import NotConfirmed, OutgoingMessage
from kit.messaging.publisher import Publisher
from tests.support.amqp_traffic import WITHIN_S, Traffic
from tests.support.tcp_proxy import TcpProxy
from tests.support.waiting import until


def test_a_node_that_stands_still_is_left_for_the_next_one() -> None:
    """Its connections stay open, and nothing comes."""
    server = each_host(os.environ["AMQP_URL"])[0]
    with TcpProxy(server) as proxy:
        url = f"amqp://guest:guest@127.0.0.1:{proxy.port},127.0.0.1:{urlsplit(server).port}/%2F"
        traffic = Traffic(url, first=0)
        try:
            before = traffic.publish(5)
            until(lambda: before <= set(traffic.received))
            proxy.freeze()
            after = traffic.publish(5)
            until(lambda: after <= set(traffic.received), "what was confirmed was not received", timeout_s=WITHIN_S)
        finally:
            proxy.thaw()
            traffic.close()


def test_a_connection_on_which_all_is_refused_is_replaced() -> None:
    """A full queue refuses as one does that has lost its leader; the second connection finds it empty."""
    name, connections = f"test-{uuid.uuid4().hex[:8]}", []

    def declare(channel: Channel) -> None:
        channel.exchange_declare(name, "fanout", auto_delete=True)
        full = {"x-max-length": 0 if not connections else 10, "x-overflow": "reject-publish", "x-expires": 60_000}
        queue = f"{name}-{len(connections)}"
        connections.append(queue)
        channel.queue_declare(queue, arguments=full, exclusive=True)
        channel.queue_bind(queue, name)

    publisher = Publisher(Hosts(os.environ["AMQP_URL"], "tests"), declare)
    publisher.start()
    try:
        until(lambda: _is_taken(publisher, name), "nothing was ever taken")
        assert len(connections) == 2
    finally:
        publisher.close()


def _is_taken(publisher: Publisher, exchange: str) -> bool:
    try:
        publisher.publish_and_wait(OutgoingMessage(exchange, "", b"{}", str(uuid.uuid4())), timeout_s=5)
    except NotConfirmed:
        return False
    return True
