"""Single flight: who asks for what is being worked out already shares the outcome, be it a result or a failure."""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, Generic, TypeVar

from kit.concurrency import deadline
from kit.errors import Unavailable

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

LONGEST_WAIT_S = 60.0  # in a thread, where no deadline is set


class SingleFlight(Generic[K, T]):
    """`work(key)` runs in one of `threads` threads, at most once at a time for each key.

    Each who waits leaves at its own deadline; the work goes on for the others.
    """

    def __init__(self, work: Callable[[K], T], threads: int, name: str) -> None:
        self._work = work
        self._name = name
        # bounded: by the keys that are asked for, each of which is worked out once at a time.
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._lock = Lock()
        self._flights: dict[K, Future[T]] = {}

    def start(self, key: K) -> "Future[T]":
        """The outcome of the work under way for this key, or else of work that begins now. Returns at once."""
        with self._lock:
            flight = self._flights.get(key)
            if flight is None:
                flight = self._flights[key] = self._pool.submit(self._land, key)
            return flight

    def run(self, key: K) -> T:
        """The outcome. Raises what the work raised, and Unavailable at the deadline."""
        try:
            return self.start(key).result(deadline.remaining(LONGEST_WAIT_S))
        except TimeoutError:
            raise self._late() from None

    async def wait(self, key: K, timeout_s: float) -> T:
        """As `run`, for the event loop."""
        try:
            flight = asyncio.wrap_future(self.start(key))
            flight.add_done_callback(_outcome_is_seen)  # also of one that everybody has left
            return await asyncio.wait_for(asyncio.shield(flight), timeout_s)
        except TimeoutError:
            raise self._late() from None

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _land(self, key: K) -> T:
        try:
            return self._work(key)
        finally:
            with self._lock:
                del self._flights[key]

    def _late(self) -> Unavailable:
        return Unavailable(f"The service is busy ({self._name}); ask again in a moment", retry_after_s=1)


def _outcome_is_seen(flight: "asyncio.Future[Any]") -> None:
    """Else asyncio complains of an exception that was never retrieved."""
    if not flight.cancelled():
        flight.exception()
