"""Test notices over HTTP, to real mail servers and receivers."""

import json
from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from notification.domain.subscription import Subscription
from notification.stores import Stores
from tests.integration.notification.serving import Service, serving
from tests.support.mailbox import Mailbox
from tests.support.receiver import Answer, Receiver

SENTENCE = "This is a test: notices for student with id: {} about Class 2 arrive here"


@pytest.fixture
def service(redis_url: str, mailbox: Mailbox) -> Iterator[Service]:
    yield from serving(
        redis_url=redis_url,
        callback_allowed_networks=(ip_network("127.0.0.0/8"),),
        smtp_port=mailbox.port,
        webhook_timeout_s=1,
        test_notices_per_minute=3,
    )


def subscribe(stores: Stores, student_id: int, email: str | None, proxy: str | None) -> None:
    stores.subscriptions.put(student_id, 2, Subscription(email, proxy))


def test_each_channel_gets_a_notice_that_says_it_is_a_test_and_the_reply_says_what_came_back(
    service: Service, stores: Stores, student_id: int, mailbox: Mailbox, receiver: Receiver
) -> None:
    subscribe(stores, student_id, "abhinav@example.com", receiver.proxy("/a-secret-path"))
    status, reply = service("POST", f"/subscribe/{student_id}/2/test")
    assert (status, reply["message"]) == (200, "Test notice delivered to 2 of 2 channels")
    for result in reply["results"]:
        assert 0 <= result.pop("duration_ms") < 3000
    email, webhook = reply["results"]
    assert email == {
        "channel": "email",
        "target": "a…@example.com",
        "delivered": True,
        "status": 250,
        "error": None,
    }
    assert webhook == {
        "channel": "webhook",
        "target": f"http://127.0.0.1:{receiver.port}/a-se…",
        "delivered": True,
        "status": 200,
        "error": None,
    }
    [mail] = mailbox.delivered
    assert mail.mail["Subject"] == "Test notice for Class 2"
    assert mail.text.splitlines()[0] == SENTENCE.format(student_id)
    [got] = receiver.received
    assert json.loads(got.body) == {"message": SENTENCE.format(student_id)}
    assert got.headers["webhook-signature"].startswith("v1,")
    assert service("GET", f"/deliveries/{student_id}")[1]["deliveries"] == []


def test_what_failed_is_told_and_neither_retried_nor_a_reason_to_end_the_subscription(
    service: Service, stores: Stores, student_id: int, mailbox: Mailbox, receiver: Receiver
) -> None:
    subscribe(stores, student_id, "abhinav@example.com", receiver.proxy())
    mailbox.replies = ["550 5.1.1 <abhinav@example.com> no such user"]
    receiver.answers = [Answer(status=410)]
    email, webhook = service("POST", f"/subscribe/{student_id}/2/test")[1]["results"]
    assert (email["delivered"], email["status"]) == (False, 550)
    assert email["error"] == "the mail server answered 550 5.1.1 <a…@example.com> no such user"
    assert (webhook["delivered"], webhook["status"]) == (False, 410)
    assert "410" in webhook["error"]
    assert service("GET", f"/subscribe/list/{student_id}") == (200, {"subscriptions": ["2"]})
    assert len(receiver.received) == 1


def test_a_receiver_that_hangs_is_waited_for_as_long_as_a_consumer_would(
    service: Service, stores: Stores, student_id: int, receiver: Receiver
) -> None:
    subscribe(stores, student_id, None, receiver.proxy())
    receiver.always = Answer(hang_s=60)
    [webhook] = service("POST", f"/subscribe/{student_id}/2/test")[1]["results"]
    assert (webhook["status"], webhook["error"]) == (None, "no answer in time")
    assert 900 <= webhook["duration_ms"] < 5000


def test_an_inner_address_is_not_reached_by_a_test_either(
    redis_url: str, stores: Stores, student_id: int, receiver: Receiver
) -> None:
    subscribe(stores, student_id, None, receiver.proxy())
    for guarded in serving(redis_url=redis_url):
        [webhook] = guarded("POST", f"/subscribe/{student_id}/2/test")[1]["results"]
        assert webhook["error"].startswith("forbidden address")
    assert receiver.received == []


def test_without_a_subscription_there_is_nothing_to_test(
    service: Service, stores: Stores, student_id: int, receiver: Receiver
) -> None:
    subscribe(stores, student_id, None, receiver.proxy())
    assert service("POST", f"/subscribe/{student_id}/8/test")[0] == 404
    assert service("POST", f"/subscribe/{student_id + 1}/2/test")[0] == 404
    assert receiver.received == []


def test_more_than_a_few_a_minute_are_refused_with_the_time_to_wait(
    service: Service, stores: Stores, student_id: int, receiver: Receiver
) -> None:
    subscribe(stores, student_id, None, receiver.proxy())
    path = f"/subscribe/{student_id}/2/test"
    assert [service("POST", path)[0] for _ in range(4)] == [200, 200, 200, 429]
    assert 1 <= int(service.headers("POST", path)["retry-after"]) <= 60
    assert len(receiver.received) == 3
