"""Free ports on loopback for the servers that tests start."""

import contextlib
import os
import socket
from itertools import chain

# Below the range the kernel takes ports from for connections, so that nobody gets one while its server is down.
_LOW, _HIGH = 20_000, 32_000

# One abstract Unix socket for each port given out: it keeps other test processes from choosing the same port before
# its server listens, and ends with this process.
_claims: list[socket.socket] = []


def free_port(adjacent: int = 1) -> int:
    """The first of so many adjacent ports where nothing listens. No test process on this machine gets them again."""
    start = _LOW + os.getpid() * 37 % (_HIGH - _LOW)
    for first in chain(range(start, _HIGH - adjacent), range(_LOW, start)):
        if _claim(range(first, first + adjacent)):
            return first
    raise AssertionError("no free port")


def _claim(ports: range) -> bool:
    with contextlib.ExitStack() as undo:
        for port in ports:
            claim = undo.enter_context(socket.socket(socket.AF_UNIX))
            try:
                claim.bind(f"\0course-enrollment-tests-{port}")
            except OSError:
                return False
            if not _is_free(port):
                return False
            _claims.append(claim)
        undo.pop_all()
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
