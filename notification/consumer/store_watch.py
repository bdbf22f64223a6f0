"""Whether the store that claims are kept in is away, and looking for it until it is back."""

from collections.abc import Callable
from threading import Event, Lock

from kit.concurrency import threads
from kit.concurrency.backoff import pauses
from kit.errors import Unavailable

_LETS_GO_WITHIN_S = 2.0


class StoreWatch:
    """Thread-safe. `ping` raises Unavailable while the store is away; `pause` waits for so long or until stopping."""

    def __init__(self, ping: Callable[[], None], stopping: Callable[[], bool], pause: Callable[[float], None]) -> None:
        self._ping = ping
        self._stopping = stopping
        self._pause = pause
        self._lock = Lock()
        self._let_go = Event()
        self.away = False

    def lost(self) -> None:
        """It did not answer for long. Returns when the consumer has let go of its queue, or soon.

        What is given back before would make room for more messages, which the broker would send just to get them back,
        and count that.
        """
        with self._lock:
            if not self.away:
                self._let_go.clear()
                self.away = True
                threads.keep_running("store-watch", self._look)
        self._let_go.wait(_LETS_GO_WITHIN_S)

    def let_go(self) -> None:
        """The consumer holds no more of the queue than it has."""
        self._let_go.set()

    def _look(self) -> None:
        for pause_s in pauses(first_s=0.2, longest_s=2):  # bounded: by the process's life
            if self._stopping():
                return
            self._pause(pause_s)
            try:
                self._ping()
            except Unavailable:
                continue
            self.away = False
            return
