"""Signals to the processes of one system, and to no others: by the pid files that bin/support/supervise writes."""

import os
import signal
from pathlib import Path

from running import is_supervisor, parent_of


class NotOurs(Exception):
    """The pid file names a process that does not belong to this system, or none."""


def pid_of(data: Path, name: str) -> int | None:
    """The process that runs under this name (enrollment.1), None if there is none right now."""
    try:
        pid = int((data / "pids" / f"{name}.pid").read_text())
        return pid if is_supervisor(parent_of(pid), data, name) else None
    except (OSError, ValueError):
        return None


def kill(data: Path, name: str) -> int:
    """SIGKILL to the process that runs under this name; returns its pid. Raises NotOurs."""
    return _signal(data, name, signal.SIGKILL, group=False)


def stop(data: Path, name: str) -> int:
    """SIGSTOP to what runs under this name, with everything it started; returns its pid. Raises NotOurs."""
    return _signal(data, name, signal.SIGSTOP, group=True)


def go_on(data: Path, name: str) -> int:
    """SIGCONT after `stop`. Raises NotOurs."""
    return _signal(data, name, signal.SIGCONT, group=True)


def _signal(data: Path, name: str, number: signal.Signals, *, group: bool) -> int:
    try:
        pid = int((data / "pids" / f"{name}.pid").read_text())
        # Looked at after it is opened: the number cannot become another process's before the signal is sent.
        handle = os.pidfd_open(pid)
    except (OSError, ValueError) as error:
        raise NotOurs(f"{name} does not run") from error
    try:
        if not is_supervisor(parent_of(pid), data, name):
            raise NotOurs(f"process {pid} is not {name} of {data}")
        if group:
            os.killpg(pid, number)  # the supervisor gives each command a group of its own
        else:
            signal.pidfd_send_signal(handle, number)
    except OSError as error:
        raise NotOurs(f"{name} has just ended") from error
    finally:
        os.close(handle)
    return pid
