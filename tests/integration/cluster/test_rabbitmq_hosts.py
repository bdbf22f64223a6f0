"""RabbitMQ has several hosts, and one stands still: events go on to be confirmed and received, and none is lost."""

import os
import time
import uuid
from collections import Counter
from threading import Thread
from urllib.parse import urlsplit

from etc.contracts.channel import Channel
from etc.contracts.topology import Topology
from kit.errors import Unavailable
from kit.hosts import each_host
from kit.messaging import amqp
from kit.messaging.amqp import Hosts
from kit.messaging.outgoing_message import OutgoingMessage
from kit.messaging.publisher import Publisher
from notification.adapters.queue_consumer import ConnectionLost, Message, QueueConsumer
from tests.support.tcp_proxy import TcpProxy
from tests.support.waiting import until


class Traffic:
    """A publisher and a consumer, which begin with the same node."""

    def __init__(self, url: str, first: int) -> None:
        self.topology = Topology(f"test-{uuid.uuid4().hex[:8]}.")
        self._url, self._first = url, first
        self.received: list[str] = []
        self.refusals: list[str] = []
        self.stopping = False
        self.publisher = Publisher(self._hosts(), self.topology.declare)
        self.publisher.start()
        until(lambda: self.publisher.connected, "RabbitMQ was not reached")
        self._consumer = Thread(target=self._consume)
        self._consumer.start()

    def publish(self, count: int) -> set[str]:
        """Until each is confirmed; their ids."""
        ids = {str(uuid.uuid4()) for _ in range(count)}
        for message_id in ids:
            self.refusals.clear()
            end = time.monotonic() + 40
            while not self._published(message_id):
                assert time.monotonic() < end, Counter(self.refusals)
                time.sleep(0.05)
        return ids

    def _published(self, message_id: str) -> bool:
        try:
            self.publisher.publish_and_wait(OutgoingMessage(self.topology.events, "", b"{}", message_id), timeout_s=15)
        except Unavailable as reason:
            self.refusals.append(reason.detail)
            return False
        return True

    def close(self) -> None:
        self.stopping = True
        self._consumer.join(20)
        self.publisher.close()
        with amqp.connect(amqp.parameters(os.environ["AMQP_URL"], "tests")) as connection:
            channel = connection.channel()
            for of_channel in Channel:
                channel.queue_delete(self.topology.queue(of_channel))
                channel.queue_delete(self.topology.dead_queue(of_channel))
            for exchange in (self.topology.events, self.topology.dead_exchange):
                channel.exchange_delete(exchange)

    def _hosts(self) -> Hosts:
        hosts = Hosts(self._url, "tests")
        before = hosts.all[self._first - 1]
        while hosts.next() is not before:
            pass
        return hosts

    def _consume(self) -> None:
        hosts = self._hosts()
        queue = self.topology.queue(Channel.WEBHOOK)
        while not self.stopping:
            try:
                consumer = QueueConsumer(hosts.next(), queue, 10, self.topology.declare)
                consumer.receive(self._received, lambda: self.stopping)
                consumer.close()
            except ConnectionLost:
                continue

    def _received(self, message: Message) -> None:
        self.received.append(str(message.message_id))
        message.ack()


def test_a_node_that_stands_still_is_left_for_the_next_one() -> None:
    """Its connections stay open, and nothing comes."""
    server = os.environ["AMQP_URL"]
    with TcpProxy(server) as proxy:
        url = f"amqp://guest:guest@127.0.0.1:{proxy.port},127.0.0.1:{urlsplit(each_host(server)[0]).port}/%2F"
        traffic = Traffic(url, first=0)
        try:
            before = traffic.publish(5)
            until(lambda: before <= set(traffic.received))
            proxy.freeze()
            after = traffic.publish(5)
            until(lambda: after <= set(traffic.received), "what was confirmed was not received", timeout_s=30)
        finally:
            traffic.close()
