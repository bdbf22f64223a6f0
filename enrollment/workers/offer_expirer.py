"""Ends offers that were not answered in time: a thread of the reconciler's process.

The time at which an offer runs out is stored with it, in an index in order of that time. So no timer is lost when a
process dies, and looking costs the same however many offers are open. Several may look at the same time.
"""

import logging
from collections import defaultdict

from enrollment.adapters.roster_store import RosterStore
from enrollment.domain.errors import ClassUnknown
from enrollment.service.enrollments import Enrollments
from kit.concurrency.shutdown import Shutdown
from kit.errors import AppError, Unavailable

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5


class OfferExpirer:
    def __init__(self, rosters: RosterStore, enrollments: Enrollments) -> None:
        self._rosters = rosters
        self._enrollments = enrollments

    def run(self, shutdown: Shutdown) -> None:
        """Until shutdown is requested."""
        while not shutdown.requested:
            try:
                self.run_once()
            except Unavailable as error:
                log.info("offers end when DynamoDB is back: %s", error)
            shutdown.pause(LOOK_EVERY_S)

    def run_once(self) -> int:
        """End the offers that have run out by now; returns how many it looked at. Raises Unavailable."""
        by_class: dict[int, list[int]] = defaultdict(list)
        for class_id, student_id in self._rosters.offers_run_out(int(self._rosters.now_s())):
            by_class[class_id].append(student_id)
        for class_id, student_ids in by_class.items():
            try:
                self._enrollments.expire_offers(class_id, student_ids)
            except ClassUnknown:
                pass  # being removed: its offers end with it
            except AppError as error:
                log.warning("offers of class %d end later: %s", class_id, error)
        return sum(map(len, by_class.values()))
