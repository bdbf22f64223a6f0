"""Receivers of webhooks that are up to no good: each student of theirs has one, and no other student is to feel it."""

import random
import socket
import struct
import threading
import time
from collections.abc import Callable

_LISTEN, _TIMEOUT_S = 64, 60.0


def _endless_103s(connection: socket.socket, friendly: threading.Event) -> None:
    while not friendly.is_set():
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")


def _stalls_after_its_200(connection: socket.socket, friendly: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    friendly.wait(_TIMEOUT_S)


def _says_nothing(connection: socket.socket, friendly: threading.Event) -> None:
    friendly.wait(_TIMEOUT_S)


def _trickles(connection: socket.socket, friendly: threading.Event) -> None:
    for letter in b"HTTP/1.1 204 No Content and so on and on and on and on":
        connection.sendall(bytes([letter]))
        if friendly.wait(0.7):
            return


def _names_an_absurd_time(connection: socket.socket, _: threading.Event) -> None:
    when = random.choice((b"Fri, 31 Dec 9999 23:59:59 GMT", b"99999999999999999999", b"-1", b"soon"))  # noqa: S311
    connection.sendall(b"HTTP/1.1 503 Later\r\nRetry-After: " + when + b"\r\nContent-Length: 0\r\n\r\n")


def _resets(connection: socket.socket, _: threading.Event) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _talks_nonsense(connection: socket.socket, _: threading.Event) -> None:
    connection.sendall(b"\x16\x03\x01 220 smtp ready\r\n" * 100)


TRICKS: tuple[Callable[[socket.socket, threading.Event], None], ...] = (
    _endless_103s,
    _stalls_after_its_200,
    _says_nothing,
    _trickles,
    _names_an_absurd_time,
    _resets,
    _talks_nonsense,
)


class HostileReceivers:
    """One loopback port, a path for each trick. Start it, make it friendly, stop it."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0), backlog=_LISTEN)
        self._friendly = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def url(self, number: int) -> str:
        return f"http://127.0.0.1:{self._server.getsockname()[1]}/hostile/{number % len(TRICKS)}"

    def start(self) -> None:
        self._thread.start()

    def become_friendly(self) -> None:
        """From now on everything is taken, so that what is still tried again does not stay in the system's queues."""
        self._friendly.set()

    def stop(self) -> None:
        self.become_friendly()
        self._server.shutdown(socket.SHUT_RDWR)  # which ends the accept
        self._server.close()
        self._thread.join(5)

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                connection.settimeout(_TIMEOUT_S)
                asked = connection.recv(65536)
                if self._friendly.is_set():
                    time.sleep(0.05)  # the rest of the request
                    connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
                    return
                number = int(asked.split(b" ")[1].rpartition(b"/")[2] or b"0")
                TRICKS[number](connection, self._friendly)
            except (OSError, ValueError, IndexError):
                return
