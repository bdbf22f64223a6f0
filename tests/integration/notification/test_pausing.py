"""Endpoints that fail for too long are paused; the student gets a notice, and resumes them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from notification.adapters.delivery_log import DeliveryLog
from notification.domain.attempt import Attempt
from notification.domain.delivery import LoggedAttempt, Result
from notification.domain.event import EnrollmentPromoted
from notification.domain.subscription import Subscription
from notification.stores import Stores
from tests.integration.notification.serving import Service, serving
from tests.support.consumers import Consumers
from tests.support.mailbox import Mailbox
from tests.support.post_office import PostOffice, an_event
from tests.support.receiver import Answer, Receiver
from tests.support.waiting import until

PROXY = "https%3A%2F%2Fsmee.io%2Fabc"
NOW = datetime.now(UTC)


@pytest.fixture
def service(redis_url: str) -> Iterator[Service]:
    yield from serving(redis_url=redis_url)


def subscribe(stores: Stores, student_id: int, email: str | None, proxy: str | None) -> None:
    stores.subscriptions.put(student_id, 2, Subscription(email, proxy))


class Days:
    """Attempts of one student at one receiver, by the day."""

    def __init__(self, stores: Stores, student_id: int) -> None:
        self._log = DeliveryLog(stores.client, pause=stores.endpoints.pause)
        self._student_id = student_id

    def add(self, day: float, result: Result = "retrying", proxy: str = PROXY, error: str | None = "busy") -> bool:
        event = EnrollmentPromoted.model_validate(an_event(student_id=self._student_id, proxy_url=proxy))
        tried = Attempt(NOW - timedelta(days=20 - day), 41, None)
        return self._log.add(event, "webhook", LoggedAttempt(tried, result, error), event.proxy_url)


@pytest.fixture
def days(stores: Stores, student_id: int) -> Days:
    return Days(stores, student_id)


def test_it_takes_five_days_without_a_success_and_is_said_once(days: Days, stores: Stores, student_id: int) -> None:
    assert [days.add(day) for day in (0, 1, 2.5, 4.9, 5, 5.1)] == [False, False, False, False, True, False]
    assert stores.endpoints.paused(student_id, PROXY)
    assert not stores.endpoints.paused(student_id, PROXY + "d")
    assert not stores.endpoints.paused(student_id + 1, PROXY)


def test_a_success_a_long_silence_and_what_was_not_sent_all_start_the_count_anew(days: Days) -> None:
    assert not days.add(0)
    assert not days.add(3, "delivered", error=None)
    assert not days.add(5)
    assert not days.add(10.5)  # nothing was tried for more than five days
    assert not days.add(15, error="not sent: the secret to sign with cannot be read")
    assert not days.add(15.4)
    assert days.add(15.5)


def test_another_receivers_success_does_not_count(days: Days) -> None:
    days.add(0)
    days.add(3)
    days.add(4, "delivered", proxy=PROXY + "d", error=None)
    assert days.add(5)


def test_a_receiver_that_keeps_failing_gets_nothing_more_and_the_student_a_mail(
    post_office: PostOffice,
    receiver: Receiver,
    mailbox: Mailbox,
    consumers: Consumers,
    stores: Stores,
    student_id: int,
) -> None:
    mails = consumers.start("email")
    consumers.start("webhook", PAUSE_AFTER_S="1")
    subscribe(stores, student_id, "abhinav@example.com", receiver.proxy())
    receiver.always = Answer(status=500)
    to_receiver = an_event(student_id=student_id, proxy_url=receiver.proxy("/a-secret-path"))
    post_office.publish(to_receiver, headers={"x-request-id": "drop-7"})
    until(lambda: mailbox.delivered, timeout_s=60)  # two processes and some retries away
    mails.wait_for_log("drop-7")
    [mail] = mailbox.delivered
    assert mail.recipients == ["abhinav@example.com"]
    assert mail.mail["Subject"] == "Webhooks paused for Class 2"
    text = " ".join(mail.text.split())
    assert f"Webhooks to http://127.0.0.1:{receiver.port}/a-se… have failed for days and are paused" in text
    assert "POST /student/subscribe/2/resume" in text
    until(lambda: post_office.dead("webhook"))
    tried = len(receiver.received)
    post_office.publish(an_event(student_id=student_id, proxy_url=receiver.proxy("/a-secret-path")))
    until(lambda: len(post_office.dead("webhook")) == 2)
    assert len(receiver.received) == tried
    newest = DeliveryLog(stores.client).page(student_id, None, 1).deliveries[0]
    assert (newest.last.result, newest.last.error) == (
        "failed",
        "not sent: this receiver failed for days and is paused; resume it, then have this sent again",
    )


def test_what_went_to_a_paused_endpoint_is_not_sent_again_before_it_is_resumed(
    service: Service, stores: Stores, student_id: int, days: Days
) -> None:
    assert [days.add(day) for day in (0, 3, 6)] == [False, False, True]
    [delivery, *_] = DeliveryLog(stores.client).page(student_id, None, 1).deliveries
    for _ in range(2):
        status, reply = service("POST", f"/deliveries/{student_id}/{delivery.id}/redeliver")
        assert status == 409
        assert reply["detail"].endswith("resume them first: POST /student/subscribe/2/resume")


def test_resuming_sends_again(
    service: Service,
    post_office: PostOffice,
    receiver: Receiver,
    consumers: Consumers,
    stores: Stores,
    student_id: int,
    days: Days,
) -> None:
    consumers.start("webhook")
    subscribe(stores, student_id, None, receiver.proxy())
    assert [days.add(day, proxy=receiver.proxy()) for day in (0, 3, 6)] == [False, False, True]
    resumed = (200, {"message": "Webhooks for ClassID 2 are sent"})
    assert service("POST", f"/subscribe/{student_id}/2/resume") == resumed
    assert service("POST", f"/subscribe/{student_id}/2/resume") == resumed
    assert service("POST", f"/subscribe/{student_id}/8/resume")[0] == 404
    post_office.publish(an_event(student_id=student_id, proxy_url=receiver.proxy()))
    until(lambda: receiver.received)
