"""One process under its supervisor, found by its pid file: renewed, and waited for."""

import http.client
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from running import environment_of, is_supervisor, parent_of

RENEWED_WITHIN_S = 80.0  # the supervisor gives the new one 30 s to be ready, and the old one 20 s to leave, HAProxy 38
READY_WITHIN_S = 60.0
LOOK_EVERY_S = 0.1
TIMEOUT_S = 2.0


class Failed(Exception):
    """It was not renewed; the text says why."""


class Instance:
    def __init__(self, data: Path, name: str) -> None:
        self._data = data
        self._name = name
        self._outcome = data / "pids" / f"{name}.renewal"

    def renew(self) -> tuple[int, int]:
        """The pids of the old and the new process, when the new one is ready and the old one gone. Raises Failed."""
        old = self._pid()
        self._outcome.unlink(missing_ok=True)
        self._ask(old)
        if not _comes_true(self._outcome.exists, RENEWED_WITHIN_S):
            raise Failed(f"{self._name} was not renewed within {RENEWED_WITHIN_S:.0f} s.")
        if (said := self._outcome.read_text().strip()) != "renewed":
            raise Failed(f"{self._name} was not renewed: {said}. The old one (pid {old}) goes on.")
        if not _comes_true(self._is_ready, READY_WITHIN_S):
            raise Failed(f"{self._name} was renewed, but is not ready after {READY_WITHIN_S:.0f} s.")
        return old, self._pid()

    def _pid(self) -> int:
        return int((self._data / "pids" / f"{self._name}.pid").read_text())

    def _ask(self, pid: int) -> None:
        """A pid file may be stale and its number reused: the signal goes only to a supervisor of this system."""
        try:
            supervisor = parent_of(pid)
            handle = os.pidfd_open(supervisor)
        except OSError as error:
            raise Failed(f"{self._name} does not run at this moment.") from error
        try:
            if not is_supervisor(supervisor, self._data, self._name):
                raise Failed(f"{self._name} does not run at this moment.")
            signal.pidfd_send_signal(handle, signal.SIGHUP)
        except OSError as error:
            raise Failed(f"{self._name} has just ended.") from error
        finally:
            os.close(handle)

    def _is_ready(self) -> bool:
        """Asked at the port honcho gave it: that of a service, or of a background process's health."""
        path = "/__health" if self._name.startswith("gateway.") else "/health/ready"
        try:
            (port,) = (value for value in environment_of(self._pid()) if value.startswith("PORT="))
            connection = http.client.HTTPConnection("127.0.0.1", int(port.partition("=")[2]), timeout=TIMEOUT_S)
            try:
                connection.request("GET", path, headers={"Connection": "close"})
                return connection.getresponse().status == http.client.OK
            finally:
                connection.close()
        except (OSError, http.client.HTTPException, ValueError):
            return False


def _comes_true(condition: Callable[[], bool], within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(LOOK_EVERY_S)
    return True
