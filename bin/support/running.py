"""Finding out whether a system runs on a data folder, and whose a process is: for commands that act on what runs."""

import fcntl
import os
from pathlib import Path


def is_claimed(data: Path) -> bool:
    """Whether a system runs on this data folder: bin/start holds a lock on a file in it for as long as it runs."""
    try:
        with (data / "lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        pass
    return False


def parent_of(pid: int) -> int:
    """Raises OSError when there is no such process."""
    return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[1])


def environment_of(pid: int) -> list[str]:
    """NAME=value, as the process was started with them. Raises OSError when there is no such process."""
    return [os.fsdecode(entry) for entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")]


def is_supervisor(pid: int, data: Path, name: str) -> bool:
    """Whether it is the supervisor of this system that runs what honcho calls by this name (users.1).

    What it runs cannot be asked itself: Redis writes its title over its environment.
    """
    return {f"VAR_DIR={data}", f"HONCHO_PROCESS_NAME={name}"} <= set(environment_of(pid))
