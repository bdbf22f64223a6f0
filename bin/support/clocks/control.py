"""Orders to the clocks of a system that runs with `bin/start --clock-faults`."""

import struct
from pathlib import Path

from clocks import FOLDER, LIBRARY


class Clocks:
    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER

    @property
    def names(self) -> list[str]:
        """The processes whose clocks can be changed, as honcho calls them; none if the system was started without."""
        return sorted(file.name for file in self._folder.glob("*.[0-9]*") if file.name != LIBRARY)

    def put(self, name: str, apart_s: float) -> None:
        """So many seconds ahead of the machine's, at once; 0 puts it right."""
        # In one write, and not into a new file: the process has mapped this one.
        with (self._folder / name).open("r+b", buffering=0) as file:
            file.write(struct.pack("=q", round(apart_s * 1e9)))
