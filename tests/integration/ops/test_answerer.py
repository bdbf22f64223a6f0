"""A client of a service that accepts nobody gets a 503 in time: it is frozen, or has died and is not back yet."""

import importlib
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.http import TLS
from tests.support.processes import ROOT
from tests.support.supervised import Supervised, supervise
from tests.support.waiting import until

SERVE = ["python", "-m", "kit.web.serve", "tests.integration.ops.small_service:create_app"]
IN_TIME_S = 3.0


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Supervised]:
    """Its second run takes ten seconds to begin."""
    command = ["sh", "-c", f"[ ! -e {tmp_path}/slow ] || sleep 10; exec {' '.join(SERVE)}"]
    programs = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    with supervise(tmp_path, command, programs) as supervised:
        until(lambda: ask(supervised).status_code == 200, why="it did not start")
        yield supervised


def ask(service: Supervised) -> httpx.Response:
    return httpx.post(f"{service.url}/pid", json={}, timeout=15, trust_env=False, verify=TLS)


def timed(service: Supervised) -> tuple[httpx.Response, float]:
    began = time.monotonic()
    return ask(service), time.monotonic() - began


def test_a_frozen_service_is_answered_for(service: Supervised) -> None:
    first = service.pid
    os.kill(first, signal.SIGKILL)  # the very first one may take its time
    until(lambda: service.pid != first and ask(service).status_code == 200, why="it did not come back")
    os.kill(service.pid, signal.SIGSTOP)
    try:
        for _ in range(2):
            reply, seconds = timed(service)
            assert (reply.status_code, reply.headers["Retry-After"]) == (503, "1")
            assert "ask again" in reply.json()["detail"]
            assert seconds < IN_TIME_S
    finally:
        os.kill(service.pid, signal.SIGCONT)
    assert ask(service).json() == service.pid


def test_a_service_that_starts_slowly_after_a_crash_is_answered_for(service: Supervised, tmp_path: Path) -> None:
    """A request to one that was killed took 7 s: it waited in the socket's queue until the next process was there."""
    (tmp_path / "slow").touch()
    os.kill(service.pid, signal.SIGKILL)
    reply, seconds = timed(service)
    assert reply.status_code == 503
    assert seconds < IN_TIME_S


def test_who_waits_in_two_looks_that_are_far_apart_is_nobody_who_waits_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a renewal, in which nobody looked for seconds, a busy service's clients got a 503 from its supervisor."""
    monkeypatch.syspath_prepend(ROOT / "bin/support/supervisor")
    answerer = importlib.import_module("answerer")
    now = [0.0]
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as client:
        looker = answerer.Answerer(listener, clock=lambda: now[0])
        looker.begin()
        client.settimeout(0.1)

        def looks(*moments_s: float) -> None:
            for now[0] in moments_s:
                looker.look()

        looks(0.2, 5.0, 5.2, 5.4)
        with pytest.raises(TimeoutError):
            client.recv(1)
        looks(*(5.4 + n * answerer.LOOK_EVERY_S for n in range(1, 10)))
        assert client.recv(12) == b"HTTP/1.1 503"
