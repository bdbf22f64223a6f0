"""`Idempotency-Key` on subscribing and unsubscribing: what is sent again has happened once."""

import os
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest

from notification.stores import Stores
from tests.support.http import TLS
from tests.support.serving import started

BODY = {"email": "s@example.com"}


@pytest.fixture(scope="module")
def enrollment_url() -> Iterator[str]:
    """Knows every class."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def running(enrollment_url: str, **more: str) -> Iterator[httpx.Client]:
    environment = {**os.environ, "ENROLLMENT_URL": enrollment_url, "LOG_LEVEL": "WARNING", **more}
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
