"""The campaign's own webhook receiver on a free loopback port: it takes every notice and writes it down."""

import json
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from verify.history import Delivery, History

_SENTENCE = re.compile(r"Student with id: (\d+) has been enrolled in Class (\d+)")


def told(sentence: str) -> tuple[int, int] | None:
    """The student and the class of a notice."""
    found = _SENTENCE.fullmatch(sentence.strip())
    return (int(found[1]), int(found[2])) if found else None


class Receiver:
    """Start it, stop it. What is no notice is answered 400, so it ends as a dead letter and is missed."""

    def __init__(self, history: History, clock: Callable[[], float]) -> None:
        def arrived(event_id: str, message: str) -> bool:
            if not event_id or (about := told(message)) is None:
                return False
            history.deliveries.append(Delivery("webhook", event_id, *about, clock()))
            return True

        self._server = _Server(("127.0.0.1", 0), _handler(arrived))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/verify"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A sender that was killed in the middle: nothing arrived, and it will come again."""


def _handler(arrived: Callable[[str, str], bool]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            raw = self.rfile.read(length)
            if len(raw) < length:
                return
            body = json.loads(raw)
            message = body["message"] if set(body) == {"message"} else ""
            # Written down before it is answered: once answered it counts as delivered.
            self.send_response(204 if arrived(self.headers.get("webhook-id", ""), message) else 400)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    return Handler
