"""HAProxy, in master-worker mode: started, given other keys without a lost connection, stopped.

Its files are in $VAR_DIR/gateway: haproxy.cfg, routes.map, and a key-….pem for each key. They hold the gateway's
secret, so they are for their owner alone.
"""

import asyncio
import logging
import os
import resource
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

from krakend.gateway import process
from krakend.gateway.jwks import KeySet
from krakend.gateway.process import Failed
from krakend.gateway.settings import GatewaySettings
from krakend.haproxy import rendering
from krakend.haproxy.messages import Messages
from krakend.pages.table import limits, routes

log = logging.getLogger(__name__)

STARTED_WITHIN_S = 10.0
CHECKED_WITHIN_S = 10.0
LOOK_EVERY_S = 0.02
_WHERE_DEBIAN_HAS_SERVERS = ":/usr/local/sbin:/usr/sbin:/sbin"


class HAProxy:
    """`render` gives the files by their names, for these keys."""

    def __init__(self, folder: Path, render: Callable[[KeySet], dict[str, str]], fds: tuple[int, ...]) -> None:
        self._folder = folder
        self._configuration = folder / "haproxy.cfg"
        self._render = render
        self._fds = fds
        self._program = program()
        self._master: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None

    async def start(self, keys: KeySet) -> None:
        await self.configure(keys)
        self._master = await process.start(
            self._program, "-W", "-f", str(self._configuration), fds=self._fds, heard=True
        )
        self._listening = asyncio.create_task(self._pass_on(self._master))
        async with asyncio.timeout(STARTED_WITHIN_S):
            while not _children(self._master.pid):
                if self._master.returncode is not None:
                    raise Failed(f"HAProxy ended with status {self._master.returncode}")
                await asyncio.sleep(LOOK_EVERY_S)

    async def use(self, keys: KeySet) -> None:
        """The master starts a worker with the new configuration, and then tells the old one to leave."""
        await self.configure(keys)
        self._tell(signal.SIGUSR2)

    async def ended(self) -> int:
        assert self._master is not None
        return await self._master.wait()  # bounded: by its life

    async def _pass_on(self, master: asyncio.subprocess.Process) -> None:
        """What it says, in our log, until it ends. It must be read: HAProxy would wait for that in the end."""
        assert master.stderr is not None
        messages = Messages()
        while not master.stderr.at_eof():
            try:
                line = await master.stderr.readline()  # bounded: by its life
            except ValueError:  # longer than any line should be: the stream has let go of it
                continue
            if line:
                level, text = messages.read(line.decode(errors="replace").rstrip())
                log.log(level, "%s", text)

    def leave(self) -> None:
        self._tell(signal.SIGUSR1)

    def hurry(self) -> None:
        self._tell(signal.SIGTERM)

    def _tell(self, number: signal.Signals) -> None:
        if self._master is not None and self._master.returncode is None:
            self._master.send_signal(number)

    async def configure(self, keys: KeySet) -> None:
        """Puts the files in place, the configuration last and only if HAProxy takes it. Raises Failed."""
        files = self._render(keys)
        configuration = files.pop(self._configuration.name)
        for name, text in files.items():
            _write(self._folder / name, text)
        unchecked = self._folder / "haproxy.cfg.new"
        _write(unchecked, configuration)
        await self._check(unchecked)
        unchecked.replace(self._configuration)
        for old in self._folder.glob("key-*.pem"):
            if old.name not in files:
                old.unlink()

    async def _check(self, configuration: Path) -> None:
        child = await asyncio.create_subprocess_exec(
            *(self._program, "-c", "-f", str(configuration)),
            pass_fds=self._fds,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            output, _ = await asyncio.wait_for(child.communicate(), CHECKED_WITHIN_S)
        except TimeoutError:
            child.kill()
            raise Failed(f"HAProxy has not checked {configuration} within {CHECKED_WITHIN_S:.0f} s") from None
        if child.returncode:
            raise Failed(
                f"HAProxy refuses {configuration} (status {child.returncode}):\n{output.decode(errors='replace')}"
            )


def from_table(settings: GatewaySettings, fds: tuple[int, ...]) -> HAProxy:
    """HAProxy for the table of routes, on the socket passed on to us, if there is one."""
    rows, bounds = routes(), limits()
    bind = f"fd@{fds[0]}" if fds else f"{settings.gateway_host}:{settings.gateway_port}"

    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)

    def render(keys: KeySet) -> dict[str, str]:
        return rendering.files(rows, bounds, settings, keys, folder=settings.folder, bind=bind, most_files=most_files)

    return HAProxy(settings.folder, render, fds)


def program() -> str:
    found = shutil.which("haproxy", path=os.environ.get("PATH", "") + _WHERE_DEBIAN_HAS_SERVERS)
    if found is None:
        raise Failed("There is no haproxy here: run bin/setup")
    return found


def _write(file: Path, text: str) -> None:
    """In one step, and for the owner alone from the first byte on."""
    unfinished = file.with_name(f".{file.name}")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as target:
        target.write(text)
    unfinished.replace(file)


def _children(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return []
