"""The folder with all state of one system: who may use it, and emptying it."""

import fcntl
import os
import shutil
from pathlib import Path
from typing import IO

# What a system puts there. --fresh removes these and nothing else: the folder is the user's choice.
_OURS = ("applications.lock", "clocks", "dynamodb", "gateway", "keys", "log", "pids", "rabbitmq", "redis", "run.env")


class InUse(Exception):
    """Another system runs on the folder."""


def claim(folder: Path) -> IO[str]:
    """A lock on the folder, held until the file is closed. Raises InUse.

    The kernel gives it back however this process ends, so it never has to be removed by hand.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        raise InUse(f"A system runs on {folder} already, started by process {lock.read().strip()}.") from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def empty(folder: Path) -> None:
    for name in _OURS:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
