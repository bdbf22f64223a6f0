"""A server that speaks to each connection as its test says, byte for byte."""

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Self


class TcpServer:
    """On a free loopback port. `serve` has each connection for itself, in a thread; what breaks it ends it."""

    def __init__(self, serve: Callable[[socket.socket], object]) -> None:
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.connections = 0
        self.closing = threading.Event()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._speak, args=(connection,), daemon=True).start()

    def _speak(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            self._serve(connection)


def hear_request(connection: socket.socket) -> bytes:
    """A request whose body is a JSON object, or what came of it."""
    heard = b""
    while not heard.endswith(b"}") and (more := connection.recv(65536)):
        heard += more
    return heard
