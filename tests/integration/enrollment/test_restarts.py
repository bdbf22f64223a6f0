"""Stopping and restarting instances as an operator does, under load, without a failed request.

The caller here does what a gateway does with several instances: where nobody listens, or the connection closes without
a byte of a reply, it asks the next one. That this is no second execution is part of what is proven: who is enrolled
and not told so would read 409 at the second instance.
"""

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count, cycle

import httpx
import pytest

from tests.integration.enrollment.world import EMAIL, Process, World, free_port

CALLERS = 8
ENDED = -signal.SIGTERM  # uvicorn finishes and then ends by the signal it was sent
NOT_ANSWERED = (httpx.ConnectError, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)


@dataclass
class Load:
    """Callers that enroll one new student after the other until told to stop."""

    urls: list[str]
    class_id: int
    keep_alive: bool
    told: dict[int, int] = field(default_factory=dict)  # student → status
    turned_away: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    _students: Iterator[int] = field(default_factory=lambda: count(1))

    def run(self) -> None:
        limits = httpx.Limits(max_keepalive_connections=None if self.keep_alive else 0)
        with httpx.Client(timeout=30, trust_env=False, limits=limits) as client:
            urls = cycle(self.urls)
            while not self.stop.is_set():
                self._enroll(client, urls, next(self._students))

    def _enroll(self, client: httpx.Client, urls: Iterator[str], student: int) -> None:
        for _ in range(100 if len(self.urls) > 1 else 1):
            try:
                reply = client.post(f"{next(urls)}/enroll/{student}/{self.class_id}/name/{EMAIL}")
            except NOT_ANSWERED:
                self.turned_away += 1
                time.sleep(0.01)
            else:
                self.told[student] = reply.status_code
                return


def wait_for_progress(load: Load, more: int) -> None:
    begun, end = len(load.told), time.monotonic() + 60
    while len(load.told) < begun + more:
        assert time.monotonic() < end, f"only {len(load.told) - begun} replies"
        time.sleep(0.01)


@pytest.mark.parametrize("keep_alive", [True, False], ids=["kept connections", "new connections"])
def test_a_request_that_is_done_is_answered_also_while_the_process_ends(world: World, keep_alive: bool) -> None:
    class_id = world.add_class(capacity=50_000, places=0)
    service = world.start_service()
    load = Load([service.url], class_id, keep_alive)
    with ThreadPoolExecutor(CALLERS) as pool:
        running = [pool.submit(load.run) for _ in range(CALLERS)]
        try:
            wait_for_progress(load, 40)
            assert service.stop() == ENDED
        finally:
            load.stop.set()
        for each in running:
            each.result(30)
    assert load.turned_away > 0, "the load ended before the process did"
    assert set(load.told.values()) == {200}
    assert set(world.seated(class_id)) == load.told.keys(), "somebody was enrolled and not told"


def test_three_instances_are_restarted_one_after_the_other_without_a_failed_request(world: World) -> None:
    class_id = world.add_class(capacity=50_000, places=0)
    ports = [free_port() for _ in range(3)]
    instances = [world.start_service(port) for port in ports]
    load = Load([instance.url for instance in instances], class_id, keep_alive=True)
    with ThreadPoolExecutor(CALLERS) as pool:
        running = [pool.submit(load.run) for _ in range(CALLERS)]
        try:
            for port, instance in zip(ports, instances, strict=True):
                wait_for_progress(load, 40)
                _restart(world, instance, port)
            wait_for_progress(load, 40)
        finally:
            load.stop.set()
        for each in running:
            each.result(30)
    assert load.turned_away > 0
    assert len(load.told) >= 160
    assert set(load.told.values()) == {200}
    assert set(world.seated(class_id)) == load.told.keys()


def _restart(world: World, instance: Process, port: int) -> None:
    assert instance.stop() == ENDED
    world.start_service(port)
