"""Connections that break, stores that go away, and the end of a process."""

import os

import pytest

from notification.adapters.dedup_store import DedupStore
from notification.domain.claim import Claim, NoticeKey
from notification.stores import Stores
from tests.support.consumers import Consumers
from tests.support.mailbox import Mailbox
from tests.support.post_office import PostOffice, an_event
from tests.support.receiver import Answer, Receiver
from tests.support.tcp_proxy import TcpProxy
from tests.support.waiting import until


def test_a_broken_connection_is_replaced_and_what_was_in_hand_is_sent_once(
    post_office: PostOffice, receiver: Receiver, consumers: Consumers, amqp_url: str
) -> None:
    with TcpProxy(amqp_url) as broker:
        consumer = consumers.start("webhook", AMQP_URL=broker.url)
        receiver.answers = [Answer(hang_s=1)]
        event = post_office.publish(an_event(proxy_url=receiver.proxy()))
        until(lambda: receiver.received)
        broker.cut()  # the message is delivered again while its first delivery is still being sent
        consumer.wait_for_log("was delivered before")
        after = post_office.publish(an_event(proxy_url=receiver.proxy()))
        until(lambda: len(receiver.received) >= 2)
    assert [got.headers["webhook-id"] for got in receiver.received] == [event["id"], after["id"]]


def test_a_consumer_outlives_a_broker_that_is_away_for_a_while(
    post_office: PostOffice, receiver: Receiver, consumers: Consumers, amqp_url: str
) -> None:
    with TcpProxy(amqp_url) as broker:
        broker.close()
        consumer = consumers.start("webhook", ready=False, AMQP_URL=broker.url)
        consumer.wait_for_log("trying again", times=2)
        event = post_office.publish(an_event(proxy_url=receiver.proxy()))
        broker.open()
        until(lambda: receiver.received)
        broker.close()
        consumer.wait_for_outage()
        broker.open()
        consumer.wait_until_consuming()
        post_office.publish(an_event(proxy_url=receiver.proxy()))
        until(lambda: len(receiver.received) == 2)
    assert receiver.received[0].headers["webhook-id"] == event["id"]


def test_a_retry_that_the_broker_could_not_confirm_is_not_lost(
    post_office: PostOffice, receiver: Receiver, consumers: Consumers, amqp_url: str
) -> None:
    with TcpProxy(amqp_url) as broker:
        consumer = consumers.start("webhook", AMQP_URL=broker.url)
        receiver.answers = [Answer(status=500, hang_s=1)]
        post_office.publish(an_event(proxy_url=receiver.proxy()))
        until(lambda: receiver.received)
        broker.close()  # the attempt fails while there is nobody to take its retry
        consumer.wait_for_log("failed (attempt 1)")
        broker.open()
        until(lambda: len(receiver.received) >= 2)
        consumer.wait_for_log(" delivered")
    assert post_office.dead("webhook") == []


def test_a_digest_gathered_on_two_connections_keeps_nothing_from_being_sent(
    post_office: PostOffice, mailbox: Mailbox, consumers: Consumers, stores: Stores, amqp_url: str
) -> None:
    """What came on the broken one comes again; what came on the next was held, unsent, until that broke, too."""
    digests = {"EMAIL_DIGEST_AFTER": "1", "EMAIL_DIGEST_WAIT_S": "3"}
    with TcpProxy(amqp_url) as broker:
        consumer = consumers.start("email", AMQP_URL=broker.url, **digests)
        alone, before, after = (an_event(email="abhinav@example.com") for _ in range(3))
        post_office.publish(alone)
        consumer.wait_for_log(" delivered")
        post_office.publish(before)
        claim = {"Key": {"S": f"email:{before['id']}"}}
        until(lambda: "Item" in stores.database.get_item(TableName=stores.tables.sent, Key=claim))
        broker.cut()
        consumer.wait_for_log("connecting again")
        consumer.wait_until_consuming()
        post_office.publish(after)
        until(lambda: set(mailbox.told) == {event["id"] for event in (alone, before, after)})


