"""Where notices arrive: a receiver of webhooks and a mail server, each in a process of its own.

    python -m bench.sinks http PORT ADDRESSES   answers every POST with 200; listens on 127.0.0.1 and the next addresses
    python -m bench.sinks smtp PORT             takes every mail

Each prints one line for each arrival: `<CLOCK_MONOTONIC in ns> <student id>`.
"""

import asyncio
import re
import sys
import time
from typing import Any

from aiosmtpd.controller import Controller

_STUDENT = re.compile(rb"Student with id: (\d+)")
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"


def arrived(content: bytes) -> None:
    found = _STUDENT.search(content)
    sys.stdout.write(f"{time.monotonic_ns()} {found[1].decode() if found else 0}\n")
    sys.stdout.flush()


class Receiver(asyncio.Protocol):
    def __init__(self) -> None:
        self._seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._seen += data
        while (head_end := self._seen.find(b"\r\n\r\n")) >= 0:
            head = self._seen[:head_end]
            length = _LENGTH.search(head)
            end = head_end + 4 + (int(length[1]) if length else 0)
            if len(self._seen) < end:
                return
            arrived(self._seen[head_end:end])
            self._seen = self._seen[end:]
            self._transport.write(_OK)
            if b"connection: close" in head.lower():
                self._transport.close()


class Mailbox:
    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        arrived(envelope.content)
        return "250 OK"


async def receive_webhooks(port: int, addresses: int) -> None:
    loop = asyncio.get_running_loop()
    hosts = [f"127.0.0.{number}" for number in range(1, addresses + 1)]
    server = await loop.create_server(Receiver, hosts, port, backlog=1000)
    await server.serve_forever()


def receive_mails(port: int) -> None:
    Controller(Mailbox(), hostname="127.0.0.1", port=port).start()
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    if sys.argv[1] == "http":
        asyncio.run(receive_webhooks(int(sys.argv[2]), int(sys.argv[3])))
    else:
        receive_mails(int(sys.argv[2]))
