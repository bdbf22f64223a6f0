"""`Idempotency-Key` on whatever changes or sends something: what is asked for again has happened once."""

import os
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from notification.adapters.queue_consumer import ATTEMPTS, DIED_AT, REASON
from notification.domain.subscription import Subscription
from notification.stores import Stores
from tests.support.consumers import Consumers
from tests.support.http import TLS
from tests.support.mailbox import Mailbox
from tests.support.post_office import PostOffice, an_event
from tests.support.receiver import Receiver
from tests.support.serving import started
from tests.support.tcp_proxy import TcpProxy
from tests.support.waiting import until

BODY = {"email": "s@example.com"}


@contextmanager
def running(enrollment_url: str, **more: str) -> Iterator[httpx.Client]:
    patient = {"LOG_LEVEL": "WARNING", "REPLY_WITHIN_S": "20"}  # what is tested is what happens, not how soon
    environment = {**os.environ, "ENROLLMENT_URL": enrollment_url, **patient, **more}
    with (
        started("notification", environment) as (_, url),
        httpx.Client(base_url=url, timeout=30, trust_env=False, verify=TLS) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def service(enrollment_url: str) -> Iterator[httpx.Client]:
    with running(enrollment_url) as client:
        yield client


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def subscribe(client: httpx.Client, student_id: int, headers: dict[str, str]) -> httpx.Response:
    return client.post(f"/subscribe/{student_id}/2", json=BODY, headers=headers)


def unsubscribe(client: httpx.Client, student_id: int, headers: dict[str, str]) -> httpx.Response:
    return client.delete(f"/subscribe/remove/{student_id}/2", headers=headers)


def test_a_repetition_gets_the_first_reply_and_undoes_nothing(
    service: httpx.Client, stores: Stores, student_id: int
) -> None:
    subscribing, ending, late = key(), key(), key()
    first = subscribe(service, student_id, subscribing)
    assert first.status_code == 200, first.text
    assert "Idempotency-Replayed" not in first.headers
    ended = unsubscribe(service, student_id, ending)
    missing = unsubscribe(service, student_id, late)
    assert (ended.status_code, missing.status_code) == (200, 404)
    again = subscribe(service, student_id, subscribing)
    assert (again.status_code, again.json(), again.headers["Idempotency-Replayed"]) == (200, first.json(), "true")
    assert stores.subscriptions.get(student_id, 2) is None, "it was ended since"
    assert subscribe(service, student_id, key()).status_code == 200
    assert unsubscribe(service, student_id, ending).json() == ended.json()
    assert unsubscribe(service, student_id, late).json() == missing.json()
    assert stores.subscriptions.get(student_id, 2) is not None
    other = service.post(f"/subscribe/{student_id}/2", json={"email": "other@example.com"}, headers=subscribing)
    assert other.status_code == 422
    assert service.post(f"/subscribe/{student_id}/2", json=BODY, headers={"Idempotency-Key": ""}).status_code == 422


def test_of_many_at_once_one_happens(service: httpx.Client, student_id: int) -> None:
    assert subscribe(service, student_id, {}).status_code == 200
    ending = key()
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda _: unsubscribe(service, student_id, ending), range(12)))
    assert {reply.status_code for reply in replies} <= {200, 409}
    assert unsubscribe(service, student_id, ending).status_code == 200


def test_what_still_runs_at_another_instance_is_told_to_wait(
    service: httpx.Client, enrollment_url: str, stores: Stores, student_id: int
) -> None:
    subscribing = key()
    with (
        TcpProxy(os.environ["DYNAMODB_ENDPOINT"]) as database,
        ThreadPoolExecutor(1) as pool,
        running(enrollment_url, DYNAMODB_ENDPOINT=database.url) as slow,
    ):
        assert subscribe(slow, student_id, key()).status_code == 200
        database.freeze()
        first = pool.submit(subscribe, slow, student_id, subscribing)
        until(lambda: list(stores.client.scan_iter("*idempotency-claim:*")), "it is not claimed")
        early = subscribe(service, student_id, subscribing)
        other = service.post(f"/subscribe/{student_id}/2", json={"email": "o@example.com"}, headers=subscribing)
        database.thaw()
        done = first.result(30)
    assert (early.status_code, early.headers["Retry-After"], other.status_code) == (409, "1", 422), early.text
    again = subscribe(service, student_id, subscribing)
    assert (again.status_code, again.json(), again.headers["Idempotency-Replayed"]) == (200, done.json(), "true")


