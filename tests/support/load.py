"""Load by clients that keep connections as the gateway does, and what of it failed.

As Go's net/http.Transport under KrakenD: the connection last used is used first, an idle one is closed after 3 s, one
whose closing was noticed is not used. Unlike Go, not even a GET is repeated: every request that fails is counted.
"""

import http.client
import json
import select
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

IDLE_S = 3.0  # idle_connection_timeout in krakend/krakend.tmpl
TIMEOUT_S = 10.0  # krakend/settings/limits.json


class Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class Connections:
    """To one server, for any number of threads."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[http.client.HTTPConnection, float]] = []
        self._lock = threading.Lock()

    def request(self, method: str, path: str, body: object = None, **headers: str) -> Reply:
        """Raises OSError or HTTPException when there is no reply."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        if body is not None:
            named["Content-Type"] = "application/json"
        connection = self._take()
        try:
            connection.request(method, path, None if body is None else json.dumps(body), named)
            response = connection.getresponse()
            reply = Reply(response.status, dict(response.getheaders()), response.read())
        except BaseException:
            connection.close()
            raise
        if connection.sock is not None:  # the reply did not say that it is the last one
            with self._lock:
                self._idle.append((connection, time.monotonic()))
        return reply

    def close(self) -> None:
        while self._idle:
            self._idle.pop()[0].close()

    def _take(self) -> http.client.HTTPConnection:
        with self._lock:
            while self._idle and time.monotonic() - self._idle[0][1] > IDLE_S:
                self._idle.pop(0)[0].close()
            while self._idle:
                connection, _ = self._idle.pop()
                if not select.select([connection.sock], [], [], 0)[0]:
                    return connection
                connection.close()
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_S)


class Load:
    """What was asked and how it went. `ask` may be called from any thread."""

    def __init__(self) -> None:
        self.answered: Counter[str] = Counter()  # "POST 200" → how often
        self.failed: list[str] = []
        self.stopping = threading.Event()

    def ask(
        self, connections: Connections, method: str, path: str, body: object = None, **headers: str
    ) -> Reply | None:
        """None when there was no reply, or one that says that the server failed."""
        try:
            reply = connections.request(method, path, body, **headers)
        except (OSError, http.client.HTTPException) as error:
            self.failed.append(f"{method} {path}: {type(error).__name__} {error}")
            return None
        if reply.status >= 500:
            self.failed.append(f"{method} {path}: {reply.status} {reply.body[:100]!r}")
            return None
        self.answered[f"{method} {reply.status}"] += 1
        return reply

    @contextmanager
    def by(self, *callers: Callable[[], None]) -> Iterator[None]:
        """Each calls again and again, in a thread of its own, while the block runs."""

        def run(caller: Callable[[], None]) -> None:
            while not self.stopping.is_set():
                caller()

        with ThreadPoolExecutor(len(callers)) as pool:
            running = [pool.submit(run, caller) for caller in callers]
            try:
                yield
            finally:
                self.stopping.set()
            for each in running:
                each.result(60)

    def wait_for(self, more: int, timeout_s: float = 60) -> None:
        """Until so many more were answered."""
        begun, end = self.answered.total(), time.monotonic() + timeout_s
        while self.answered.total() < begun + more:
            assert time.monotonic() < end, f"only {self.answered.total() - begun} replies; failed: {self.failed[:3]}"
            time.sleep(0.01)

    def __str__(self) -> str:
        how = ", ".join(f"{kind}: {count}" for kind, count in sorted(self.answered.items()))
        return f"{self.answered.total() + len(self.failed)} requests, {len(self.failed)} failed ({how})"
