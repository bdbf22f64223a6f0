"""Processes of the measurement's own: started as the Procfile starts them, watched in /proc, ended by their id."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from honcho import environ  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).resolve().parent
START_TIMEOUT_S = 40.0
_TICKS = os.sysconf("SC_CLK_TCK")
# Version 1.1 called it keep-running.
_SUPERVISOR = re.compile(r"\bbin/support/(supervise|keep-running)( --last| --overlap| --listen \S+)* ")


class DidNotStart(Exception):
    pass


@dataclass(frozen=True)
class Tree:
    """A checkout of the project whose services are started, and where the Python with its packages is."""

    name: str
    root: Path
    programs: Path


OURS = Tree("this", ROOT, Path(sys.executable).parent)


@dataclass
class Process:
    name: str
    popen: "subprocess.Popen[bytes]"
    port: int = 0
    idle_mib: float | None = field(default=None)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self.popen.pid

    def cpu_s(self) -> float:
        return cpu_s(self.pid)

    def memory_mib(self) -> float:
        return memory_mib(self.pid) or 0.0

    def wait_until_ready(self, path: str) -> None:
        end = time.monotonic() + START_TIMEOUT_S
        while not _answers(self.url + path):
            if self.popen.poll() is not None or time.monotonic() > end:
                raise DidNotStart(f"{self.name} did not become ready; see {log_file()}")
            time.sleep(0.05)
        self.idle_mib = self.memory_mib()

    def stop(self) -> None:
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(5)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()


@dataclass(frozen=True)
class Found:
    """A process of the running system, to be loaded."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu_s(self) -> float:
        return cpu_s(self.pid)


def start(name: str, command: list[str], environment: Mapping[str, str], port: int = 0, tree: Tree = OURS) -> Process:
    """The command as a child that ends when we do, however we end. Its output goes to bench.log."""
    found = {"PATH": f"{tree.programs}:{os.environ['PATH']}", "PYTHONPATH": str(tree.root)}
    with log_file().open("ab") as log:
        popen = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", *command],
            cwd=tree.root,
            env={**os.environ, **found, **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    return Process(name, popen, port)


def start_service(name: str, environment: Mapping[str, str], tree: Tree = OURS) -> Process:
    """A process of the Procfile on a port of its own, ready, with the same server settings."""
    port = free_port()
    command = ["sh", "-c", procfile_command(name, tree)]
    process = start(name, command, {**environment, "PORT": str(port)}, port, tree)
    process.wait_until_ready("/health/ready")
    return process


def start_floor_app(like: str = "enrollment") -> Process:
    """The bare endpoints of floor_app.py behind the same server with the same settings as that service."""
    port = free_port()
    command = procfile_command(like).replace(f"{like}.app:", "bench.floor_app:")
    process = start("floor", ["sh", "-c", command], {"PORT": str(port), "PYTHONPATH": f"{ROOT}:{HERE.parent}"}, port)
    process.wait_until_ready("/health/live")
    return process


def start_consumer(channel: str, environment: Mapping[str, str], tree: Tree = OURS) -> Process:
    name = f"{channel}_consumer"
    command = ["sh", "-c", procfile_command(name, tree)]
    return start(name, command, {**environment, "PORT": str(free_port())}, tree=tree)


def procfile_command(name: str, tree: Tree = OURS) -> str:
    """The Procfile's command without what restarts it: by its `exec` the process is our child itself."""
    command: str = environ.parse_procfile((tree.root / "Procfile").read_text()).processes[name]
    return _SUPERVISOR.sub("", command)


def log_file() -> Path:
    folder = Path(os.environ["VAR_DIR"], "log")
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "bench.log"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def cpu_s(pid: int) -> float:
    """CPU time of the process and its threads so far, in user and kernel."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory_mib(pid: int) -> float | None:
    """Resident memory; None when the process is gone."""
    try:
        found = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) / 1024 if found else None


def system_memory(data: Path) -> dict[str, float]:
    """MiB of each process of the running system, with what it started, by the name honcho gives it."""
    found = {}
    for path in sorted((data / "pids").glob("*.pid")):
        pids = _family(int(path.read_text()))
        sizes = [size for pid in pids if (size := memory_mib(pid)) is not None]
        if sizes:
            found[path.stem] = round(sum(sizes), 1)
    return found


def _family(pid: int) -> list[int]:
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    except OSError:
        return []
    return [pid, *(each for child in children for each in _family(child))]


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:  # noqa: S310 - our own address
            return int(reply.status) == 200
    except (urllib.error.URLError, OSError):
        return False


def hush_signals() -> None:
    """SIGTERM and SIGHUP end us as Ctrl-C does, so that everything started is ended."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
