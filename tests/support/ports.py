"""Free ports on loopback for the servers that tests start."""

import contextlib
import os
import socket
from itertools import chain

# Below the range the kernel takes ports from for connections, so that nobody gets one while its server is down.
_LOW, _HIGH = 24_000, 32_000


def free_port(adjacent: int = 1) -> int:
    """The first of so many adjacent ports where nothing listens. No test process on this machine gets them again."""
    start = _LOW + os.getpid() * 37 % (_HIGH - _LOW)
    for first in chain(range(start, _HIGH - adjacent), range(_LOW, start)):
        if _claim(range(first, first + adjacent)):
            return first
    raise AssertionError("no free port")


def _claim(ports: range) -> bool:
    """An abstract Unix socket for each keeps other test processes from choosing it before its server listens."""
    with contextlib.ExitStack() as unless_all_are_free:
        claims = [unless_all_are_free.enter_context(socket.socket(socket.AF_UNIX)) for _ in ports]
        for port, claim in zip(ports, claims, strict=True):
            try:
                claim.bind(f"\0course-enrollment-tests-{port}")
            except OSError:
                return False
            if not _is_free(port):
                return False
        for claim in claims:
            claim.detach()  # stays open until this process ends
        return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
