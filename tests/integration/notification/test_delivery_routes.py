"""What a student sees of deliveries, over HTTP."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import redis

from notification.adapters.delivery_log import DeliveryLog
from notification.domain.attempt import Attempt
from notification.domain.delivery import LoggedAttempt
from notification.domain.event import EnrollmentPromoted
from tests.integration.notification.serving import Service, serving
from tests.support.consumers import ConsumerProcess
from tests.support.post_office import PostOffice, an_event
from tests.support.receiver import Answer, Receiver
from tests.support.waiting import until


@pytest.fixture(scope="module")
def service(redis_url: str) -> Iterator[Service]:
    yield from serving(redis_url=redis_url)


def test_a_student_sees_each_attempt_of_what_was_sent(
    service: Service,
    post_office: PostOffice,
    receiver: Receiver,
    webhook_consumer: ConsumerProcess,
    student_id: int,
) -> None:
    receiver.answers = [Answer(status=500)]
    event = post_office.publish(an_event(student_id=student_id, proxy_url=receiver.proxy("/a-secret-path")))

    def delivered() -> bool:
        deliveries = service("GET", f"/deliveries/{student_id}")[1]["deliveries"]
        return bool(deliveries and deliveries[0]["outcome"] == "delivered")

    until(delivered)
    status, reply = service("GET", f"/deliveries/{student_id}")
    assert (status, reply["next_page"]) == (200, None)
    [delivery] = reply["deliveries"]
    attempts = delivery.pop("attempts")
    assert delivery == {
        "id": f"{event['id']}-webhook",
        "class_id": 2,
        "type": "enrollment.promoted",
        "message": "Student with id: 4 has been enrolled in Class 2",
        "channel": "webhook",
        "target": f"http://127.0.0.1:{receiver.port}/a-se…",
        "outcome": "delivered",
        "next_attempt_at": None,
    }
    assert [(one["status"], one["outcome"], one["error"]) for one in attempts] == [
        (500, "retrying", "the receiver answered 500"),
        (200, "delivered", None),
    ]
    assert all(one["duration_ms"] >= 0 and one["at"].endswith("Z") for one in attempts)
    assert service("GET", f"/deliveries/{student_id + 1}") == (200, {"deliveries": [], "next_page": None})


def test_pages_lead_from_the_newest_to_the_oldest(service: Service, store: redis.Redis, student_id: int) -> None:
    log, now = DeliveryLog(store), datetime.now(UTC)
    events = [an_event(student_id=student_id, email="a@example.com") for _ in range(45)]
    for second, event in enumerate(events):
        tried = Attempt(now - timedelta(seconds=60 - second), 3, 250)
        log.add(EnrollmentPromoted.model_validate(event), "email", LoggedAttempt(tried, "delivered"))
    seen, page = [], ""
    for length in (20, 20, 5):
        reply = service("GET", f"/deliveries/{student_id}{page}")[1]
        assert len(reply["deliveries"]) == length
        seen += [one["id"] for one in reply["deliveries"]]
        page = f"?page={reply['next_page']}"
    assert page == "?page=None"
    assert seen == [f"{event['id']}-email" for event in reversed(events)]


def test_a_page_that_is_gone_is_empty_and_one_that_can_not_be_is_malformed(service: Service, student_id: int) -> None:
    gone = f"/deliveries/{student_id}?page={uuid.uuid4()}-email"
    assert service("GET", gone) == (200, {"deliveries": [], "next_page": None})
    assert service("GET", f"/deliveries/{student_id}?page=2")[0] == 422


def test_without_redis_the_answer_is_503(student_id: int) -> None:
    for lost in serving(redis_url="redis://127.0.0.1:1/0"):
        assert lost("GET", f"/deliveries/{student_id}")[0] == 503
