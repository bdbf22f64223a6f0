"""The wish to end, requested by SIGTERM or SIGINT.

A plain flag and not threading.Event: setting an event from a signal handler can deadlock with the very thread it
interrupts while that holds the event's lock.
"""

import signal
import time
from collections.abc import Callable

_STEP_S = 0.1


class Shutdown:
    def __init__(self) -> None:
        self.requested = False

    def listen(self) -> None:
        """Let SIGTERM and SIGINT request it. Call it in the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.request())

    def request(self) -> None:
        self.requested = True

    def pause(self, seconds: float) -> None:
        """Wait for so long, or until it is requested."""
        expired = self.deadline(seconds)
        while not self.requested and not expired():
            time.sleep(min(_STEP_S, seconds))

    @staticmethod
    def deadline(seconds: float) -> Callable[[], bool]:
        """A function that says whether so many seconds have passed."""
        end = time.monotonic() + seconds
        return lambda: time.monotonic() >= end
