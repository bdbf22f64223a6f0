"""Names to addresses, within a bound.

`getaddrinfo` itself knows no time-out, so it runs in threads that can be left behind. A request for a name that is
being looked up waits for the same look-up, and a name whose look-up somebody has given up on is refused at once until
that look-up ends: so one dead name takes one thread, and nobody else's time.
"""

import socket
from concurrent.futures import Future
from ipaddress import ip_address
from threading import Lock

from kit.concurrency import threads
from notification.domain.addresses import Unresolvable


class _LookUp:
    def __init__(self) -> None:
        self.addresses: Future[list[str]] = Future()
        self.given_up = False


class Resolver:
    """The system's resolver. `lookups` is how many names may be looked up at once. Thread-safe."""

    def __init__(self, lookups: int) -> None:
        self._most = lookups
        self._lock = Lock()
        self._under_way: dict[str, _LookUp] = {}

    def addresses(self, host: str, port: int, timeout_s: float) -> list[str]:
        """All addresses of a host, IPv4 and IPv6; a literal address (in any notation) gives itself.

        Raises:
            Unresolvable
        """
        if _is_address(host):
            return [host]
        look_up = self._join(host, port)
        try:
            return look_up.addresses.result(timeout_s)
        except TimeoutError as error:
            look_up.given_up = True
            raise Unresolvable("no name server answered in time") from error
        except (OSError, UnicodeError) as error:
            raise Unresolvable(f"the name of the host does not resolve ({type(error).__name__})") from error

    def _join(self, host: str, port: int) -> _LookUp:
        """The look-up of the name that is under way, or a new one."""
        with self._lock:
            look_up = self._under_way.get(host)
            if look_up is not None:
                if look_up.given_up:
                    raise Unresolvable("no name server has answered yet")
                return look_up
            if len(self._under_way) >= self._most:
                raise Unresolvable("too many names are being looked up")
            look_up = self._under_way[host] = _LookUp()
        threads.run_once(f"resolver-{host[:20]}", lambda: self._look_up(host, port, look_up))
        return look_up

    def _look_up(self, host: str, port: int, look_up: _LookUp) -> None:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except Exception as error:  # a guard: whoever waits learns of it, whatever it is
            outcome: list[str] | Exception = error if isinstance(error, OSError | UnicodeError) else OSError(str(error))
        else:
            outcome = [str(sockaddr[0]) for *_, sockaddr in entries]
        with self._lock:  # before the outcome: who asks from now on looks again
            del self._under_way[host]
        if isinstance(outcome, Exception):
            look_up.addresses.set_exception(outcome)
        else:
            look_up.addresses.set_result(outcome)


def _is_address(host: str) -> bool:
    """Whether it is one as written in full; what else getaddrinfo takes for one (`127.1`, `0x7f.1`) it has to read."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
