"""Processes of ours for the tests to start, kill and freeze, as forks of one that has imported what they need.

`python -m enrollment.workers.reconciler` takes a second of processor time until it has imported everything, and the
tests start some hundreds of processes. So a server is started once (`python -m tests.support.forks DESCRIPTOR`), which
imports all that (importing reads no setting and opens no connection), and each process is a fork of it that does what
`python -m` does: it runs the module as `__main__`, with an environment and outputs of its own, and nobody else's
descriptors. The server says how each ended, and ends them all with the tests.

A process is started anew, as outside, when coverage measures it, when its environment has settings for the interpreter
or the linker, and when its module is none of those imported: it may change others before they are imported.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
IMPORTED = (
    "enrollment.app",
    "enrollment.workers.outbox_relay",
    "enrollment.workers.reconciler",
    "kit.web.serve",
    "notification.app",
    "notification.consume",
    "users.app",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
)
_ANEW = ("COVERAGE_PROCESS_START", "LD_PRELOAD", "PYTHONPATH", "PYTHONWARNINGS")
_MOST_BYTES = 150_000  # of a request: an environment, mostly
_STARTED_WITHIN_S = 60
_NUMBER = struct.Struct("i")


class Fork:
    """What tests use of a subprocess.Popen."""

    def __init__(self, args: list[str], said: int) -> None:
        self.args = args
        self.returncode: int | None = None
        self._said = said  # the server writes its id there, and at its end how it ended
        self.pid = self._read(_STARTED_WITHIN_S)

    def poll(self) -> int | None:
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self.returncode = self._read(timeout)
            os.close(self._said)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):  # it has ended, and the server has just not said so yet
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _read(self, timeout: float | None) -> int:
        if not select.select([self._said], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        said = os.read(self._said, _NUMBER.size)
        assert said, "the server of forks has ended"
        number: int = _NUMBER.unpack(said)[0]
        return number


Running = Fork | subprocess.Popen[bytes]


def start_module(
    module: str, *words: str, environment: dict[str, str], stdout: int | None = None, stderr: int | None = None
) -> Running:
    """`python -m MODULE WORD…` in the project's folder, with this environment and no other."""
    args = [sys.executable, "-m", module, *words]
    if module not in IMPORTED or any(name in environment for name in _ANEW):
        return subprocess.Popen(args, cwd=ROOT, env=environment, stdout=stdout, stderr=stderr)
    return _server.start(args, environment, 1 if stdout is None else stdout, 2 if stderr is None else stderr)


# --- the tests' end


class _Server:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None

    def start(self, args: list[str], environment: dict[str, str], stdout: int, stderr: int) -> Fork:
        request = json.dumps({"args": args, "environment": environment}).encode()
        said, to_say = os.pipe()
        try:
            with self._lock:
                socket.send_fds(self._control or self._started(), [request], [stdout, stderr, to_say])
        finally:
            os.close(to_say)
        return Fork(args, said)

    def _started(self) -> socket.socket:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-m", "tests.support.forks", str(theirs.fileno())]
            popen = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        atexit.register(self._end, self._control, popen)
        return self._control

    @staticmethod
    def _end(control: socket.socket, popen: "subprocess.Popen[bytes]") -> None:
        control.close()
        popen.wait(10)


_server = _Server()


# --- the server's end


@dataclass
class _Forker:
    control: socket.socket
    ends: dict[int, int] = field(default_factory=dict)
    """Where to say how each process has ended."""

    def forked(self) -> bytes:
        """In a new process: what is asked of it. Otherwise nothing, when the tests are over."""
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while True:
            ready, _, _ = select.select([self.control, woken], [], [])
            if woken in ready:
                os.read(woken, 100)
                self._note_ends()
            if self.control in ready:
                request, given, _, _ = socket.recv_fds(self.control, _MOST_BYTES, 3)
                if not request:
                    self._end_all()
                    return b""
                if self._fork(given):
                    for descriptor in (woken, wake, self.control.detach(), *self.ends.values()):
                        os.close(descriptor)
                    return request

    def _fork(self, given: list[int]) -> bool:
        """Whether this is the new process."""
        stdout, stderr, said = given
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.dup2(stdout, 1)
            os.dup2(stderr, 2)
        else:
            os.write(said, _NUMBER.pack(pid))
            self.ends[pid] = os.dup(said)
        for descriptor in given:
            os.close(descriptor)
        return pid == 0

    def _note_ends(self) -> None:
        while self.ends:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            where = self.ends.pop(pid)
            with contextlib.suppress(BrokenPipeError):  # nobody waits for it any more
                os.write(where, _NUMBER.pack(os.waitstatus_to_exitcode(status)))
            os.close(where)

    def _end_all(self) -> None:
        for pid in self.ends:
            os.kill(pid, signal.SIGKILL)


def _become(request: bytes) -> None:
    asked = json.loads(request)
    os.environ.clear()
    os.environ.update(asked["environment"])
    time.tzset()
    _, _, module, *sys.argv[1:] = asked["args"]
    sys.modules.pop(module, None)  # runpy warns of it
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    gc.disable()
    for name in IMPORTED:
        importlib.import_module(name)
    gc.freeze()  # no collection of a fork looks at it, and copies it thereby
    gc.enable()
    assert len(os.listdir("/proc/self/task")) == 1, "of several threads a fork has one"
    if request := _Forker(control).forked():
        _become(request)


if __name__ == "__main__":
    main()
