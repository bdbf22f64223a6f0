"""HTTP to addresses that were checked, each attempt within bounds of time and bytes.

The check sits where the socket is opened: the name is resolved once, only permitted addresses are connected to, and
nothing resolves it again. `Host` and TLS (SNI, certificate) still carry the name. No proxy, no redirect, no cookies,
no reuse of connections: every attempt is checked. What httpx adds to httpcore, its own engine, is just what must not
happen here, and half of what an attempt costs.

Libraries looked at: httpx-secure opens a connection to the name and checks where it got to, after the SYN went out;
ssrfguard checks as we do but is an early release with an HTTP client of its own, and bounds single reads only.
The seam below is httpcore's public one and small enough to read.
"""

import ssl
import time
from collections.abc import Collection, Iterable
from typing import Any

import httpcore

from notification.adapters.resolver import Resolver
from notification.domain.addresses import Network, permitted

_SOCKETS = httpcore.SyncBackend()


class ForbiddenAddress(Exception):
    """The host has addresses, and none of them may be connected to."""


class Bounds:
    """The time one attempt may take, from looking up the name to the end of the reply, however the receiver trickles
    it.
    """

    def __init__(self, timeout_s: float, most_bytes: int) -> None:
        self._end_s = time.monotonic() + timeout_s
        self._left_bytes = most_bytes

    def left_s(self) -> float:
        """Seconds left. Raises httpcore.TimeoutException once there are none."""
        left_s = self._end_s - time.monotonic()
        if left_s <= 0:
            raise httpcore.TimeoutException("the attempt's time is up")
        return left_s

    def shorten(self, timeout_s: float) -> None:
        """From now on no more than this, if it was to be more."""
        self._end_s = min(self._end_s, time.monotonic() + timeout_s)

    def count(self, received: int) -> None:
        """Raises httpcore.ReadError once it is too much: a reply may begin with any number of `103 Early Hints`."""
        self._left_bytes -= received
        if self._left_bytes < 0:
            raise httpcore.ReadError("the reply is too long")


class SsrfSafeTransport:
    """Makes a connection for each attempt. Errors are httpcore's, and the two above and in resolver. Thread-safe."""

    def __init__(self, resolver: Resolver, allowed: Collection[Network], *, tls: ssl.SSLContext) -> None:
        self._resolver = resolver
        self._allowed = allowed
        self._tls = tls

    def to(self, url: httpcore.URL, bounds: Bounds) -> httpcore.HTTPConnection:
        """One that is opened by its first request; to be closed by the caller (`with`)."""
        backend = _CheckedBackend(self._resolver, self._allowed, bounds)
        return httpcore.HTTPConnection(origin=url.origin, ssl_context=self._tls, network_backend=backend)


class _CheckedBackend(httpcore.NetworkBackend):
    def __init__(self, resolver: Resolver, allowed: Collection[Network], bounds: Bounds) -> None:
        self._resolver = resolver
        self._allowed = allowed
        self._bounds = bounds

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        found = self._resolver.addresses(host, port, self._bounds.left_s())
        targets = permitted(found, self._allowed)
        if not targets:
            raise ForbiddenAddress
        for tried, address in enumerate(targets, start=1):
            share_s = self._bounds.left_s() / (len(targets) - tried + 1)
            try:
                stream = _SOCKETS.connect_tcp(str(address), port, share_s, None, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if tried == len(targets):
                    raise
            else:
                return _BoundedStream(stream, self._bounds)
        raise AssertionError("unreachable")


class _BoundedStream(httpcore.NetworkStream):
    """A stream whose every step gets only what the whole attempt has left, so trickled bytes buy nothing."""

    def __init__(self, stream: httpcore.NetworkStream, bounds: Bounds) -> None:
        self._stream = stream
        self._bounds = bounds

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        received = self._stream.read(max_bytes, self._bounds.left_s())
        self._bounds.count(len(received))
        return received

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._bounds.left_s())

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._bounds.left_s())
        return _BoundedStream(stream, self._bounds)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
