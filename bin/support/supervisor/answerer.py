"""Answers who has waited for long, while no process accepts: it died a moment ago and starts slowly, or is frozen.

Otherwise they would wait for as long as that takes, and every reply is to come within 3 s. How many wait is what the
kernel tells of a listening socket. A process that accepts empties that queue all the time, so one that is never empty
for so long is nobody's. The very first process may take its time: whoever starts the system waits for it.
"""

import contextlib
import json
import socket
import struct
import time
from collections.abc import Callable

from listener import PASSED_FD

TIMEOUT_S = 2.0
STARTS_WITHIN_S = 20.0
LOOK_EVERY_S = 0.2
_NOT_LOOKED_FOR_S = 1.0
_MOST_AT_ONCE = 200
_REQUEST = 65536
_INFO_SIZE, _BACKLOG = (
    104,
    struct.Struct("8x4I I"),
)  # struct tcp_info: of a listener, tcpi_unacked is the queue's length
_BODY = json.dumps({"detail": "The service does not answer right now; ask again in a moment"}).encode()
_REPLY = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\nConnection: close\r\n"
    b"Content-Length: " + str(len(_BODY)).encode() + b"\r\n\r\n" + _BODY
)


class Answerer:
    """`look` is to be called every LOOK_EVERY_S."""

    def __init__(self, listener: socket.socket | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._listener = listener or socket.socket(fileno=PASSED_FD)
        self._clock = clock
        self._never_empty_since_s: float | None = None
        self._looked_s = clock()
        self._begins_s = clock() + STARTS_WITHIN_S

    def begin(self) -> None:
        """The first process has ended."""
        self._begins_s = 0.0

    def look(self) -> None:
        waiting, now_s = self._waiting(), self._clock()
        unseen_s, self._looked_s = now_s - self._looked_s, now_s
        if unseen_s > _NOT_LOOKED_FOR_S:  # it may have been empty meanwhile
            self._never_empty_since_s = None
        if not waiting or now_s < self._begins_s:
            self._never_empty_since_s = None
        elif self._never_empty_since_s is None:
            self._never_empty_since_s = now_s
        elif now_s - self._never_empty_since_s >= TIMEOUT_S:
            self._never_empty_since_s = None  # who comes next may be luckier
            for _ in range(min(waiting, _MOST_AT_ONCE)):
                self._answer_one()

    def _waiting(self) -> int:
        info = self._listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_SIZE)
        return int(_BACKLOG.unpack_from(info)[-1])

    def _answer_one(self) -> None:
        with contextlib.suppress(OSError):  # the process took it after all, or the client has gone
            connection, _ = self._listener.accept()
            with connection:
                connection.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    connection.recv(_REQUEST)  # what is not read would reset the connection, and the reply with it
                connection.sendall(_REPLY)
                connection.shutdown(socket.SHUT_WR)