@pytest.mark.parametrize("away", ["refused", "frozen"])
def test_while_dynamodb_is_away_the_queue_is_let_go_and_no_attempt_or_delivery_is_counted(
    away: str, post_office: PostOffice, receiver: Receiver, consumers: Consumers
) -> None:
    queue = post_office.topology.queue("webhook")
    with TcpProxy(os.environ["DYNAMODB_ENDPOINT"]) as store:
        consumer = consumers.start("webhook", DYNAMODB_ENDPOINT=store.url, WEBHOOK_IN_FLIGHT="2")
        store.close() if away == "refused" else store.freeze()
        for _ in range(30):  # more than are claimed at once: some wait for their host's turn
            post_office.publish(an_event(proxy_url=receiver.proxy()))
        consumer.wait_for_log("letting go of the queue", timeout_s=40)
        until(lambda: post_office.consumers_of(queue) == 0)
        until(lambda: post_office.depth(queue) == 30, timeout_s=40)  # none is held, each came by way of a retry queue
        # Where the machine is so busy that RabbitMQ misses heartbeats, it counts what it takes back itself.
        assert max(post_office.delivery_counts(queue)) <= 2
        assert receiver.received == []
        store.open() if away == "refused" else store.thaw()
        until(lambda: len(receiver.received) == 30, timeout_s=40)
        consumer.wait_for_log(" delivered", times=30)
    assert len({got.headers["webhook-id"] for got in receiver.received}) == 30
    assert "attempt" not in consumer.log
    assert post_office.dead("webhook") == []


def test_dynamodb_lost_between_sending_and_recording_repeats_nothing(
    post_office: PostOffice, receiver: Receiver, consumers: Consumers, stores: Stores
) -> None:
    with TcpProxy(os.environ["DYNAMODB_ENDPOINT"]) as proxied:
        consumer = consumers.start("webhook", DYNAMODB_ENDPOINT=proxied.url)
        receiver.answers = [Answer(hang_s=1)]
        event = post_office.publish(an_event(proxy_url=receiver.proxy()))
        until(lambda: receiver.received)
        proxied.close()
        consumer.wait_for_log("waiting: The database does not answer")
        proxied.open()
        consumer.wait_for_log(" delivered")
    assert DedupStore(stores.database, stores.tables, "webhook", 60).claim([NoticeKey(event["id"])]) == [Claim.SENT]
    assert len(receiver.received) == 1


def test_a_queue_deleted_under_the_consumer_is_declared_again(
    post_office: PostOffice, receiver: Receiver, consumers: Consumers
) -> None:
    consumer = consumers.start("webhook")
    post_office.delete(post_office.topology.queue("webhook"))
    consumer.wait_for_log("consuming webhook", times=2)
    post_office.publish(an_event(proxy_url=receiver.proxy()))
    until(lambda: receiver.received)


def test_sigterm_ends_after_the_message_in_hand(
    post_office: PostOffice, receiver: Receiver, consumers: Consumers
) -> None:
    consumer = consumers.start("webhook")
    receiver.answers = [Answer(hang_s=1)]
    post_office.publish(an_event(proxy_url=receiver.proxy()))
    until(lambda: receiver.received)
    consumer.terminate()
    assert consumer.wait_for_end() == 0
    assert " delivered" in consumer.log
    assert post_office.depth(post_office.topology.queue("webhook")) == 0


def test_sigterm_does_not_wait_for_ever_and_what_is_in_hand_goes_back(
    post_office: PostOffice, receiver: Receiver, consumers: Consumers
) -> None:
    consumer = consumers.start("webhook", WEBHOOK_TIMEOUT_S="60", SHUTDOWN_TIMEOUT_S="0.5", WEBHOOK_IN_FLIGHT="10")
    receiver.always = Answer(hang_s=60)
    for _ in range(5):
        post_office.publish(an_event(proxy_url=receiver.proxy()))
    until(lambda: receiver.received)
    consumer.terminate()
    assert consumer.wait_for_end() == 0
    until(lambda: post_office.depth(post_office.topology.queue("webhook")) == 5)


@pytest.mark.single  # a proxy takes one server away
def test_sigterm_ends_a_consumer_that_has_neither_broker_nor_redis(
    consumers: Consumers, amqp_url: str, redis_url: str
) -> None:
    with TcpProxy(amqp_url) as broker, TcpProxy(redis_url) as store:
        broker.close()
        store.close()
        consumer = consumers.start("email", ready=False, AMQP_URL=broker.url, REDIS_URL=store.url)
        consumer.wait_for_log("trying again", times=3)
        consumer.terminate()
        assert consumer.wait_for_end(timeout_s=10) == 0
