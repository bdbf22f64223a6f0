"""Webhooks are signed so that the official library of Standard Webhooks verifies them, and 410 ends a subscription."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from kit.errors import Unavailable
from notification.adapters.endpoints import EndpointItems
from notification.adapters.subscriptions import SubscriptionStore
from notification.adapters.webhook_secrets import WebhookSecrets
from notification.domain.outcome import TemporaryFailure
from notification.domain.signature import MOST_SECRETS, SigningSecrets
from notification.domain.subscription import Subscription
from notification.senders.webhook import WebhookSender
from notification.stores import Stores
from tests.integration.notification.serving import Service, serving
from tests.integration.notification.test_webhook_sender import LOOPBACK, Names, an_event_for
from tests.support.consumers import ConsumerProcess
from tests.support.post_office import PostOffice, an_event
from tests.support.receiver import Answer, Received, Receiver
from tests.support.waiting import until

DAY_S = 24 * 3600


@pytest.fixture(scope="module")
def service(redis_url: str) -> Iterator[Service]:
    yield from serving(redis_url=redis_url)


@pytest.fixture
def student(student_id: int) -> int:
    return student_id


@pytest.fixture
def secrets(stores: Stores) -> WebhookSecrets:
    return stores.secrets


def verify(got: Received, secret: str) -> Any:
    return Webhook(secret).verify(got.body, got.headers)


def kept(stores: Stores, student: int) -> list[dict[str, Any]]:
    item = EndpointItems(stores.database, stores.tables).now(student)
    return json.loads(item["Secrets"]["S"]) if "Secrets" in item else []


def keep(stores: Stores, student: int, secrets: list[dict[str, Any]]) -> None:
    stores.database.put_item(
        TableName=stores.tables.endpoints,
        Item={"StudentID": {"N": str(student)}, "Secrets": {"S": json.dumps(secrets)}},
    )


def test_every_attempt_is_verified_by_the_official_library(
    post_office: PostOffice, receiver: Receiver, webhook_consumer: ConsumerProcess, service: Service, student: int
) -> None:
    receiver.answers = [Answer(500)] * 3  # with the delays of the tests over more than a second
    event = post_office.publish(an_event(student_id=student, proxy_url=receiver.proxy()))
    until(lambda: len(receiver.received) == 4)

    status, reply = service("GET", f"/subscribe/secret/{student}")
    assert (status, reply["old_until"]) == (200, None)
    for got in receiver.received:
        assert verify(got, reply["secret"]) == {"message": event["message"]}
        assert got.headers["webhook-id"] == event["id"]
    times = [int(got.headers["webhook-timestamp"]) for got in receiver.received]
    assert times == sorted(times)
    assert times[0] < times[-1]


def test_each_student_has_a_secret_of_their_own(
    post_office: PostOffice, receiver: Receiver, webhook_consumer: ConsumerProcess, secrets: WebhookSecrets,
    student: int,
) -> None:  # fmt: skip
    post_office.publish(an_event(student_id=student, proxy_url=receiver.proxy()))
    [got] = until(lambda: receiver.received)
    verify(got, secrets.of(student).current)
    with pytest.raises(WebhookVerificationError):
        verify(got, secrets.of(student + 1).current)


def test_for_a_day_after_a_rotation_both_secrets_sign(
    post_office: PostOffice, receiver: Receiver, webhook_consumer: ConsumerProcess, service: Service,
    stores: Stores, student: int,
) -> None:  # fmt: skip
    old = service("GET", f"/subscribe/secret/{student}")[1]["secret"]
    status, reply = service("POST", f"/subscribe/secret/{student}/rotate")
    new = reply["secret"]
    assert status == 200
    assert reply["old_until"] is not None
    assert new != old
    assert service("GET", f"/subscribe/secret/{student}") == (200, reply)
    [_, older] = kept(stores, student)
    assert abs(older["until"] - time.time() - DAY_S) < 30

    post_office.publish(an_event(student_id=student, proxy_url=receiver.proxy()))
    [got] = until(lambda: receiver.received)
    verify(got, new)
    verify(got, old)

    # A day later.
    keep(stores, student, [{"secret": new, "until": None}, older | {"until": 1}])
    # What was just read may be read again for a moment.
    until(lambda: service("GET", f"/subscribe/secret/{student}")[1] == {"secret": new, "old_until": None})
    post_office.publish(an_event(student_id=student, proxy_url=receiver.proxy()))
    _, got = until(lambda: len(receiver.received) == 2 and receiver.received)
    verify(got, new)
    with pytest.raises(WebhookVerificationError):
        verify(got, old)


def test_a_second_rotation_within_the_day_does_not_end_the_first_secret_early(
    secrets: WebhookSecrets, student: int
) -> None:
    made = [secrets.of(student).current, *(secrets.rotate(student).current for _ in range(3))]
    assert secrets.of(student).all == tuple(reversed(made))
    for _ in range(10):
        secrets.rotate(student)
    assert len(secrets.of(student).all) == MOST_SECRETS


def test_of_twenty_who_ask_first_all_get_one_secret_and_no_rotation_is_lost(stores: Stores, student: int) -> None:
    twenty = [WebhookSecrets(EndpointItems(stores.database, stores.tables), stores.idempotency_keys) for _ in range(20)]
    with ThreadPoolExecutor(20) as threads:
        assert len({one.current for one in threads.map(lambda one: one.of(student), twenty)}) == 1
        first = twenty[0].of(student).current
        rotated = list(threads.map(lambda one: one.rotate(student).current, twenty[:4]))
    assert set(twenty[0].of(student).all) == {first, *rotated}


def test_a_secret_is_for_nobody_to_keep_on_the_way(service: Service, student: int) -> None:
    assert service.headers("GET", f"/subscribe/secret/{student}")["cache-control"] == "no-store"
    assert service.headers("POST", f"/subscribe/secret/{student}/rotate")["cache-control"] == "no-store"


@pytest.mark.parametrize("bad", ["0", "-1", "abc", "1.5", "9" * 30])
def test_an_id_that_is_none_is_refused(service: Service, bad: str) -> None:
    assert service("GET", f"/subscribe/secret/{bad}")[0] == 422
    assert service("POST", f"/subscribe/secret/{bad}/rotate")[0] == 422


def test_without_its_secret_nothing_is_sent_unsigned(receiver: Receiver) -> None:
    def away(_: int) -> SigningSecrets:
        raise Unavailable("Redis does not answer")

    sender = WebhookSender(
        Names({"hooks.example": ["127.0.0.1"]}), LOOPBACK, timeout_s=2, secrets_of=away, end_subscription=lambda _: None
    )
    with pytest.raises(TemporaryFailure, match="not sent"):
        sender.send(an_event_for(f"http://hooks.example:{receiver.port}/"))
    assert receiver.received == []


# --- 410 Gone


@pytest.fixture
def subscriptions(stores: Stores) -> SubscriptionStore:
    return stores.subscriptions


def subscribe(subscriptions: SubscriptionStore, student: int, class_id: int, email: str | None, proxy: str) -> None:
    subscriptions.put(student, class_id, Subscription(email, proxy))


def test_410_ends_the_webhook_of_that_class_and_nothing_else(
    post_office: PostOffice, receiver: Receiver, webhook_consumer: ConsumerProcess, subscriptions: SubscriptionStore,
    student: int,
) -> None:  # fmt: skip
    url, email = receiver.proxy("/gone"), "a@example.com"
    subscribe(subscriptions, student, 2, email, url)
    subscribe(subscriptions, student, 8, None, url)
    subscribe(subscriptions, student + 1, 2, None, url)
    receiver.answers = [Answer(410)]
    post_office.publish(an_event(student_id=student, class_id=2, proxy_url=url))
    [(_, headers)] = until(lambda: post_office.dead("webhook"))

    assert headers["x-reason"].startswith("gone")
    assert subscriptions.of(student).by_class == {2: Subscription(email, None), 8: Subscription(None, url)}
    assert subscriptions.of(student + 1).class_ids == [2]

    receiver.answers = [Answer(410)]
    post_office.publish(an_event(student_id=student, class_id=8, proxy_url=url))
    until(lambda: len(post_office.dead("webhook")) == 2)
    assert subscriptions.of(student).class_ids == [2]


def test_410_of_an_address_that_was_replaced_ends_nothing(
    post_office: PostOffice, receiver: Receiver, webhook_consumer: ConsumerProcess, subscriptions: SubscriptionStore,
    student: int,
) -> None:  # fmt: skip
    subscribe(subscriptions, student, 2, None, receiver.proxy("/new"))
    receiver.answers = [Answer(410)]
    post_office.publish(an_event(student_id=student, class_id=2, proxy_url=receiver.proxy("/old")))
    until(lambda: post_office.dead("webhook"))
    assert subscriptions.of(student).by_class == {2: Subscription(None, receiver.proxy("/new"))}


def test_a_new_subscription_made_while_the_old_receiver_says_410_is_kept(
    post_office: PostOffice, receiver: Receiver, webhook_consumer: ConsumerProcess, subscriptions: SubscriptionStore,
    student: int,
) -> None:  # fmt: skip
    subscribe(subscriptions, student, 2, None, receiver.proxy("/old"))
    receiver.always = Answer(410)
    stop = threading.Event()

    def others() -> None:  # changes to the same Redis value all the time
        class_id = 100
        while not stop.wait(0.001):
            subscribe(subscriptions, student, class_id, "a@example.com", receiver.proxy())
            class_id += 1

    changing = threading.Thread(target=others)
    changing.start()
    try:
        for _ in range(10):
            post_office.publish(an_event(student_id=student, class_id=2, proxy_url=receiver.proxy("/old")))
        until(lambda: receiver.received)
        subscribe(subscriptions, student, 2, None, receiver.proxy("/new"))
        until(lambda: len(post_office.dead("webhook")) == 10)
    finally:
        stop.set()
        changing.join(10)
    assert subscriptions.of(student).by_class[2] == Subscription(None, receiver.proxy("/new"))
    assert subscriptions.of(student).class_ids[1:] == list(
        range(100, 100 + len(subscriptions.of(student).class_ids) - 1)
    )
