"""Group commit: commands of the same key that arrive while one is being carried out are carried out together next.

So a rush costs one transaction, or one round trip, for many commands, and those of one process never conflict with each
other. The thread that finds nobody at work leads; when its batch is done, it hands the lead to the first in the queue.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Generic, TypeVar

C = TypeVar("C")
R = TypeVar("R")


@dataclass
class _Ticket(Generic[C, R]):
    command: C
    called: Event = field(default_factory=Event)  # the outcome is there, or it is this ticket's turn to lead
    outcome: R | Exception | None = None


class GroupCommit(Generic[C, R]):
    """`commit(key, commands)` returns one outcome for each command, in order; an exception among them is raised."""

    def __init__(self, commit: Callable[[int, Sequence[C]], Sequence[R | Exception]], largest: int) -> None:
        self._commit = commit
        self._largest = largest
        self._lock = Lock()
        self._queues: dict[int, deque[_Ticket[C, R]]] = {}  # a key is present while somebody leads

    def run(self, key: int, command: C) -> R:
        """The outcome of the command, committed in some batch of its key. Commands of a key keep their order."""
        ticket: _Ticket[C, R] = _Ticket(command)
        with self._lock:
            queue = self._queues.get(key)
            if queue is None:
                self._queues[key] = deque((ticket,))
            else:
                queue.append(ticket)
        if queue is not None:
            ticket.called.wait()
        if ticket.outcome is None:
            self._lead(key)
        if isinstance(ticket.outcome, Exception):
            raise ticket.outcome
        assert ticket.outcome is not None
        return ticket.outcome

    def _lead(self, key: int) -> None:
        queue = self._queues[key]
        with self._lock:
            batch = [queue.popleft() for _ in range(min(len(queue), self._largest))]
        outcomes: Sequence[R | Exception]
        try:
            outcomes = self._commit(key, [ticket.command for ticket in batch])
        except Exception as error:  # every caller of the batch learns of it
            outcomes = [error] * len(batch)
        with self._lock:
            successor = queue[0] if queue else None
            if successor is None:
                del self._queues[key]
        for ticket, outcome in zip(batch, outcomes, strict=True):
            ticket.outcome = outcome
            ticket.called.set()
        if successor is not None:
            successor.called.set()
