"""RabbitMQ has several hosts, and one stands still: events go on to be confirmed and received, and none is lost."""

import os
from urllib.parse import urlsplit

from kit.hosts import each_host
from tests.support.amqp_traffic import Traffic
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
            until(lambda: after <= set(traffic.received), "what was confirmed was not received", timeout_s=30)
        finally:
            proxy.thaw()
            traffic.close()
