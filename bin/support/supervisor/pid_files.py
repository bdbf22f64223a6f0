"""What the supervisor leaves for others to read: lines in the log, and files in $VAR_DIR/pids.

Neither may end it: on a full disk what it runs goes on, and is started again, all the same.
"""

import errno
import os
import sys
from pathlib import Path

NAME = os.environ.get("HONCHO_PROCESS_NAME", "")
VAR_DIR = Path(os.environ.get("VAR_DIR", "var"))


def say(text: str) -> None:
    """Lost where the log is on a full disk. Raises BrokenPipeError when nobody reads any more: then all is over."""
    try:
        # Not print: what it could not write it would try to write again at the exit, and fail there.
        os.write(sys.stdout.fileno(), f"supervisor: {text}\n".encode())
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise


def write_pid(pid: int) -> str | None:
    """None when it is written, else why it is not."""
    return _write("pid", f"{pid}\n")


def write_renewal(outcome: str) -> str | None:
    """For bin/restart: `renewed`, or why not. None when it is written, else why it is not."""
    return _write("renewal", f"{outcome}\n")


def _write(kind: str, text: str) -> str | None:
    """Whole or not at all, for those who look in the meantime."""
    if not NAME:
        return None
    file = VAR_DIR / "pids" / f"{NAME}.{kind}"
    unfinished = file.with_name(f"{file.name}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(text)
        unfinished.replace(file)
    except OSError as error:
        return f"cannot write {file}: {error.strerror}"
    return None
