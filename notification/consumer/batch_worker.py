"""A thread that does together what has gathered while it did what came before."""

import logging
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from kit.concurrency import threads

log = logging.getLogger(__name__)
T = TypeVar("T")


class BatchWorker(Generic[T]):
    """In calm times a batch is one item and waits for nothing; under load batches grow, and each item costs less.

    The thread is a daemon: when it hangs, it does not keep the process from ending.
    """

    def __init__(self, process: Callable[[list[T]], None], largest: int, name: str) -> None:
        self._process = process
        self._largest = largest
        # bounded: by the prefetch of the consumer.
        self._items: SimpleQueue[T] = SimpleQueue()
        self._unfinished = 0
        self._lock = threading.Lock()
        threads.keep_running(name, self._run)

    def put(self, item: T) -> None:
        """From any thread; returns at once."""
        with self._lock:
            self._unfinished += 1
        self._items.put(item)

    @property
    def idle(self) -> bool:
        with self._lock:
            return self._unfinished == 0

    def _run(self) -> None:
        while True:  # bounded: by the process's life
            batch = self._gathered()
            try:
                self._process(batch)
            except Exception:
                log.exception("a batch failed; its messages stay unacknowledged until the connection is replaced")
            finally:
                with self._lock:
                    self._unfinished -= len(batch)

    def _gathered(self) -> list[T]:
        batch = [self._items.get()]  # bounded: nobody waits for a thread that has nothing to do
        try:
            while len(batch) < self._largest:
                batch.append(self._items.get_nowait())
        except Empty:
            pass
        return batch
