"""Names to addresses, within a bound.

`getaddrinfo` itself knows no time-out, so it runs in threads that can be left behind.
"""

import socket
from concurrent.futures import Future
from ipaddress import ip_address

from notification.worker_pool import WorkerPool


class Unresolvable(Exception):
    """The name has no address, or no name server answered in time."""


class Resolver:
    """The system's resolver. `lookups` is how many may be under way at once. Thread-safe."""

    def __init__(self, lookups: int) -> None:
        self._workers = WorkerPool(lookups, "resolver")

    def addresses(self, host: str, port: int, timeout_s: float) -> list[str]:
        """All addresses of a host, IPv4 and IPv6; a literal address (in any notation) gives itself.

        Raises:
            Unresolvable
        """
        if _is_address(host):
            return [host]
        found: Future[list[str]] = Future()
        self._workers.do(lambda: _look_up(host, port, found))
        try:
            return found.result(timeout_s)
        except (OSError, UnicodeError, TimeoutError) as error:
            raise Unresolvable(f"the name of the host does not resolve ({type(error).__name__})") from error


def _is_address(host: str) -> bool:
    """Whether it is one as written in full; what else getaddrinfo takes for one (`127.1`, `0x7f.1`) it has to read."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _look_up(host: str, port: int, found: "Future[list[str]]") -> None:
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        found.set_exception(error)
    else:
        found.set_result([str(sockaddr[0]) for *_, sockaddr in entries])
