"""What lies in the queue beside a message that kills its consumer, and what a process does without file descriptors."""

import json
import resource
import time
from typing import Any

import pika

from etc.contracts.topology import DELIVERY_LIMIT, Topology
from kit.messaging.amqp import parameters
from notification.adapters.queue_consumer import Message, QueueConsumer
from tests.support.consumers import Consumers
from tests.support.post_office import PostOffice, an_event
from tests.support.receiver import Answer, Receiver
from tests.support.tcp_proxy import TcpProxy
from tests.support.waiting import until

PREFETCH = 30


def die_of(poison: str, amqp_url: str, topology: Topology) -> list[Message]:
    """One life of a consumer: it acknowledges what it gets until it gets the poison, and then its connection breaks."""
    held: list[Message] = []
    queue = QueueConsumer(parameters(amqp_url, "tests"), topology.queue("webhook"), PREFETCH, lambda _: None)
    end = time.monotonic() + 1
    queue.receive(held.append, lambda: any(one.message_id == poison for one in held) or time.monotonic() > end)
    queue.close()
    return held


def test_of_thirty_messages_only_the_one_that_kills_its_consumer_is_set_aside(
    post_office: PostOffice, amqp_url: str
) -> None:
    topology = post_office.topology
    poison, *innocent = [post_office.publish(an_event())["id"] for _ in range(PREFETCH)]
    for _ in range(DELIVERY_LIMIT + 5):
        die_of(poison, amqp_url, topology)
    dead = until(lambda: post_office.dead("webhook"))
    assert len(dead) == 1
    assert poison in dead[0][0].decode()
    rest: dict[str, Message] = {}
    queue = QueueConsumer(parameters(amqp_url, "tests"), topology.queue("webhook"), PREFETCH, lambda _: None)

    def take(message: Message) -> None:
        rest[str(message.message_id)] = message
        message.ack()

    end = time.monotonic() + 10
    queue.receive(take, lambda: len(rest) == len(innocent) or time.monotonic() > end)
    queue.serve_until(lambda: True)
    queue.close()
    assert set(rest) == set(innocent)
    assert max(one.delivered_before for one in rest.values()) < 10


def test_a_consumer_without_file_descriptors_for_a_while_sends_retries_again_afterwards(
    post_office: PostOffice, receiver: Receiver, consumers: Consumers, amqp_url: str
) -> None:
    with TcpProxy(amqp_url) as broker:
        consumer = consumers.start("webhook", AMQP_URL=broker.url)
        pid: int = consumer.process.pid
        limits: Any = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, limits[1]))
        broker.cut()
        consumer.wait_for_log("trying again", times=4)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        receiver.answers = [Answer(status=500)]
        post_office.publish(an_event(proxy_url=receiver.proxy()))
        consumer.wait_for_log(" delivered", timeout_s=30)
    assert len(receiver.received) == 2


def test_messages_as_1_1_published_them_are_sent_on(
    post_office: PostOffice, receiver: Receiver, consumers: Consumers, amqp_url: str
) -> None:
    """With 1.1's headers of a retry, and a type that it lost."""
    consumers.start("webhook")
    event = an_event(proxy_url=receiver.proxy())
    with pika.BlockingConnection(parameters(amqp_url, "tests")) as connection:
        properties = pika.BasicProperties(
            content_type="application/json",
            delivery_mode=2,
            message_id=event["id"],
            headers={"x-attempts": 1, "x-reason": "the receiver answered 503", "x-replay": "by an operator"},
        )

        connection.channel().basic_publish(
            "", post_office.topology.queue("webhook"), json.dumps(event).encode(), properties
        )
    until(lambda: receiver.received)
