"""Links between processes and servers that are cut, silent, deaf or slow."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from network.link import Link, Mode

from tests.support.ports import free_port

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def linked() -> AsyncIterator[tuple[Link, Streams, list[bytes]]]:
    """A link to a server that echoes, a client of it, and what the server got."""
    got: list[bytes] = []

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionResetError):
            while piece := await reader.read(100):
                got.append(piece)
                writer.write(piece)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    port = free_port()
    link = Link("127.0.0.1", port, address)
    listening = await link.listen()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"one")
    assert await asyncio.wait_for(reader.read(100), 5) == b"one"
    yield link, (reader, writer), got
    for one in (writer, *link.writers):
        one.close()
    for each in (listening, server):
        each.close()
    if others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others, timeout=5)


@asynccontextmanager
async def mailing(mode: Mode, delay_s: float = 0.0) -> AsyncIterator[Streams]:
    """A client of a mail server that says 250 to whatever comes, over a link like this."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while await reader.read(100):
                writer.write(b"250 OK\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = free_port()
    link = Link("127.0.0.1", port, server.sockets[0].getsockname())
    listening = await link.listen()
    link.become(mode, delay_s)
    streams = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield streams
    finally:
        for one in (streams[1], *link.writers):
            one.close()
        for each in (listening, server):
            each.close()
        if others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others, timeout=5)


async def heard(reader: asyncio.StreamReader, within_s: float) -> bytes | None:
    try:
        return await asyncio.wait_for(reader.read(100), within_s)
    except TimeoutError:
        return None


@pytest.mark.parametrize(("mode", "arrives"), [(Mode.SILENT, False), (Mode.DEAF, True)])
def test_what_was_held_back_arrives_when_the_link_is_open_again(mode: Mode, arrives: bool) -> None:
    async def scene() -> None:
        async with linked() as (link, (reader, writer), got):
            link.become(mode)
            writer.write(b"two")
            assert await heard(reader, 0.1) is None
            assert (b"two" in got) is arrives
            link.become(Mode.OPEN)
            assert await heard(reader, 5) == b"two"

    asyncio.run(scene())


def test_a_cut_link_resets_what_is_connected_and_who_connects() -> None:
    async def scene() -> None:
        async with linked() as (link, (reader, writer), _):
            link.become(Mode.REFUSED)
            with pytest.raises(ConnectionResetError):
                await asyncio.wait_for(reader.read(100), 5)
            port = writer.get_extra_info("peername")[1]
            again, writer = await asyncio.open_connection("127.0.0.1", port)
            with pytest.raises(ConnectionResetError):
                await asyncio.wait_for(again.read(100), 5)
            writer.close()

    asyncio.run(scene())


@pytest.mark.parametrize("mode", [Mode.SLOW, Mode.LOSSY])
def test_a_slow_link_passes_everything_in_order(mode: Mode) -> None:
    async def scene() -> None:
        async with linked() as (link, (reader, writer), _):
            link.become(mode, 0.05)
            writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for number in range(5):
                writer.write(str(number).encode())
                await writer.drain()
            found = b""
            while len(found) < 5:
                found += await asyncio.wait_for(reader.read(100), 5)
            assert found == b"01234"

    asyncio.run(scene())


MAIL = b"Subject: a seat\r\n\r\nYou have it\r\n.\r\n"


def test_a_mail_server_that_trickles_says_the_same_letter_by_letter() -> None:
    async def scene() -> None:
        async with mailing(Mode.TRICKLE, 0.01) as (reader, writer):
            writer.write(b"EHLO here\r\n")
            letters = [await asyncio.wait_for(reader.read(100), 5) for _ in b"250 OK\r\n"]
            assert b"".join(letters) == b"250 OK\r\n"

    asyncio.run(scene())


def test_a_mail_server_that_accepts_late_is_slow_with_mails_alone() -> None:
    async def scene() -> None:
        async with mailing(Mode.ACCEPTS_LATE, 0.2) as (reader, writer):
            writer.write(b"EHLO here\r\n")
            assert await heard(reader, 5) == b"250 OK\r\n"
            writer.write(MAIL)
            assert await heard(reader, 0.05) is None
            assert await heard(reader, 5) == b"250 OK\r\n"

    asyncio.run(scene())


def test_a_mail_server_that_cuts_does_so_instead_of_the_reply_to_a_mail() -> None:
    async def scene() -> None:
        async with mailing(Mode.CUT_AFTER_MAIL) as (reader, writer):
            writer.write(b"EHLO here\r\n")
            assert await heard(reader, 5) == b"250 OK\r\n"
            writer.write(MAIL)
            with pytest.raises(ConnectionResetError):
                await asyncio.wait_for(reader.read(100), 5)

    asyncio.run(scene())


def test_a_mail_server_says_not_now_to_most_commands_and_never_to_a_mail_it_took() -> None:
    async def scene() -> None:
        async with mailing(Mode.NOT_NOW) as (reader, writer):
            said = []
            for _ in range(20):
                writer.write(b"NOOP\r\n")
                said.append((await asyncio.wait_for(reader.read(100), 5))[:3])
            assert {b"250", b"451", b"421"} == set(said)
            for _ in range(5):
                writer.write(MAIL)
                assert await heard(reader, 5) == b"250 OK\r\n"

    asyncio.run(scene())
