"""Stands in for the services behind a gateway: says what it was asked, and fails when told to."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LIVE = "/health/live"
JWKS = "/.well-known/jwks.json"


class Upstream:
    """One instance of a service. `handle` may be replaced by what is to happen to a request.

    While `running` is cleared, it is as a process is that is stopped: it accepts, and answers nothing.
    """

    def __init__(self, name: str, port: int = 0) -> None:
        self.name = name
        self.jwks: dict[str, Any] | None = None
        self.seen: list[dict[str, Any]] = []  # without health checks and key requests
        self.handle: Callable[[Handler], object] = Handler.say_what_was_asked
        self.running = threading.Event()
        self.running.set()
        self._server = Server(("127.0.0.1", port), Handler)
        self._server.upstream = self
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Nothing listens afterwards, and every connection is closed. Idempotent."""
        self.running.set()
        self._server.shutdown()
        self._server.server_close()
        self._server.close_connections()
        self._thread.join()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512
    upstream: Upstream

    def __init__(self, *about: Any) -> None:
        self._connections: set[Any] = set()
        super().__init__(*about)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        for connection in list(self._connections):
            self.shutdown_request(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that a test cut."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server
    content: bytes = b""

    def do(self) -> None:
        upstream = self.server.upstream
        upstream.running.wait(30)
        self.content = self._body()
        if self.path == LIVE:
            self.reply(200, {"status": "ok"})
        elif self.path == JWKS:
            self.reply(*((200, upstream.jwks) if upstream.jwks else (503, {"detail": "no keys"})))
        else:
            upstream.seen.append(self.asked())
            upstream.handle(self)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do  # noqa: N815 - http.server's names

    def asked(self) -> dict[str, Any]:
        return {
            "instance": self.server.upstream.name,
            "method": self.command,
            "target": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": self.content.decode(errors="replace"),
        }

    def say_what_was_asked(self) -> None:
        self.reply(200, self.asked())

    def reply(self, status: int, content: object, **headers: str) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def cut(self) -> None:
        """The connection ends without a reply, as when the process is killed."""
        self.close_connection = True

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)
        self.say_what_was_asked()

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        content = b""
        while size := int(self.rfile.readline(), 16):
            content += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return content

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def upstreams(*names: str) -> Iterator[list[Upstream]]:
    started = [Upstream(name) for name in names]
    try:
        yield started
    finally:
        for each in started:
            each.close()
