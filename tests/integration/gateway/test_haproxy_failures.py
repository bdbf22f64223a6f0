"""Services that are gone, frozen or end in the middle: what clients get, and how soon."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.gateway.running import Gateway, bearer, running
from tests.integration.gateway.upstream import Handler, Upstream
from tests.support.http import TLS
from tests.support.waiting import until

CLASSES = range(1, 61)


def instance_of(gateway: Gateway, class_id: int) -> str:
    reply = gateway.request("GET", f"/student/waitlist/{class_id}", headers=bearer())
    assert reply.status_code == 200, reply.text
    return str(reply.json()["instance"])


def require_failure(reply: httpx.Response, status: int) -> None:
    assert (reply.status_code, reply.headers["Retry-After"]) == (status, "1"), reply.text
    assert reply.json().keys() == {"detail"}
    assert len(reply.headers["X-Request-ID"]) == 36
    assert "X-Gateway-Failed" not in reply.headers


def require_problem(gateway: Gateway, status: int, code: str, path: str = "/student/subscribe/list") -> None:
    """It is one for who asks for problem details, and plain for everybody else."""
    accepting = bearer() | {"Accept": "application/problem+json", "X-Request-ID": "mine"}
    reply, plain = gateway.request("GET", path, headers=accepting), gateway.request("GET", path, headers=bearer())
    require_failure(plain, status)
    assert (reply.status_code, reply.headers["Content-Type"]) == (status, "application/problem+json"), reply.text
    assert reply.headers["X-Request-ID"] == "mine"
    assert {reply.headers["Vary"], plain.headers["Vary"]} == {"Accept"}
    assert reply.json() == {
        "type": f"tag:course-enrollment,2026:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": plain.json()["detail"],
        "code": code,
        "request_id": "mine",
    }


def test_requests_of_one_class_go_to_one_instance_and_classes_are_shared(gateway: Gateway) -> None:
    chosen = {class_id: instance_of(gateway, class_id) for class_id in CLASSES}
    for class_id in list(CLASSES)[:10]:
        for method, path in (
            ("POST", "enroll"),
            ("DELETE", "remove"),
            ("DELETE", "waitlist/drop"),
            ("GET", "waitlist"),
        ):
            reply = gateway.request(method, f"/student/{path}/{class_id}", headers=bearer())
            assert reply.json()["instance"] == chosen[class_id]
    shares = Counter(chosen.values())
    assert shares.keys() == {"e1", "e2", "e3"}
    assert min(shares.values()) >= len(CLASSES) // 10


def test_requests_of_no_class_are_shared_in_turn(gateway: Gateway) -> None:
    for _ in range(9):
        assert gateway.request("GET", "/student/list", headers=bearer()).status_code == 200
    # In turn, give or take one: HAProxy's threads take turns each for itself.
    assert all(2 <= len(instance.seen) <= 4 for instance in gateway.enrollment)


def test_when_an_instance_is_gone_another_takes_its_classes_and_no_other_class_moves(folder: Path) -> None:
    with running(folder) as gateway:
        before = {class_id: instance_of(gateway, class_id) for class_id in CLASSES}
        gone = gateway.enrollment[1]
        gone.close()
        # At once: a connection that is refused is tried elsewhere.
        after = {class_id: instance_of(gateway, class_id) for class_id in CLASSES}
        assert gone.name not in after.values()
        until(lambda: "DOWN" in status_of(gateway, "enrollment", "s2"), "its health checks did not notice")
        after = {class_id: instance_of(gateway, class_id) for class_id in CLASSES}
        assert {c: i for c, i in after.items() if before[c] != gone.name} == {
            c: i for c, i in before.items() if i != gone.name
        }
        back = Upstream(gone.name, gone.port)
        try:
            until(lambda: [instance_of(gateway, class_id) for class_id in CLASSES] == list(before.values()))
        finally:
            back.close()


def status_of(gateway: Gateway, backend: str, server: str) -> str:
    """As the exporter tells it: the state that is 1."""
    for line in metrics(gateway).splitlines():
        if line.startswith(f'haproxy_server_status{{proxy="{backend}",server="{server}",') and line.endswith(" 1"):
            return line
    return ""


def metrics(gateway: Gateway) -> str:
    return httpx.get(gateway.metrics_url, trust_env=False, verify=TLS).raise_for_status().text


def test_a_service_that_is_gone_is_503_in_words_and_at_once(folder: Path) -> None:
    with running(folder) as gateway:
        gateway.notification.close()
        for wait in (False, True):  # before the health checks know, and after
            if wait:
                until(lambda: "DOWN" in status_of(gateway, "notification", "s1"))
            began = time.monotonic()
            require_problem(gateway, 503, "unavailable")
            assert time.monotonic() - began < 6  # the time-out is 10
        assert gateway.request("GET", "/student/list", headers=bearer()).status_code == 200, "the others go on"
        back = Upstream("notification", gateway.notification.port)
        try:
            path = "/student/subscribe/list"
            until(lambda: gateway.request("GET", path, headers=bearer()).status_code == 200, timeout_s=5)
        finally:
            back.close()


def require_no_reply(gateway: Gateway, method: str, path: str, **more: Any) -> None:
    """From 3.0 on HAProxy ends the client's connection without a word if the service ends one that was used before."""
    try:
        reply = gateway.request(method, path, headers=bearer(), **more)
    except httpx.RemoteProtocolError:
        return
    require_failure(reply, 502)


