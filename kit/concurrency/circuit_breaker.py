"""A store that is silent must not cost every request its whole time: after one time-out the next calls fail at once.

The circuit opens when a call timed out and no other call was answered while it waited: a store that answers slowly is
not silent. While it is open, one call at a time is let through to find out whether the store is back.
"""

import time
from collections.abc import Callable
from threading import Lock

from kit.errors import Unavailable


class CircuitBreaker:
    """One for each client. Threads may share it."""

    def __init__(self, store: str, probe_after_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._probe_after_s = probe_after_s
        self._clock = clock
        self._lock = Lock()
        self._open = False
        self._probe_at = 0.0
        self.answered_at = float("-inf")
        """When the store last answered anything, on the monotonic clock."""

    @property
    def open(self) -> bool:
        return self._open

    def admit(self) -> float:
        """The present moment, for `silent`. Raises Unavailable while the circuit is open."""
        now = self._clock()
        if not self._open:
            return now
        with self._lock:
            if self._open and now < self._probe_at:
                raise Unavailable(f"{self._store} does not answer; ask again in a moment")
            self._probe_at = now + self._probe_after_s
            return now

    def answered(self) -> None:
        """The store answered a call, be it with a refusal."""
        self.answered_at = self._clock()
        self._open = False

    def silent(self, since: float) -> None:
        """A call that began then has timed out."""
        with self._lock:
            if self.answered_at < since:
                self._open, self._probe_at = True, self._clock() + self._probe_after_s
