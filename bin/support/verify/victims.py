"""Killing the processes of one system, and no others: by the pid files that bin/support/keep-running writes."""

import os
import signal
from pathlib import Path


class NotOurs(Exception):
    """The pid file names a process that does not belong to this system, or none."""


def pid_of(data: Path, name: str) -> int | None:
    """The process that runs under this name (enrollment.1), None if there is none right now."""
    try:
        pid = int((data / "pids" / f"{name}.pid").read_text())
        return pid if _is_ours(pid, data, name) else None
    except (OSError, ValueError):
        return None


def kill(data: Path, name: str) -> int:
    """SIGKILL to the process that runs under this name; returns its pid. Raises NotOurs."""
    try:
        pid = int((data / "pids" / f"{name}.pid").read_text())
        # Looked at after it is opened: the number can not become another process's before the signal is sent.
        handle = os.pidfd_open(pid)
    except (OSError, ValueError) as error:
        raise NotOurs(f"{name} does not run") from error
    try:
        if not _is_ours(pid, data, name):
            raise NotOurs(f"process {pid} is not {name} of {data}")
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    except OSError as error:
        raise NotOurs(f"{name} has just ended") from error
    finally:
        os.close(handle)
    return pid


def _is_ours(pid: int, data: Path, name: str) -> bool:
    """Whether it is run by the keep-running of this system and of this name, which has both in its environment.

    Its own environment does not tell: Redis writes its title over it.
    """
    fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    parent = int(fields[1])
    entries = Path(f"/proc/{parent}/environ").read_bytes().split(b"\0")
    return {f"VAR_DIR={data}".encode(), f"HONCHO_PROCESS_NAME={name}".encode()} <= set(entries)
