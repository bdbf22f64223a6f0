"""Many notices for one student at once: the first are sent one by one, what follows is gathered into one mail."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

WINDOW_S = 60.0
MOST_GATHERED = 50  # in one mail


@dataclass
class _Recipient(Generic[T]):
    sent: deque[float] = field(default_factory=deque)  # when, for those of the last WINDOW_S
    gathered: list[T] = field(default_factory=list)
    due_s: float = 0.0


class Digests(Generic[K, T]):
    """Thread-safe. After `after` items to one recipient within a minute, further ones are gathered for `wait_s`.

    `most_held` is how many may be gathered for all recipients together; beyond, the oldest are due. `after` of 0
    gathers nothing.
    """

    def __init__(
        self, *, after: int, wait_s: float, most_held: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._after = after
        self._wait_s = wait_s
        self._most_held = most_held
        self._clock = clock
        self._lock = Lock()
        self._recipients: OrderedDict[K, _Recipient[T]] = OrderedDict()
        self._held = 0

    @property
    def held(self) -> int:
        return self._held

    def arrive(self, recipient: K, item: T) -> list[T]:
        """The mails to send now: the item, all that was gathered, or nothing."""
        if not self._after:
            return [item]
        with self._lock:
            now = self._clock()
            one = self._recipients.setdefault(recipient, _Recipient())
            while one.sent and one.sent[0] < now - WINDOW_S:
                one.sent.popleft()
            if not one.gathered and len(one.sent) < self._after:
                one.sent.append(now)
                return [item]
            if not one.gathered:
                one.due_s = now + self._wait_s
            one.gathered.append(item)
            self._held += 1
            return self._take(one, now) if len(one.gathered) >= MOST_GATHERED else []

    def due(self, *, everything: bool = False) -> list[list[T]]:
        """Events gathered for long enough, by recipient; to be asked for a few times a second."""
        with self._lock:
            now = self._clock()
            taken = []
            for recipient, one in list(self._recipients.items()):
                if one.gathered and (everything or one.due_s <= now or self._held > self._most_held):
                    taken.append(self._take(one, now))
                elif not one.gathered and one.sent[-1] < now - WINDOW_S:
                    del self._recipients[recipient]
            return taken

    def _take(self, one: _Recipient[T], now: float) -> list[T]:
        taken, one.gathered = one.gathered, []
        self._held -= len(taken)
        one.sent.append(now)
        return taken
