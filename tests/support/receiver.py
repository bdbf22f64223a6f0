"""Webhook receivers: real HTTP servers on free loopback ports, that misbehave on demand."""

import contextlib
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    at: float  # time.monotonic()


@dataclass(frozen=True)
class Answer:
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    hang_s: float = 0  # before the reply
    trickle_s: float = 0  # between the bytes of the body


class Receiver:
    """`answers` are given to the next requests, one each, before it says 200 again; `always` to all."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.received: list[Received] = []
        self.answers: list[Answer] = []
        self.always: Answer | None = None
        self.closing = threading.Event()
        self._server = ThreadingHTTPServer((host, 0), _handler(self))
        self._server.daemon_threads = True
        self.host = host

    def __enter__(self) -> "Receiver":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    def url(self, path: str = "/hook") -> str:
        return f"http://{self.host}:{self.port}{path}"

    def proxy(self, path: str = "/hook") -> str:
        """The URL as Redis and events hold it."""
        return quote(self.url(path), safe="")

    def next_answer(self) -> Answer:
        if self.always is not None:
            return self.always
        return self.answers.pop(0) if self.answers else Answer()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.received.append(Received(self.path, headers, body, time.monotonic()))
            answer = receiver.next_answer()
            if receiver.closing.wait(answer.hang_s):
                return
            with contextlib.suppress(OSError):  # the sender may hang up, and often should
                self._reply(answer)

        def _reply(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            for byte in answer.body:
                receiver.closing.wait(answer.trickle_s)
                self.wfile.write(bytes([byte]))

        def log_message(self, *_: object) -> None:
            pass

    return Handler
