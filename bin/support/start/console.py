"""What people see: our own lines, and those of the processes, in the terminal and in the log."""

import sys
import time
from pathlib import Path


class Console:
    """`say` speaks to the person in the terminal; `log_line` is for the log, and for the terminal unless quiet."""

    def __init__(self, log: Path, *, quiet: bool) -> None:
        self._log = log.open("a", encoding="utf-8", buffering=1)
        self._quiet = quiet
        self._path = log
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        self._log.write(text + "\n")
        self._print(text)

    def progress(self, text: str) -> None:
        self.say(f"[{time.monotonic() - self._began:5.1f} s] {text}")

    def log_line(self, line: str) -> None:
        self._log.write(line)
        if not self._quiet:
            self._print(line.rstrip("\n"))

    def show_log_end(self, lines: int = 40) -> None:
        """When the terminal did not show the log: the end of it, which says what went wrong."""
        if self._quiet:
            self._print(f"The last lines of {self._path}:")
            for line in self._path.read_text(errors="replace").splitlines()[-lines:]:
                self._print(f"  {line}")

    def _print(self, text: str) -> None:
        try:
            print(text, flush=True)
        except OSError:
            # The terminal is gone. The log goes on, and whoever closed the terminal sends SIGHUP.
            sys.stdout = open("/dev/null", "w")  # noqa: SIM115