@pytest.mark.parametrize("point", ["subscription.stored", "subscription.removed"])
def test_killed_after_the_change_it_has_happened_once(
    service: httpx.Client, enrollment_url: str, stores: Stores, student_id: int, point: str
) -> None:
    change = subscribe if point == "subscription.stored" else unsubscribe
    if change is unsubscribe:
        assert subscribe(service, student_id, {}).status_code == 200
    headers = key()
    with running(enrollment_url, FAULT_POINT=point) as doomed, pytest.raises(httpx.TransportError):
        change(doomed, student_id, headers)
    (unsubscribe if change is subscribe else subscribe)(service, student_id, {})  # somebody else, meanwhile
    held = stores.subscriptions.get(student_id, 2)
    again = change(service, student_id, headers)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")
    assert stores.subscriptions.get(student_id, 2) == held, "it happened before, and not again"


def test_another_secret_is_made_once_also_after_a_crash(
    service: httpx.Client, enrollment_url: str, stores: Stores, student_id: int
) -> None:
    path, keyed = f"/subscribe/secret/{student_id}/rotate", key()
    first = stores.secrets.of(student_id).current
    with running(enrollment_url, FAULT_POINT="secret.stored") as doomed, pytest.raises(httpx.TransportError):
        doomed.post(path, headers=keyed)
    again = service.post(path, headers=keyed)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")
    assert again.headers["Cache-Control"] == "no-store"
    assert service.post(path, headers=keyed).json() == again.json()
    secrets = stores.secrets.of(student_id).all
    assert (len(secrets), secrets[1]) == (2, first), "a second one would sign along, too"
    assert again.json()["secret"] == secrets[0]
    assert service.post(path, headers=key()).json() != again.json()


def test_a_test_notice_is_sent_once_and_one_that_came_too_soon_is_sent_later(
    enrollment_url: str, stores: Stores, student_id: int, receiver: Receiver
) -> None:
    stores.subscriptions.put(student_id, 2, Subscription(None, receiver.proxy()))
    path, keyed, early = f"/subscribe/{student_id}/2/test", key(), key()
    allowed = {"CALLBACK_ALLOWED_NETWORKS": "127.0.0.0/8", "TEST_NOTICES_PER_MINUTE": "1"}
    with running(enrollment_url, **allowed) as client:
        first = client.post(path, headers=keyed)
        again = client.post(path, headers=keyed)
        assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
        assert len(receiver.received) == 1
        assert client.post(path, headers=early).status_code == 429
        stores.client.delete(f"tries:test:{student_id}")
        assert client.post(path, headers=early).status_code == 200
    assert len(receiver.received) == 2


def test_what_is_sent_again_is_sent_again_once_also_after_a_crash(
    enrollment_url: str, student_id: int, post_office: PostOffice, mailbox: Mailbox, consumers: Consumers
) -> None:
    consumer = consumers.start("email")
    event = post_office.publish(an_event(student_id=student_id, email="abhinav@example.com"))
    until(lambda: len(mailbox.delivered) == 1)
    consumer.wait_for_log("delivered")
    path, keyed = f"/deliveries/{student_id}/{event['id']}-email/redeliver", key()
    amqp = {"AMQP_PREFIX": post_office.topology.prefix}
    with running(enrollment_url, FAULT_POINT="redelivery.published", **amqp) as doomed:
        until(lambda: _dies(doomed, path, keyed))
    until(lambda: len(mailbox.delivered) == 2)
    with running(enrollment_url, **amqp) as client:
        until(lambda: client.get(f"/deliveries/{student_id}").json()["deliveries"][0]["attempts"][1:])
        again = until(lambda: (reply := client.post(path, headers=keyed)).status_code == 200 and reply)
        consumer.wait_for_log("was delivered before")
        assert client.post(path, headers=keyed).json() == again.json()
    assert len(mailbox.delivered) == 2


def _dies(client: httpx.Client, path: str, headers: dict[str, str]) -> bool:
    """Until it is connected with RabbitMQ, it says 503."""
    try:
        assert client.post(path, headers=headers).status_code == 503
    except httpx.TransportError:
        return True
    return False


def test_dead_letters_are_replayed_once(enrollment_url: str, post_office: PostOffice) -> None:
    headers = {REASON: "the receiver answered 404", ATTEMPTS: 9, DIED_AT: "2026-02-03T04:05:06+00:00"}
    dead = post_office.topology.dead_queue("email")

    def set_aside() -> None:
        post_office.set_aside("email", an_event(email="a@example.com"), headers)
        until(lambda: post_office.depth(dead) == 1)

    set_aside()
    keyed = key()
    with running(enrollment_url, AMQP_PREFIX=post_office.topology.prefix) as client:
        first = client.post("/dead-letters/replay", json={}, headers=keyed)
        assert first.json()["replayed"] == 1
        set_aside()
        again = client.post("/dead-letters/replay", json={}, headers=keyed)
        assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
    assert post_office.depth(dead) == 1, "it died since, and nobody has asked for it"
