"""Taking turns: instances that want to change the same class queue up for it, so that they do not decide in vain.

The class's version decides who changes it; of three instances that begin at once, two are refused, and the work of
both is lost. So a class that was refused to somebody is changed in turns for a while. An instance that waits for its
turn gathers requests meanwhile, and learns from the last one how the class is now, which saves reading it. Both are
hints (adapters.turn_queue): who holds a turn for too long loses it, who waits for too long or finds no Redis goes on
without.
"""

import logging
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from threading import Lock

from enrollment import metrics
from enrollment.domain.class_section import ClassSection
from enrollment.service.ports import Place, TurnQueue
from enrollment.service.recent_sections import RecentSections
from kit import faults
from kit.errors import Unavailable

log = logging.getLogger(__name__)

CONTENDED_S = 30.0  # after the last sign of others: to find out anew costs each instance a refused transaction
STUCK_AFTER = 4  # times as long as a turn of ours takes, whoever has it may be dead or frozen
STUCK_S = (0.1, 0.5)  # at least, at most
LONGEST_WAIT_S = 0.6
LOOK_EVERY_S = 0.02  # whether who has the turn is stuck, and for a call that was lost
WITHOUT_S = 5.0  # no turns, after Redis did not answer
MOST_CLASSES = 10_000


class Turns:
    """Threads may share it; one thread at a time takes the turn of a class."""

    def __init__(
        self,
        queue: TurnQueue,
        recent: RecentSections,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._queue = queue
        self._recent = recent
        self._clock = clock
        self._name = uuid.uuid4().hex[:12]
        self._numbers = count(1)
        self._lock = Lock()
        self._contended_until: OrderedDict[int, float] = OrderedDict()
        self._without_until = float("-inf")
        self._usual_s = STUCK_S[0] / STUCK_AFTER

    def contended(self, class_id: int) -> None:
        """Others change this class, too."""
        with self._lock:
            self._contended_until[class_id] = self._clock() + CONTENDED_S
            self._contended_until.move_to_end(class_id)
            if len(self._contended_until) > MOST_CLASSES:
                self._contended_until.popitem(last=False)

    @contextmanager
    def turn(self, class_id: int) -> Iterator[None]:
        """Wait for it, for a short while at most, if others want the class. Raises nothing."""
        if not self._takes_turns(class_id):
            yield
            return
        token = f"{self._name}:{next(self._numbers)}"
        try:
            self._wait(class_id, token)
            before, began = self._recent.last_committed(class_id), self._clock()
            faults.point("turn.come")
            yield
            self._usual_s += (self._clock() - began - self._usual_s) / 8
        finally:
            self._leave(class_id, token, before)

    def _takes_turns(self, class_id: int) -> bool:
        now = self._clock()
        with self._lock:
            if now < self._contended_until.get(class_id, 0.0):
                return now >= self._without_until
            self._contended_until.pop(class_id, None)
        return False

    def _wait(self, class_id: int, token: str) -> None:
        try:
            place = self._first_place(class_id, token, self._clock() + LONGEST_WAIT_S)
            if place is None:
                metrics.TURNS_MISSED.inc()
            elif place.left:
                self._recent.told(place.left)
        except Exception as error:  # a guard: no hint may keep a class from being changed
            self._go_without(error)

    def _first_place(self, class_id: int, token: str, end: float) -> Place | None:
        """None if it has not come by then. The instance that leaves the first place calls the next; a call may get
        lost.
        """
        first, since = "", self._clock()
        while True:  # bounded: by `end`
            place = self._queue.stand(class_id, token, first if self._is_stuck(since) else "")
            if place.first == token:
                return place
            self.contended(class_id)
            now = self._clock()
            if place.first != first:
                first, since = place.first, now
            if now >= end:
                return None
            if called := self._queue.await_call(class_id, token, LOOK_EVERY_S):
                return called

    def _is_stuck(self, since: float) -> bool:
        least, most = STUCK_S
        return self._clock() - since >= min(max(STUCK_AFTER * self._usual_s, least), most)

    def _leave(self, class_id: int, token: str, before: ClassSection | None) -> None:
        if self._clock() < self._without_until:
            return
        now = self._recent.last_committed(class_id)
        committed = now and (before is None or now.is_newer_than(before))
        try:
            if self._queue.leave(class_id, token, now if committed else None):
                self.contended(class_id)
        except Exception as error:  # a guard, as above
            self._go_without(error)

    def _go_without(self, error: Exception) -> None:
        log.warning("no turns for %g s: %s", WITHOUT_S, error, exc_info=not isinstance(error, Unavailable))
        self._without_until = self._clock() + WITHOUT_S
