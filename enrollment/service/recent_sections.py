"""The facts of classes as this process last committed them: in a rush, the next enrollment is decided without reading.

That is a guess: another process may have changed the class since. A transaction decided on a guess holds only if the
class is still at that version, so a wrong guess costs a refused transaction and never a wrong decision. After one, the
class is read before each decision for a while.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from enrollment.domain.roster import ClassSection

MOST_CLASSES = 10_000
CAUTIOUS_S = 1.0


class RecentSections:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._facts: OrderedDict[int, ClassSection] = OrderedDict()
        self._cautious_until: dict[int, float] = {}

    def guess(self, class_id: int) -> ClassSection | None:
        """A copy of the facts, if they are probably still true."""
        with self._lock:
            facts = self._facts.get(class_id)
            return replace(facts) if facts else None

    def committed(self, facts: ClassSection) -> None:
        """This process has just committed these facts."""
        with self._lock:
            if self._clock() < self._cautious_until.get(facts.class_id, 0):
                return
            self._cautious_until.pop(facts.class_id, None)
            self._facts[facts.class_id] = replace(facts)
            self._facts.move_to_end(facts.class_id)
            if len(self._facts) > MOST_CLASSES:
                self._facts.popitem(last=False)

    def doubt(self, class_id: int) -> None:
        """The facts were not true any more, or nobody knows what was committed."""
        with self._lock:
            if self._facts.pop(class_id, None):
                self._cautious_until[class_id] = self._clock() + CAUTIOUS_S
