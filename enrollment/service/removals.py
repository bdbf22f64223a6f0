"""Removing classes: everybody in one becomes dropped, then the class is gone, and what Redis showed of its line.

The first step decides: from then on the class exists for nobody, and whoever finds it, this process or the reconciler,
removes it to the end. So a reply need not wait for twelve thousand students to be dropped.
"""

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

from enrollment.domain.class_history import last_entry
from enrollment.domain.errors import ClassUnknown
from enrollment.domain.history import SYSTEM, Actor
from enrollment.domain.moments import now_as_text
from enrollment.service.enrollments import Enrollments
from enrollment.service.ports import Classes, Forgets, Rosters
from kit.errors import AppError
from kit.observability import correlation

log = logging.getLogger(__name__)

REPLY_WITHIN_S = 1.5
_AT_ONCE = 2  # each is a series of transactions, which others' requests should not have to wait for


class Removals:
    def __init__(
        self,
        classes: Classes,
        rosters: Rosters,
        enrollments: Enrollments,
        cache: Forgets,
        reply_within_s: float = REPLY_WITHIN_S,
    ) -> None:
        self._classes = classes
        self._rosters = rosters
        self._enrollments = enrollments
        self._cache = cache
        self._reply_within_s = reply_within_s
        # bounded: by the number of classes being removed, each of which is submitted once.
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="removal")
        self._lock = Lock()
        self._under_way: dict[int, Future[bool]] = {}

    def remove(self, class_id: int, by: Actor = SYSTEM) -> bool:
        """Take the class away. True: nothing of it is left; False: that goes on. Raises ClassUnknown, Unavailable."""
        self._enrollments.begin_removal(class_id, by)
        try:
            return self._finishing(class_id, by).result(self._reply_within_s)
        except TimeoutError:
            return False

    def finish(self, class_id: int, by: Actor = SYSTEM) -> None:
        """Remove to the end what is in removal; somebody else may do the same, or have done it. Raises Unavailable."""
        try:
            self._enrollments.withdraw_all(class_id, by)
            section = self._rosters.require_section(class_id)
            # Before the class goes: should Redis be away, the class stays in removal, and nothing is left behind.
            self._cache.forget(class_id)
            self._classes.delete(section, last_entry(section, now_as_text(), by, correlation.current()))
        except ClassUnknown:
            log.info("class %d was removed by another process", class_id)

    def _finishing(self, class_id: int, by: Actor) -> "Future[bool]":
        with self._lock:
            future = self._under_way.get(class_id)
            if future is None:
                finish = correlation.carried(self._finish)
                future = self._under_way[class_id] = self._pool.submit(finish, class_id, by)
            return future

    def _finish(self, class_id: int, by: Actor) -> bool:
        try:
            self.finish(class_id, by)
        except AppError as error:
            log.warning("class %d is left to the reconciler to remove: %s", class_id, error)
            return False
        finally:
            with self._lock:
                del self._under_way[class_id]
        return True
