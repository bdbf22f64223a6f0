"""Sending again what was sent, as a student asks for it over HTTP."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis

from etc.contracts.topology import Topology
from tests.integration.notification.serving import Service, serving
from tests.support.consumers import Consumers
from tests.support.mailbox import Mailbox
from tests.support.post_office import PostOffice, an_event
from tests.support.receiver import Answer, Receiver
from tests.support.waiting import until


@pytest.fixture
def service(redis_url: str, amqp_url: str, topology: Topology) -> Iterator[Service]:
    # Its publisher connects beside the start: until it has, the answer is 503.
    yield from serving(redis_url=redis_url, amqp_url=amqp_url, amqp_prefix=topology.prefix, redeliveries_per_minute=3)


def attempts(service: Service, student_id: int, count: int) -> list[dict[str, Any]]:
    """Those of the student's only delivery, once there are so many."""

    def found() -> list[dict[str, Any]]:
        deliveries = service("GET", f"/deliveries/{student_id}")[1]["deliveries"]
        all_: list[dict[str, Any]] = deliveries[0]["attempts"] if deliveries else []
        return all_ if len(all_) >= count else []

    return until(found)


def redeliver(service: Service, student_id: int, id_: str) -> dict[str, Any]:
    status, reply = until(
        lambda: (got := service("POST", f"/deliveries/{student_id}/{id_}/redeliver"))[0] != 503 and got
    )
    assert status == 200, reply
    return reply


def test_what_was_delivered_is_sent_again_when_asked_for_and_noted_as_a_redelivery(
    service: Service, post_office: PostOffice, mailbox: Mailbox, consumers: Consumers, student_id: int
) -> None:
    consumers.start("email")
    event = post_office.publish(an_event(student_id=student_id, email="abhinav@example.com"))
    attempts(service, student_id, 1)
    reply = redeliver(service, student_id, f"{event['id']}-email")
    assert reply["message"].startswith(f"Sending {event['id']}-email again")
    first, second = attempts(service, student_id, 2)
    assert (first["redelivery"], second["redelivery"], second["outcome"]) == (False, True, "delivered")
    assert [got.mail["Message-ID"] for got in mailbox.delivered] == [f"<{event['id']}@no-reply.com>"] * 2


def test_a_failed_webhook_is_sent_again_with_all_its_attempts_and_to_that_channel_alone(
    service: Service,
    post_office: PostOffice,
    mailbox: Mailbox,
    receiver: Receiver,
    consumers: Consumers,
    student_id: int,
) -> None:
    consumers.start("webhook")
    consumers.start("email")
    receiver.answers = [Answer(status=500)] * 5
    event = post_office.publish(
        an_event(student_id=student_id, email="abhinav@example.com", proxy_url=receiver.proxy())
    )
    until(lambda: post_office.dead("webhook"))
    redeliver(service, student_id, f"{event['id']}-webhook")
    until(lambda: len(receiver.received) == 6)
    assert len(mailbox.delivered) == 1
    assert {got.headers["webhook-id"] for got in receiver.received} == {event["id"]}


def test_asking_again_and_again_while_the_receiver_is_down_sends_one_copy_when_it_is_back(
    service: Service,
    post_office: PostOffice,
    receiver: Receiver,
    consumers: Consumers,
    student_id: int,
    store: redis.Redis,
) -> None:
    consumer = consumers.start("webhook", RETRY_DELAYS_S="3,3,3")
    receiver.always = Answer(status=500)
    event = post_office.publish(an_event(student_id=student_id, proxy_url=receiver.proxy()))
    attempts(service, student_id, 1)
    for _ in range(5):
        store.delete(f"tries:redeliver:{student_id}")
        redeliver(service, student_id, f"{event['id']}-webhook")
    until(lambda: consumer.log.count("is tried again") >= 2)
    receiver.always = None
    consumer.wait_for_log("was delivered before", times=2)
    assert consumer.log.count(f"{event['id']} delivered") == 1


def test_somebody_elses_delivery_and_one_that_never_was_are_not_there(
    service: Service, post_office: PostOffice, mailbox: Mailbox, consumers: Consumers, student_id: int
) -> None:
    consumers.start("email")
    event = post_office.publish(an_event(student_id=student_id, email="abhinav@example.com"))
    attempts(service, student_id, 1)
    for student, id_ in ((student_id + 1, f"{event['id']}-email"), (student_id, f"{uuid.uuid4()}-email")):
        status, reply = service("POST", f"/deliveries/{student}/{id_}/redeliver")
        assert status == 404
        assert f"Nothing with the id {id_} was sent to this student" in reply["detail"]
    assert service("POST", f"/deliveries/{student_id}/{event['id']}/redeliver")[0] == 422
    assert len(mailbox.delivered) == 1


def test_more_than_a_few_a_minute_are_refused_with_the_time_to_wait(
    service: Service, post_office: PostOffice, consumers: Consumers, student_id: int, store: redis.Redis
) -> None:
    consumers.start("email")
    event = post_office.publish(an_event(student_id=student_id, email="abhinav@example.com"))
    attempts(service, student_id, 1)
    redeliver(service, student_id, f"{event['id']}-email")
    store.delete(f"tries:redeliver:{student_id}")
    path = f"/deliveries/{student_id}/{event['id']}-email/redeliver"
    with ThreadPoolExecutor(6) as threads:
        statuses = list(threads.map(lambda _: service("POST", path)[0], range(6)))
    assert sorted(statuses) == [200] * 3 + [429] * 3
    assert 1 <= int(service.headers("POST", path)["retry-after"]) <= 60


def test_a_redelivery_can_be_found_by_the_id_of_the_request_that_asked_for_it(
    service: Service, post_office: PostOffice, consumers: Consumers, student_id: int
) -> None:
    consumer = consumers.start("email")
    event = post_office.publish(an_event(student_id=student_id, email="abhinav@example.com"))
    attempts(service, student_id, 1)
    redeliver(service, student_id, f"{event['id']}-email")
    asked = service.headers("POST", f"/deliveries/{student_id}/{event['id']}-email/redeliver")
    consumer.wait_for_log(asked["x-request-id"])


def test_without_rabbitmq_the_answer_is_503(
    post_office: PostOffice, consumers: Consumers, student_id: int, redis_url: str
) -> None:
    consumers.start("email")
    event = post_office.publish(an_event(student_id=student_id, email="abhinav@example.com"))
    for lost in serving(redis_url=redis_url, amqp_url="amqp://guest:guest@127.0.0.1:1/%2F"):
        attempts(lost, student_id, 1)
        assert lost("POST", f"/deliveries/{student_id}/{event['id']}-email/redeliver")[0] == 503
        assert lost("GET", "/health/ready")[0] == 200
