"""A service on a port of its own, in a thread of the test's process or in a process of its own."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from fastapi import FastAPI

from tests.support import forks
from tests.support.http import TLS, is_ready
from tests.support.ports import free_port
from tests.support.waiting import until

DEADLINE_S = 10
START_TIMEOUT_S = 90


@contextmanager
def served(app: FastAPI) -> Iterator[httpx.Client]:
    """A client of the app, which is stopped afterwards."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + DEADLINE_S
    while not server.started:
        assert time.monotonic() < deadline, "the service did not start"
        time.sleep(0.01)
    host, port = listener.getsockname()
    with httpx.Client(base_url=f"http://{host}:{port}", timeout=DEADLINE_S, trust_env=False, verify=TLS) as client:
        yield client
    server.should_exit = True
    thread.join(DEADLINE_S)
    listener.close()


@contextmanager
def started(service: str, environment: dict[str, str], app: str | None = None) -> Iterator[tuple[forks.Running, str]]:
    """The service as a process with this environment, once it is ready, and its URL; killed afterwards.

    `app` is another factory than the service's own.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    words = (app or f"{service}.app:create_app", "--port", str(port))
    process = forks.start_module("kit.web.serve", *words, environment=environment)
    try:
        until(lambda: is_ready(url), f"{service} did not become ready", timeout_s=START_TIMEOUT_S)
        yield process, url
    finally:
        process.kill()
        process.wait(10)
