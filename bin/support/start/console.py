"""What people see in the terminal: our own lines always, those of the processes unless it is to be quiet."""

import sys
import time

from log import Log


class Console:
    """Everything said goes through the log, so that both have the same lines in the same order."""

    def __init__(self, log: Log, *, quiet: bool) -> None:
        self._log = log
        self._quiet = quiet
        self._began = time.monotonic()
        if not quiet:
            log.on_line(self._print)

    def say(self, text: str) -> None:
        self._log.write(text)
        if self._quiet:
            self._print(text)

    def progress(self, text: str) -> None:
        self.say(f"[{time.monotonic() - self._began:5.1f} s] {text}")

    def show_log_end(self, lines: int = 40) -> None:
        """When the terminal did not show the log: the end of it, which says what went wrong."""
        if self._quiet:
            self._print(f"The last lines of {self._log.path}:")
            for line in self._log.last_lines(lines):
                self._print(f"  {line}")

    def _print(self, text: str) -> None:
        try:
            print(text, flush=True)
        except OSError:
            # The terminal is gone. The log goes on, and whoever closed the terminal sends SIGHUP.
            sys.stdout = open("/dev/null", "w")  # noqa: SIM115
