"""Services under bin/support/supervise, as the Procfile starts them, to be renewed."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.support.ports import free_port
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]


@dataclass
class Supervised:
    """A supervisor and what it runs."""

    popen: "subprocess.Popen[bytes]"
    port: int
    folder: Path
    name: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Of the process that serves."""
        file = self.folder / "pids" / f"{self.name}.pid"
        return int(file.read_text()) if file.exists() else 0

    def processes(self) -> list[psutil.Process]:
        """What the supervisor has started and has not cleared away."""
        return psutil.Process(self.popen.pid).children()

    def ask_for_renewal(self) -> None:
        (self.folder / "pids" / f"{self.name}.renewal").unlink(missing_ok=True)
        self.popen.send_signal(signal.SIGHUP)

    def outcome(self, timeout_s: float = 60) -> str:
        """How the renewal ended."""
        file = self.folder / "pids" / f"{self.name}.renewal"
        until(file.exists, "the renewal did not end", timeout_s=timeout_s)
        return file.read_text().strip()

    def renewed(self) -> bool:
        """Whether one more renewal succeeds."""
        self.ask_for_renewal()
        return self.outcome() == "renewed"

    def renew(self) -> None:
        assert self.renewed()
        assert len(self.processes()) == 1


@contextmanager
def supervise(
    folder: Path,
    command: list[str | Path],
    environment: Mapping[str, str],
    *,
    name: str = "service.1",
    listening: bool = True,
) -> Iterator[Supervised]:
    """A supervisor with --listen on a free port, or with --overlap, ended with everything it started."""
    port = free_port()
    how = ["--listen", f"127.0.0.1:{port}"] if listening else ["--overlap"]
    as_honcho = {"VAR_DIR": str(folder), "HONCHO_PROCESS_NAME": name, "PORT": str(port)}
    with (folder / f"{name}.log").open("ab") as output:
        popen = subprocess.Popen(
            [ROOT / "bin/support/supervise", *how, *command],
            cwd=ROOT,
            env={**os.environ, **environment, **as_honcho},
            stdout=output,
            stderr=output,
        )
    supervised = Supervised(popen, port, folder, name)
    try:
        until(lambda: supervised.pid, why=f"{name} did not start")
        yield supervised
    finally:
        popen.terminate()
        try:
            popen.wait(15)
        finally:
            popen.kill()
            popen.wait()
