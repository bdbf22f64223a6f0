"""What consumers note of their attempts, read from real Redis."""

from datetime import timedelta

import redis

from notification.adapters.delivery_log import DeliveryLog
from notification.domain.delivery import Delivery
from tests.integration.notification.conftest import RETRY_DELAYS_S
from tests.support.consumers import ConsumerProcess
from tests.support.mailbox import Mailbox
from tests.support.post_office import PostOffice, an_event
from tests.support.receiver import Answer, Receiver
from tests.support.waiting import until


def noted(store: redis.Redis, student_id: int, attempts: int) -> Delivery:
    """The student's only delivery, once it has so many attempts."""

    def found() -> Delivery | None:
        deliveries = DeliveryLog(store).page(student_id, None, 20).deliveries
        return deliveries[0] if deliveries and len(deliveries[0].attempts) == attempts else None

    delivery = until(found)
    assert delivery
    return delivery


def test_each_webhook_attempt_is_noted_with_status_duration_and_next_try(
    post_office: PostOffice,
    receiver: Receiver,
    webhook_consumer: ConsumerProcess,
    store: redis.Redis,
    student_id: int,
) -> None:
    receiver.answers = [Answer(status=503, hang_s=0.1)]
    event = post_office.publish(an_event(student_id=student_id, proxy_url=receiver.proxy()))
    delivery = noted(store, student_id, attempts=2)
    assert delivery.channel == "webhook"
    assert event.items() <= delivery.event.model_dump().items()
    first, second = delivery.attempts
    assert (first.result, first.attempt.status, first.error) == ("retrying", 503, "the receiver answered 503")
    assert first.attempt.duration_ms is not None
    assert 100 <= first.attempt.duration_ms < 2000
    assert first.next_at
    assert first.next_at >= first.attempt.at + timedelta(seconds=RETRY_DELAYS_S[0])
    assert (second.result, second.attempt.status, second.error, second.next_at) == ("delivered", 200, None, None)


def test_a_notice_that_became_a_dead_letter_is_noted_as_failed(
    post_office: PostOffice,
    receiver: Receiver,
    webhook_consumer: ConsumerProcess,
    store: redis.Redis,
    student_id: int,
) -> None:
    receiver.always = Answer(status=500)
    post_office.publish(an_event(student_id=student_id, proxy_url=receiver.proxy()))
    delivery = noted(store, student_id, attempts=4)
    assert [one.result for one in delivery.attempts] == ["retrying", "retrying", "retrying", "failed"]


def test_a_receiver_that_hangs_is_noted_without_a_status(
    post_office: PostOffice,
    receiver: Receiver,
    webhook_consumer: ConsumerProcess,
    store: redis.Redis,
    student_id: int,
) -> None:
    receiver.answers = [Answer(hang_s=60)]
    post_office.publish(an_event(student_id=student_id, proxy_url=receiver.proxy()))
    first, _ = noted(store, student_id, attempts=2).attempts
    assert (first.attempt.status, first.error) == (None, "no answer in time")


def test_mails_are_noted_with_the_servers_code(
    post_office: PostOffice, mailbox: Mailbox, email_consumer: ConsumerProcess, store: redis.Redis, student_id: int
) -> None:
    mailbox.replies = ["450 mailbox busy"]
    post_office.publish(an_event(student_id=student_id, email="abhinav@example.com"))
    delivery = noted(store, student_id, attempts=2)
    assert delivery.channel == "email"
    assert [one.attempt.status for one in delivery.attempts] == [450, 250]


def test_when_the_log_can_not_be_written_the_notice_still_arrives_and_once(
    post_office: PostOffice,
    receiver: Receiver,
    webhook_consumer: ConsumerProcess,
    store: redis.Redis,
    student_id: int,
) -> None:
    store.set(f"delivery-log:{{{student_id}}}", "no hash: writing to it is an error")
    receiver.answers = [Answer(status=503)]
    post_office.publish(an_event(student_id=student_id, proxy_url=receiver.proxy()))
    webhook_consumer.wait_for_log("is not in the log of deliveries", times=2)
    assert len(receiver.received) == 2
    assert post_office.dead("webhook") == []
    assert post_office.depth(post_office.topology.queue("webhook")) == 0
