"""One link: a port that forwards connections to a server, and how it behaves at the moment."""

import asyncio
import contextlib
import random
import socket
import struct
from enum import StrEnum

PIECE = 65536
CONNECT_TIMEOUT_S = 5.0


class Mode(StrEnum):
    OPEN = "open"
    REFUSED = "refused"  # what is connected is reset, and so is whoever connects
    SILENT = "silent"  # connections are open, and nothing arrives on either side until the link is open again
    DEAF = "deaf"  # requests arrive, replies do not
    SLOW = "slow"  # each piece takes a while


class Link:
    """`delay_s` is the longest that a piece takes on a slow link."""

    def __init__(self, host: str, port: int, to: tuple[str, int]) -> None:
        self._host, self._port, self._to = host, port, to
        self._mode = Mode.OPEN
        self._delay_s = 0.0
        self._changed = asyncio.Event()
        self.writers: set[asyncio.StreamWriter] = set()
        self._dice = random.Random(0)  # noqa: S311 - guards no secret

    async def listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._accept, self._host, self._port)

    def become(self, mode: Mode, delay_s: float = 0.0) -> None:
        self._mode, self._delay_s = mode, delay_s
        self._changed.set()
        self._changed = asyncio.Event()
        if mode is Mode.REFUSED:
            for writer in list(self.writers):
                _reset(writer)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.add(writer)
        try:
            if self._mode is Mode.REFUSED:
                _reset(writer)
                return
            connecting = asyncio.open_connection(*self._to)
            server_reader, server_writer = await asyncio.wait_for(connecting, CONNECT_TIMEOUT_S)
        except (OSError, TimeoutError):
            _reset(writer)
            return
        finally:
            self.writers.discard(writer)
        both = {writer, server_writer}
        self.writers |= both
        there = asyncio.create_task(self._pump(reader, server_writer, {Mode.SILENT}))
        back = asyncio.create_task(self._pump(server_reader, writer, {Mode.SILENT, Mode.DEAF}))
        try:
            await asyncio.wait({there, back})
        finally:
            self.writers -= both
            for one in both:
                one.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, held: set[Mode]) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(PIECE):
                await self._passes(held)
                writer.write(piece)
                await writer.drain()
            await self._passes(held)
            writer.write_eof()

    async def _passes(self, held: set[Mode]) -> None:
        if self._mode is Mode.SLOW:
            await asyncio.sleep(self._dice.uniform(0, self._delay_s))
        while self._mode in held:
            await self._changed.wait()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close it by RST, as a machine does that knows nothing of the connection (SO_LINGER of no time)."""
    with contextlib.suppress(OSError, AttributeError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
