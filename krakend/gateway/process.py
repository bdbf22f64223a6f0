"""What the runner asks of a gateway, and how it runs a program for it."""

import asyncio
import os
from collections.abc import Mapping
from typing import Protocol

from krakend.gateway.jwks import KeySet

PASSED_FD = 3  # SD_LISTEN_FDS_START, see sd_listen_fds(3)


class Failed(Exception):
    """The gateway does not run, or not as it should; the text says why."""


class Gateway(Protocol):
    async def start(self, keys: KeySet) -> None:
        """Returns when it serves, or will without being asked again. Raises Failed."""

    async def use(self, keys: KeySet) -> None:
        """From now on tokens are checked with these; no request fails by it. Raises Failed, and goes on as before."""

    async def ended(self) -> int:
        """The status with which it ends, when it does."""

    def leave(self) -> None:
        """It is to answer what it was asked, and end when its clients have left."""

    def hurry(self) -> None:
        """It is to end now."""


def passed_fds() -> tuple[int, ...]:
    """The socket that bin/support/supervise listens on for us, if it does; it speaks systemd's protocol."""
    meant_for_us = os.environ.get("LISTEN_PID") == str(os.getpid()) and os.environ.get("LISTEN_FDS") == "1"
    return (PASSED_FD,) if meant_for_us else ()


async def start(
    *command: str,
    fds: tuple[int, ...] = (),
    more: Mapping[str, str] | None = None,
    told: bool = False,
    heard: bool = False,
) -> asyncio.subprocess.Process:
    """`told`: it waits for a line on its standard input, see `tell`. `heard`: its standard error is ours to read."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LISTEN_")}
    return await asyncio.create_subprocess_exec(
        *command,
        pass_fds=fds,
        env=environment | dict(more or {}),
        stdin=asyncio.subprocess.PIPE if told else None,
        stderr=asyncio.subprocess.PIPE if heard else None,
    )


def tell(process: asyncio.subprocess.Process) -> None:
    """It is to go on."""
    assert process.stdin is not None
    process.stdin.write(b"\n")