def test_a_service_that_always_ends_in_the_middle_is_502_in_words(gateway: Gateway) -> None:
    gateway.notification.handle = Handler.cut
    require_problem(gateway, 502, "bad_gateway")


def test_what_changes_nothing_is_asked_again_and_what_may_have_been_done_is_not(gateway: Gateway) -> None:
    def cut_once(handler: Handler) -> None:
        handler.server.upstream.handle = Handler.say_what_was_asked
        handler.cut()

    gateway.notification.handle = cut_once
    assert gateway.request("GET", "/student/subscribe/list", headers=bearer()).status_code == 200
    assert len(gateway.notification.seen) == 2
    gateway.notification.handle = cut_once
    require_no_reply(gateway, "DELETE", "/student/subscribe/remove/4")
    gateway.notification.handle = cut_once
    require_no_reply(gateway, "POST", "/student/subscribe/4", content=b"{}")
    assert len(gateway.notification.seen) == 4


def test_a_service_that_takes_too_long_is_504_in_words(gateway: Gateway) -> None:
    released = threading.Event()
    gateway.notification.handle = lambda handler: released.wait(16) and handler.cut()
    began = time.monotonic()
    try:
        require_failure(gateway.request("GET", "/student/subscribe/list", headers=bearer()), 504)
    finally:
        released.set()
    assert 9 < time.monotonic() - began < 14


def test_what_a_frozen_instance_holds_is_asked_elsewhere_if_it_happens_once_and_given_up_else(folder: Path) -> None:
    with running(folder) as gateway, ExitStack() as stack, ThreadPoolExecutor(3) as pool:
        frozen = gateway.enrollment[1]
        class_id = next(class_id for class_id in CLASSES if instance_of(gateway, class_id) == frozen.name)

        def kept(method: str, path: str, **headers: str) -> tuple[httpx.Response | None, float]:
            """Over a connection that was used before; None if it ends without a word."""
            began = time.monotonic()
            try:
                reply = clients.pop().request(method, f"/student/{path}/{class_id}", headers=bearer() | headers)
            except httpx.RemoteProtocolError:
                return None, time.monotonic() - began
            return reply, time.monotonic() - began

        opened = [httpx.Client(base_url=gateway.url, trust_env=False, verify=TLS, timeout=15) for _ in range(3)]
        clients = [stack.enter_context(client) for client in opened]
        for client in opened:
            assert client.get(f"/student/waitlist/{class_id}", headers=bearer()).json()["instance"] == frozen.name
        frozen.running.clear()
        position = pool.submit(kept, "GET", "waitlist")
        keyed = pool.submit(kept, "POST", "enroll", **{"Idempotency-Key": "1"})
        unkeyed = pool.submit(kept, "POST", "enroll")
        for future in (position, keyed):
            reply, took_s = future.result()
            assert reply is not None
            assert (reply.status_code, reply.json()["instance"] != frozen.name) == (200, True)
            assert took_s < 6  # the time-out is 10
        reply, took_s = unkeyed.result()
        assert reply is None or reply.status_code == 502
        assert took_s < 6
        elsewhere = [seen for instance in gateway.enrollment if instance is not frozen for seen in instance.seen]
        assert [seen["headers"].get("idempotency-key") for seen in elsewhere if seen["method"] == "POST"] == ["1"]


@pytest.mark.parametrize("status", [500, 503])
def test_the_services_own_failures_take_no_instance_out(gateway: Gateway, status: int) -> None:
    for instance in gateway.enrollment:
        instance.handle = lambda handler: handler.reply(status, {"detail": "throttled"}, Retry_After="2")
    for _ in range(60):
        reply = gateway.request("GET", "/student/waitlist/4", headers=bearer())
        assert (reply.status_code, reply.json()) == (status, {"detail": "throttled"})
    for instance in gateway.enrollment:
        instance.handle = Handler.say_what_was_asked
    assert gateway.request("GET", "/student/waitlist/4", headers=bearer()).status_code == 200


def test_a_slow_receiver_of_one_service_holds_up_no_other(gateway: Gateway) -> None:
    released = threading.Event()
    gateway.users.handle = lambda handler: released.wait(9) and handler.say_what_was_asked()
    waiting = [
        threading.Thread(target=lambda: gateway.request("POST", "/user/login", content=b"{}")) for _ in range(100)
    ]
    for each in waiting:
        each.start()
    try:
        until(lambda: len(gateway.users.seen) > len(waiting) / 2)  # a busy machine may accept some of them too late
        began = time.monotonic()
        assert gateway.request("GET", "/student/list", headers=bearer()).status_code == 200
        assert time.monotonic() - began < 5  # they wait for 9
    finally:
        released.set()
        for each in waiting:
            each.join()
