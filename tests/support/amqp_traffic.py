"""A publisher and a consumer of events, who note what was confirmed and what came."""

import time
import uuid
from collections import Counter
from threading import Thread

from etc.contracts.channel import Channel
from etc.contracts.topology import Topology
from kit.errors import Unavailable
from kit.messaging import amqp
from kit.messaging.amqp import Hosts
from kit.messaging.publisher import OutgoingMessage, Publisher
from notification.adapters.queue_consumer import ConnectionLost, Message, QueueConsumer
from tests.support.waiting import until

GAP_S = 10.0  # the longest for which nothing is confirmed, or received, whatever becomes of one node (measured: 8.7)
BUSY_S = 8.0  # what a busy machine adds: giving a node up and finding a leader are many processes' turns
WITHIN_S = GAP_S + BUSY_S


def new_topology() -> Topology:
    return Topology(f"test-{uuid.uuid4().hex[:8]}.")


class Traffic:
    """Both begin with the same node, the one at `first` in the URL.

    `received`: the ids of the webhook queue's messages, in their order. `repeated`: those that were published again,
    because nothing was known of the first time.
    """

    def __init__(self, url: str, first: int, topology: Topology | None = None) -> None:
        self.topology = topology or new_topology()
        self._url, self._first = url, first
        self.received: list[str] = []
        self.repeated: set[str] = set()
        self.refusals: list[str] = []
        self.longest_s = 0.0
        self.stopping = False
        self.publisher = Publisher(self._hosts(), self.topology.declare)
        self.publisher.start()
        until(lambda: self.publisher.connected, "RabbitMQ was not reached")
        self._consumer = Thread(target=self._consume)
        self._consumer.start()

    @property
    def queue(self) -> str:
        return self.topology.queue(Channel.WEBHOOK)

    def publish(self, count: int) -> set[str]:
        """Until each is confirmed; their ids."""
        ids = {str(uuid.uuid4()) for _ in range(count)}
        for message_id in ids:
            self.refusals.clear()
            began = time.monotonic()
            while not self._published(message_id):
                assert time.monotonic() < began + WITHIN_S, Counter(self.refusals)
                time.sleep(0.05)
            self.longest_s = max(self.longest_s, time.monotonic() - began)
        return ids

    def _published(self, message_id: str) -> bool:
        try:
            self.publisher.publish_and_wait(OutgoingMessage(self.topology.events, "", b"{}", message_id), timeout_s=15)
        except Unavailable as reason:
            self.refusals.append(reason.detail)
            if not reason.detail.endswith("no connection"):
                self.repeated.add(message_id)
            return False
        return True

    def twice(self) -> set[str]:
        return {message_id for message_id, times in Counter(self.received).items() if times > 1}

    def close(self) -> None:
        self.stopping = True
        self._consumer.join(20)
        self.publisher.close()
        with amqp.connect(Hosts(self._url, "tests").all) as connection:
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
        while not self.stopping:
            try:
                consumer = QueueConsumer(hosts.next(), self.queue, 10, self.topology.declare)
                consumer.receive(self._received, lambda: self.stopping)
                consumer.close()
            except ConnectionLost:
                continue

    def _received(self, message: Message) -> None:
        self.received.append(str(message.message_id))
        message.ack()
