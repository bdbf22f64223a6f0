"""KrakenD: started when there are keys, which it asks us for, so that it needs no restart when they change.

It reads its configuration when it starts and has no reload. Its keys it fetches by HTTP, when they are older than it
likes or a token names one it does not know; from here, because here they are also while users is away.
"""

import asyncio
import json
import logging
import signal

from krakend.gateway import process
from krakend.gateway.jwks import NO_KEYS, KeySet

log = logging.getLogger(__name__)

COMMAND = "bin/support/run-krakend"
HOST = "127.0.0.1"
LONGEST_HEAD_S = 2.0


class KrakenD:
    def __init__(self, jwks_port: int) -> None:
        self._port = jwks_port
        self._keys = NO_KEYS
        self._has_keys = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, keys: KeySet) -> None:
        """Without keys every token would be refused as a bad one: then nothing listens until they come."""
        await asyncio.start_server(self._answer, HOST, self._port)
        await self.use(keys)

    async def use(self, keys: KeySet) -> None:
        self._keys = keys
        if keys:
            self._has_keys.set()

    async def ended(self) -> int:
        # bounded: a gateway runs until it ends, and not before users has given its keys.
        await self._has_keys.wait()
        self._process = await process.start(COMMAND, more={"GATEWAY_JWKS_URL": f"http://{HOST}:{self._port}/jwks.json"})
        return await self._process.wait()  # bounded: as above

    def leave(self) -> None:
        if self._process is None:
            raise SystemExit
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)

    hurry = leave

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The keys, whatever is asked: only we and KrakenD know this port, and they are no secret."""
        try:
            async with asyncio.timeout(LONGEST_HEAD_S):
                await reader.readuntil(b"\r\n\r\n")
                body = json.dumps(json.loads(self._keys.document)).encode()
                head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # its next request is another connection
        finally:
            writer.close()
