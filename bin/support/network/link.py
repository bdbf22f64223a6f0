"""One link: a port that forwards connections to a server, and how it behaves at the moment."""

import asyncio
import contextlib
import random
import socket
import struct
from enum import StrEnum

PIECE = 65536
CONNECT_TIMEOUT_S = 5.0
_LETTER_S = 0.3
_LOST = 0.3
_END_OF_MAIL = b"\r\n.\r\n"
_NOT_NOW = (b"451 4.3.2 Not now, try again\r\n", b"421 4.3.2 Not now, closing the connection\r\n")


class Mode(StrEnum):
    OPEN = "open"
    REFUSED = "refused"  # what is connected is reset, and so is whoever connects
    SILENT = "silent"  # connections are open, and nothing arrives on either side until the link is open again
    DEAF = "deaf"  # requests arrive, replies do not
    SLOW = "slow"  # each piece takes a while
    LOSSY = "lossy"  # some pieces get lost, and come when they are sent again; other connections overtake them
    # Of a mail server (RFC 5321):
    TRICKLE = "trickle"  # what the server says comes letter by letter
    ACCEPTS_LATE = "accepts late"  # the reply to a mail takes a while
    CUT_AFTER_MAIL = "cut after a mail"  # the mail arrives, and instead of its reply the connection ends
    NOT_NOW = "not now"  # most of what would be 250 is 451 or 421


class Link:
    """`delay_s` is how long a slow link takes, at most, for a piece; a lossy one, for what is lost; a late one, for a
    reply; one that trickles, at most _LETTER_S, for a letter."""

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
        mailed = asyncio.Event()
        there = asyncio.create_task(self._pump(reader, server_writer, {Mode.SILENT}, mailed, None))
        back = asyncio.create_task(self._pump(server_reader, writer, {Mode.SILENT, Mode.DEAF}, None, mailed))
        try:
            await asyncio.wait({there, back})
        finally:
            self.writers -= both
            for one in both:
                one.close()

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        held: set[Mode],
        mailing: asyncio.Event | None,
        mailed: asyncio.Event | None,
    ) -> None:
        """One direction: `mailing` is set when a mail has been said to its end, and `mailed` tells the other one."""
        with contextlib.suppress(OSError):
            while piece := await reader.read(PIECE):
                await self._passes(held)
                if mailing and piece.endswith(_END_OF_MAIL):
                    mailing.set()
                for part in await self._bent(piece, mailed, writer) if mailed else [piece]:
                    writer.write(part)
                    await writer.drain()
                    await asyncio.sleep(min(self._delay_s, _LETTER_S) if self._mode is Mode.TRICKLE else 0)
            await self._passes(held)
            writer.write_eof()

    async def _bent(self, said: bytes, mailed: asyncio.Event, writer: asyncio.StreamWriter) -> list[bytes]:
        """What becomes of what a mail server says, in parts."""
        replies_to_mail = mailed.is_set()
        mailed.clear()
        if self._mode is Mode.TRICKLE:
            return [bytes([letter]) for letter in said]
        if self._mode is Mode.ACCEPTS_LATE and replies_to_mail:
            await asyncio.sleep(self._delay_s)
        if self._mode is Mode.CUT_AFTER_MAIL and replies_to_mail:
            _reset(writer)
            return []
        if self._mode is Mode.NOT_NOW and not replies_to_mail and said.startswith(b"250") and self._dice.random() < 0.7:
            return [self._dice.choice(_NOT_NOW)]
        return [said]

    async def _passes(self, held: set[Mode]) -> None:
        if self._mode is Mode.SLOW:
            await asyncio.sleep(self._dice.uniform(0, self._delay_s))
        if self._mode is Mode.LOSSY and self._dice.random() < _LOST:
            await asyncio.sleep(self._delay_s)
        while self._mode in held:
            await self._changed.wait()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close it by RST, as a machine does that knows nothing of the connection (SO_LINGER of no time)."""
    with contextlib.suppress(OSError, AttributeError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
