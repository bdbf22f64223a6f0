"""Threads that do jobs. They are daemons: one that hangs does not keep the process from ending."""

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue

from kit.concurrency import threads

log = logging.getLogger(__name__)


class WorkerPool:
    def __init__(self, count: int, name: str) -> None:
        # bounded: by the prefetch of the consumer, which gives each message one job.
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._unfinished = 0
        self._lock = threading.Lock()
        for number in range(count):
            threads.keep_running(f"{name}-{number}", self._run)

    def do(self, job: Callable[[], None]) -> None:
        with self._lock:
            self._unfinished += 1
        self._jobs.put(job)

    @property
    def unfinished(self) -> int:
        """How many jobs are under way or wait for a thread."""
        return self._unfinished

    @property
    def idle(self) -> bool:
        with self._lock:
            return self._unfinished == 0

    def _run(self) -> None:
        while True:  # bounded: by the process's life
            job = self._jobs.get()  # bounded: nobody waits for a thread without a job
            try:
                job()
            except Exception:
                log.exception("a job failed; its message stays unacknowledged until the connection is replaced")
            finally:
                with self._lock:
                    self._unfinished -= 1
