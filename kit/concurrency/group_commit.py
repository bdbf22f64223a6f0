"""Group commit: commands of the same key that arrive while one is being carried out are carried out together next.

So a rush costs one transaction, or one round trip, for many commands, and those of one process never conflict with each
other. Waiting takes no thread: a key takes one while a batch of it is carried out, so a key that is stuck does not
take what the others need. How many may wait for a key is bounded.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

from kit.concurrency import deadline
from kit.errors import Unavailable

C = TypeVar("C")
R = TypeVar("R")

LONGEST_WAIT_S = 60.0  # where no deadline is set


@dataclass
class _Request(Generic[C, R]):
    command: C
    outcome: "Future[R]" = field(default_factory=Future)
    context: Context = field(default_factory=copy_context)


class GroupCommit(Generic[C, R]):
    """`commit(key, commands)` returns one outcome for each command, in order; an exception among them is raised.

    It runs in a thread, in the context of the oldest command of its batch. `turn(key)` is entered before a batch is
    gathered and left when it is carried out; it raises nothing.
    """

    def __init__(
        self,
        commit: Callable[[int, Sequence[C]], Sequence[R | Exception]],
        largest: int,
        threads: int,
        most_waiting: int,
        turn: Callable[[int], AbstractContextManager[None]] = lambda _: nullcontext(),
    ) -> None:
        self._commit = commit
        self._largest = largest
        self._most_waiting = most_waiting
        self._turn = turn
        self._lock = Lock()
        self._queues: dict[int, deque[_Request[C, R]]] = {}  # a key is present while a batch of it is carried out
        # bounded: by the keys under way, each of which has one leader, and `most_waiting` for each.
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="commit")

    def submit(self, key: int, command: C) -> "Future[R]":
        """The outcome of the command, committed in some batch of its key. Commands of a key keep their order.

        A command whose future is cancelled before its batch has begun is never carried out. Raises Unavailable when
        too many wait.
        """
        request, leads = self._enqueue(key, command)
        if leads:
            self._pool.submit(request.context.run, self._lead, key)
        return request.outcome

    def run(self, key: int, command: C) -> R:
        """The outcome of the command, waited for. In calm times the caller's own thread carries it out."""
        request, leads = self._enqueue(key, command)
        if leads:
            self._lead(key)
        try:
            return request.outcome.result(deadline.remaining(LONGEST_WAIT_S))
        except TimeoutError:
            request.outcome.cancel()
            raise Unavailable("This takes too long; ask again in a moment") from None

    def _enqueue(self, key: int, command: C) -> tuple[_Request[C, R], bool]:
        """The request, and whether nobody leads its key yet."""
        request: _Request[C, R] = _Request(command)
        with self._lock:
            queue = self._queues.get(key)
            if queue is None:
                self._queues[key] = deque((request,))
            elif len(queue) >= self._most_waiting:
                raise Unavailable("Very many ask for this at once; ask again in a moment", retry_after_s=1)
            else:
                queue.append(request)
        return request, queue is None

    def _lead(self, key: int) -> None:
        with self._turn(key):
            batch = self._next_batch(key)
            outcomes: Sequence[R | Exception] = []
            try:
                if batch:
                    outcomes = self._commit(key, [request.command for request in batch])
            except Exception as error:  # every caller of the batch learns of it
                outcomes = [error] * len(batch)
        with self._lock:
            queue = self._queues[key]
            successor = queue[0] if queue else None
            if successor is None:
                del self._queues[key]
        if successor is not None:
            self._pool.submit(successor.context.run, self._lead, key)
        for request, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Exception):
                request.outcome.set_exception(outcome)
            else:
                request.outcome.set_result(outcome)

    def _next_batch(self, key: int) -> list[_Request[C, R]]:
        batch: list[_Request[C, R]] = []
        with self._lock:
            queue = self._queues[key]
            while queue and len(batch) < self._largest:
                request = queue.popleft()
                if request.outcome.set_running_or_notify_cancel():
                    batch.append(request)
        return batch
