"""KrakenD: started when there are keys, which it asks us for, so that it needs no restart when they change.

It reads its configuration when it starts and has no reload, and it opens its port itself: connections are refused from
when one lets go of it until the next one has started. Its keys it fetches by HTTP, when they are older than it likes or
a token names one it does not know; from our own port, because there they are also while users is away.
"""

import asyncio
import signal
import socket

from krakend.gateway import process
from krakend.gateway.jwks import KeySet

COMMAND = "bin/support/run-krakend"
LET_GO_WITHIN_S = 25.0  # bin/support/supervise kills the old one after 20
LOOK_EVERY_S = 0.002  # it is part of the time in which clients are refused


class KrakenD:
    """`replaces`: another one still has the port, and is about to let go of it."""

    def __init__(self, host: str, port: int, jwks_url: str, *, replaces: bool) -> None:
        self._host, self._port = host, port
        self._jwks_url = jwks_url
        self._replaces = replaces
        self._has_keys = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, keys: KeySet) -> None:
        """Without keys every token would be refused as a bad one: then nothing listens until they come."""
        await self.use(keys)

    async def use(self, keys: KeySet) -> None:
        if keys:
            self._has_keys.set()

    async def ended(self) -> int:
        # bounded: a gateway runs until it ends, and not before users has given its keys.
        await self._has_keys.wait()
        self._process = await process.start(COMMAND, more={"GATEWAY_JWKS_URL": self._jwks_url}, told=True)
        if self._replaces:
            await self._port_is_free()
        process.tell(self._process)
        return await self._process.wait()  # bounded: as above

    def leave(self) -> None:
        if self._process is None:
            raise SystemExit
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)

    hurry = leave

    async def _port_is_free(self) -> None:
        """Or held for so long that KrakenD is to say itself that it is."""
        deadline = asyncio.get_running_loop().time() + LET_GO_WITHIN_S
        while not _can_bind(self._host, self._port) and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_EVERY_S)


def _can_bind(host: str, port: int) -> bool:
    """As KrakenD would: connections that the old one still serves are no hindrance, its listening is."""
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError:
            return False
        return True
