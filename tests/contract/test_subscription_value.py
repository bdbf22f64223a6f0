"""The Redis value `subscription:<student-id>`: what the notification service writes, enrollment reads."""

import os
import uuid
from collections.abc import Iterator

import pytest
import redis

from enrollment.adapters.subscriptions import Subscriptions as Reader
from enrollment.domain.events import Subscription as Target
from notification.adapters.subscriptions import SubscriptionStore
from notification.domain.subscription import Subscription

URL = "https%3A%2F%2Fsmee.io%2FiYNweRTyM49bnItt"


@pytest.fixture
def client() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True) as one:
        one.ping()
        yield one


@pytest.mark.parametrize(("email", "proxy"), [("a@example.com", URL), ("a@example.com", None), (None, URL)])
def test_enrollment_reads_what_the_student_subscribed_with(
    email: str | None, proxy: str | None, client: redis.Redis
) -> None:
    student_id = uuid.uuid4().int % 2**52 + 1
    store = SubscriptionStore(client)
    try:
        store.change(student_id, lambda all_: all_.adding(2, Subscription(email, proxy)))
        assert Reader(client).to_class(2, [student_id]) == {student_id: Target(email, proxy)}
        assert Reader(client).to_class(8, [student_id]) == {}
    finally:
        client.delete(f"subscription:{student_id}")
