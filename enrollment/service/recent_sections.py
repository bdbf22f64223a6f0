"""Class sections as this process last committed them: under load, the next enrollment is decided without reading.

That is optimistic: another process may have changed the class since. A transaction decided so holds only if the class
is still at that version, so a stale section costs a refused transaction and never a wrong decision. After one, the
class is read before each decision for a while, unless who has committed last tells (service.turns).
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from enrollment.domain.class_section import ClassSection

MOST_CLASSES = 10_000
CAUTIOUS_S = 1.0


class RecentSections:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._sections: OrderedDict[int, ClassSection] = OrderedDict()
        self._cautious_until: dict[int, float] = {}

    def get(self, class_id: int) -> ClassSection | None:
        """A copy of the section, if it is probably still current."""
        with self._lock:
            cautious = self._clock() < self._cautious_until.get(class_id, 0)
            section = None if cautious else self._sections.get(class_id)
            return replace(section) if section else None

    def last_committed(self, class_id: int) -> ClassSection | None:
        """A copy of the section as this process has committed it last, however long ago."""
        with self._lock:
            section = self._sections.get(class_id)
            return replace(section) if section else None

    def committed(self, section: ClassSection) -> None:
        """This process has just committed this section."""
        with self._lock:
            self._keep(section)
            if self._clock() >= self._cautious_until.get(section.class_id, 0):
                self._cautious_until.pop(section.class_id, None)

    def told(self, section: ClassSection) -> None:
        """Another process has committed this section, and nobody has since."""
        with self._lock:
            self._cautious_until.pop(section.class_id, None)
            known = self._sections.get(section.class_id)
            if known is None or section.is_newer_than(known):
                self._keep(section)

    def invalidate(self, class_id: int) -> None:
        """The section was stale, or nobody knows what was committed."""
        with self._lock:
            if self._sections.pop(class_id, None):
                self._cautious_until[class_id] = self._clock() + CAUTIOUS_S

    def _keep(self, section: ClassSection) -> None:
        self._sections[section.class_id] = replace(section)
        self._sections.move_to_end(section.class_id)
        if len(self._sections) > MOST_CLASSES:
            self._sections.popitem(last=False)
