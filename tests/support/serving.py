"""A service on a port of its own, in a thread of the test's process."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from fastapi import FastAPI

DEADLINE_S = 10


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
    with httpx.Client(base_url=f"http://{host}:{port}", timeout=DEADLINE_S, trust_env=False) as client:
        yield client
    server.should_exit = True
    thread.join(DEADLINE_S)
    listener.close()
