"""What HAProxy says on its standard error, as lines of our log: the ordinary course of things is no warning."""

import logging
import re
import time
from collections.abc import Callable

STARTING_S = 60.0  # services that start beside us are waited for, and not down

_TAGGED = re.compile(r"\[(NOTICE|WARNING|ALERT)\]\s+\(\d+\) : (.*)")
_LEVELS = {"NOTICE": logging.INFO, "WARNING": logging.WARNING, "ALERT": logging.ERROR}
# A reload, and the end.
_ORDINARY = re.compile(
    r"Proxy \S+ stopped|Stopping |Former worker|Exiting|All workers exited|Reloading|Loading success|Initializing|"
    r"New worker|Server \S+ is UP"
)
_DOWN = re.compile(r"Server (\S+) is DOWN, reason: ([^,]+)")
_NONE_LEFT = re.compile(r"backend '(\w+)' has no server available!")


class Messages:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()

    def read(self, line: str) -> tuple[int, str]:
        """The level, and the text without HAProxy's own tags."""
        tagged = _TAGGED.match(line)
        if tagged is None:
            return logging.WARNING, line
        text = tagged[2]
        if self._clock() - self._began < STARTING_S:
            if down := _DOWN.match(text):
                return logging.INFO, f"waiting for {down[1]} ({down[2]})"
            if none_left := _NONE_LEFT.match(text):
                return logging.INFO, f"there is no {none_left[1]} yet"
        return logging.INFO if _ORDINARY.match(text) else _LEVELS[tagged[1]], text
