"""honcho as a child process: started, listened to, and stopped with everything it started."""

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from log import Log

_PR_SET_CHILD_SUBREAPER = 36
_STARTED = re.compile(r"system +\| \S+ started \(pid=")
# Together below the 15 s in which everything promises to be gone.
_START_TIMEOUT_S, _STOP_TIMEOUT_S, _ORPHAN_TIMEOUT_S = 4.0, 7.0, 1.5


class Honcho:
    """One `honcho start` that writes to the log.

    To a file, not to a pipe: were this program killed, honcho would fail on writing that it stops, and not stop.
    """

    def __init__(
        self, arguments: list[str], *, environment: Mapping[str, str], root: Path, count: int, log: Log
    ) -> None:
        # Processes whose parent dies become our children instead of init's, so none can get out of sight.
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
        self._count = count
        self._started = 0
        log.on_line(self._notice_start)
        # Should this program be killed, honcho gets a signal to stop. A session of its own: Ctrl-C in the
        # terminal reaches only us, and we pass it on once.
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "--", sys.executable, "-m", "honcho", "start", *arguments],
            cwd=root,
            env=dict(environment),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=log.file,
            stderr=log.file,
        )

    def _notice_start(self, line: str) -> None:
        self._started += _STARTED.search(line) is not None

    @property
    def status(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def stop(self) -> None:
        """Nothing honcho started is left afterwards."""
        # Told to stop before it has started everything, honcho fails and leaves the rest running.
        _wait(lambda: self._started >= self._count or self.status is not None, _START_TIMEOUT_S)
        if self.status is None:
            self._process.terminate()
            if not _wait(lambda: self.status is not None, _STOP_TIMEOUT_S):
                self._process.kill()
                self._process.wait()
        _end_orphans()


def _end_orphans() -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        # Again and again: the children of those that end become ours.
        told: set[int] = set()

        def none_left(number: signal.Signals = number, told: set[int] = told) -> bool:
            _reap()
            for pid in (orphans := _children()):
                if pid not in told:
                    told.add(pid)
                    os.kill(pid, number)
            return not orphans

        if _wait(none_left, _ORPHAN_TIMEOUT_S):
            return


def _children() -> list[int]:
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)
    return True
