"""Which processes belong to a data folder, and waiting for them with a deadline."""

import os
import signal
import subprocess
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]


def processes_of(folder: Path) -> list[psutil.Process]:
    """Everything that runs with its state in the folder: the setting VAR_DIR is handed down to every child."""
    return [process for process in psutil.process_iter() if _data_folder(process) == str(folder)]


def _data_folder(process: psutil.Process) -> str | None:
    try:
        return process.environ().get("VAR_DIR") if process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None


def read_pid(folder: Path, name: str) -> int:
    """The process the supervisor runs under this name, 0 before there is one."""
    file = folder / "pids" / f"{name}.pid"
    return int(file.read_text() or 0) if file.exists() else 0


def runs(pid: int) -> bool:
    return pid > 0 and psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def end_all(folder: Path) -> None:
    """Whatever a failed test left behind."""
    for process in processes_of(folder):
        process.kill()


def close(popen: "subprocess.Popen[str]") -> None:
    """After the test: ended, waited for, and its pipe closed (an open one is a warning, and so a failure)."""
    if popen.poll() is None:
        popen.terminate()
    popen.wait(20)
    assert popen.stdout is not None
    popen.stdout.close()


def stop(popen: "subprocess.Popen[str]", number: signal.Signals, timeout_s: float = 15) -> int:
    os.kill(popen.pid, number)
    return popen.wait(timeout_s)
