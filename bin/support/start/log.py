"""system.log: every process writes to it through honcho, we too, and the terminal follows it."""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

LineReader = Callable[[str], None]


class Log:
    """The log of this run; that of the run before is kept beside it. Close it to have the last lines read."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.path = folder / "system.log"
        if self.path.exists():
            self.path.replace(self.path.with_name("system.log.1"))
        # Appending, as honcho does on the same file: each writer's lines stay whole.
        self.file = self.path.open("a", encoding="utf-8", buffering=1)
        self._readers: list[LineReader] = []
        self._closing = Event()
        self._follower = Thread(target=self._follow, daemon=True)
        self._follower.start()

    def on_line(self, reader: LineReader) -> None:
        self._readers.append(reader)

    def write(self, text: str) -> None:
        self.file.write(text + "\n")

    def last_lines(self, count: int) -> list[str]:
        return self.path.read_text(errors="replace").splitlines()[-count:]

    def close(self) -> None:
        self._closing.set()
        self._follower.join(2.0)

    def _follow(self) -> None:
        unfinished = ""
        with self.path.open(encoding="utf-8", errors="replace") as lines:
            while True:
                closing = self._closing.is_set()  # before reading: what is written until now is still read
                while line := lines.readline():
                    unfinished += line
                    if unfinished.endswith("\n"):
                        for reader in self._readers:
                            reader(unfinished.rstrip("\n"))
                        unfinished = ""
                if closing:
                    return
                time.sleep(0.05)
