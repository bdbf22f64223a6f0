"""Whether the mail server answers: a connection, its greeting and EHLO, and no mail. Seldom: it may be anybody's."""

import asyncio
import ssl
import time
from collections.abc import Callable
from contextlib import suppress

ASKED_EVERY_S = 15.0
TIMEOUT_S = 2.0


class MailServer:
    """`tls`: from the first byte. What is told is the last answer, never older than ASKED_EVERY_S."""

    def __init__(self, host: str, port: int, tls: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._address = host, port
        self._tls = tls
        self._clock = clock
        self._asked_at = float("-inf")
        self._failure: str | None = None

    async def failure(self) -> str | None:
        """Why it does not take mail, None if it does."""
        if self._clock() - self._asked_at >= ASKED_EVERY_S:
            self._failure, self._asked_at = await self._ask(), self._clock()
        return self._failure

    async def _ask(self) -> str | None:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await self._talk()
        except TimeoutError:
            return f"no answer within {TIMEOUT_S:g} s"
        except (OSError, ssl.SSLError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as error:
            return type(error).__name__

    async def _talk(self) -> str | None:
        reader, writer = await asyncio.open_connection(*self._address, ssl=self._tls or None)
        try:
            for said, wanted in ((b"", b"220"), (b"EHLO localhost\r\n", b"250")):
                writer.write(said)
                reply = await _reply(reader)
                if not reply.startswith(wanted):
                    return f"it says {reply[:3].decode('ascii', 'replace')}"
            writer.write(b"QUIT\r\n")
            return None
        finally:
            writer.close()
            with suppress(OSError, ssl.SSLError):
                await writer.wait_closed()


async def _reply(reader: asyncio.StreamReader) -> bytes:
    """Its last line (RFC 5321 §4.2.1). Raises IncompleteReadError, LimitOverrunError."""
    while (line := await reader.readuntil(b"\n"))[3:4] == b"-":
        pass
    return line
