"""One run of COMMAND, in a process group of its own that ends with it, and that never outlives its supervisor."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable

import signals
from listener import PASSED_FD
from pid_files import NAME

PR_SET_PDEATHSIG = 1

LIBC = ctypes.CDLL(None)


class CannotStart(Exception):
    """The command is not there, or the system has no room for another process; the text says why."""


class Child:
    """Started at once. `replaces`: it is to take over from another, and says when it can. Raises CannotStart."""

    def __init__(self, command: list[str], *, listening: bool, replaces: bool = False) -> None:
        self._listening = listening
        self._told: int | None = None
        try:
            self._process = self._start(command, replaces)
        except (OSError, subprocess.SubprocessError) as error:
            self._close_pipe()
            raise CannotStart(f"{NAME or command[0]} cannot be started: {error}") from error
        self.pid = self._process.pid
        self.title = f"{NAME or command[0]} (pid {self.pid})"

    def _start(self, command: list[str], replaces: bool) -> "subprocess.Popen[bytes]":
        passed = [PASSED_FD] if self._listening else []
        if not replaces:
            return subprocess.Popen(
                command, process_group=0, pass_fds=passed, preexec_fn=_tie_to(os.getpid(), self._listening, None)
            )
        self._told, telling = os.pipe()
        os.set_blocking(self._told, False)
        try:
            return subprocess.Popen(
                command,
                process_group=0,
                pass_fds=[*passed, telling],
                preexec_fn=_tie_to(os.getpid(), self._listening, telling),
            )
        finally:
            os.close(telling)

    def is_ready(self) -> bool:
        """Whether it has said so; asked of one that replaces another."""
        assert self._told is not None
        try:
            return b"\n" in os.read(self._told, 100)
        except BlockingIOError:
            return False

    def has_ended(self) -> bool:
        # WNOWAIT leaves it a zombie, so that its process group's number cannot be somebody else's yet.
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.pid, flags) is not None

    def ended_within(self, seconds: float, heeding: set[signal.Signals]) -> bool:
        """Raises StopAsked when one of the signals heeded is a stop."""
        deadline = time.monotonic() + seconds
        while not self.has_ended():
            if time.monotonic() >= deadline:
                return False
            signals.wait_for(signals.CHILD | heeding, deadline - time.monotonic())
        return True

    def terminate(self) -> None:
        """It may finish what it has begun, and wait until its clients have left."""
        self._send(signal.SIGTERM)

    def hurry(self) -> None:
        """Everything stops: it is to be quick."""
        self._send(signal.SIGINT if self._listening else signal.SIGTERM)

    def _send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)  # not Popen's send_signal, which would wait for a zombie

    def clear_away(self) -> int:
        """Kills what is left of the group; returns the status of COMMAND."""
        os.killpg(self.pid, signal.SIGKILL)
        self._close_pipe()
        return self._process.wait()  # bounded: by the SIGKILL

    def _close_pipe(self) -> None:
        if self._told is not None:
            os.close(self._told)
            self._told = None


def _tie_to(parent: int, listening: bool, telling: int | None) -> Callable[[], None]:
    def in_child() -> None:
        # The kernel kills the child when its parent dies, even by SIGKILL. What counts as the parent is the
        # thread that forked, so this program must stay single-threaded.
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)
        # Here and not by Popen's env: only here the number of the process is known.
        if listening:
            os.environ["LISTEN_PID"], os.environ["LISTEN_FDS"] = str(os.getpid()), "1"
        if telling is not None:
            os.environ["READY_FD"] = str(telling)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signals.ALL)

    return in_child
