"""What the supervisor leaves for others to read: lines in the log, and files in $VAR_DIR/pids."""

import os
from pathlib import Path

NAME = os.environ.get("HONCHO_PROCESS_NAME", "")
VAR_DIR = Path(os.environ.get("VAR_DIR", "var"))


def say(text: str) -> None:
    print(f"supervisor: {text}", flush=True)


def write_pid(pid: int) -> None:
    _write("pid", f"{pid}\n")


def write_renewal(outcome: str) -> None:
    """For bin/restart: `renewed`, or why not."""
    _write("renewal", f"{outcome}\n")


def _write(kind: str, text: str) -> None:
    """Whole or not at all, for those who look in the meantime."""
    if NAME:
        folder = VAR_DIR / "pids"
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / f"{NAME}.{kind}.new"
        unfinished.write_text(text)
        unfinished.replace(folder / f"{NAME}.{kind}")
