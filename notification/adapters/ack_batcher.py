"""Which deliveries of a channel are done, told to the broker in as few acknowledgements as will do.

One acknowledgement for all deliveries up to a tag (AMQP 0-9-1 §1.8.3.13, `multiple`) is one write here and one step of
the quorum queue there; one each is the larger part of what a backlog costs both.
"""

from threading import Lock


class AckBatcher:
    """Delivery tags count from 1 without a gap (AMQP 0-9-1 §1.8.3.13). Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._asked_for = False
        self._first = 1  # every tag below it is acknowledged
        self._done: set[int] = set()
        self._alone: set[int] = set()  # acknowledged, but some tag below is not

    def add(self, tag: int) -> bool:
        """Note that this one is done. Whether somebody must come and take: only the first to ask is told so."""
        with self._lock:
            self._done.add(tag)
            asked, self._asked_for = self._asked_for, True
            return not asked

    def take(self) -> tuple[int, bool]:
        """The tag up to which all are done, 0 for none, and whether there are more beyond it."""
        with self._lock:
            self._asked_for = False
            upto = 0
            while self._first in self._done or self._first in self._alone:
                if self._first in self._done:  # the broker refuses a tag that it has an acknowledgement of
                    upto = self._first
                self._done.discard(self._first)
                self._alone.discard(self._first)
                self._first += 1
            return upto, bool(self._done)

    def take_beyond(self) -> list[int]:
        """Those beyond, to be acknowledged one by one, because one that takes long keeps them from being many."""
        with self._lock:
            taken, self._done = self._done, set()
            self._alone |= taken
        return sorted(taken)
