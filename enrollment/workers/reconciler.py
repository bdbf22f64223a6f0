"""The reconciler: repairs what a process that died left half done, `python -m enrollment.workers.reconciler`.

At its start and then every `RECONCILE_INTERVAL_S`, for each class:
- a class in removal is removed to the end;
- a seat that is free while somebody waits goes to the head of the line, and a circle of swaps is turned;
- who is passed over by the rule of one section per course, and need not be any more, is in turn again;
- a line that Redis shows at an earlier version than DynamoDB's, or with marks left behind, is rebuilt.
Beside it threads end offers that run out (workers.offer_expirer).
When nothing is wrong this costs one DynamoDB read and one Redis round trip (to each node of a cluster) for every
hundred classes. The classes whose node of a cluster is away are left to the next pass.
"""

import logging
from collections.abc import Callable, Iterator

from enrollment import metrics
from enrollment.adapters.class_store import ClassStore
from enrollment.adapters.waitlist_cache import WaitlistCache
from enrollment.bootstrap import Dependencies
from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.errors import ClassUnknown
from enrollment.domain.waitlist import Reading
from enrollment.service.courses import Courses
from enrollment.service.enrollments import Enrollments
from enrollment.service.removals import Removals
from enrollment.service.waitlist_rebuilder import WaitlistRebuilder
from enrollment.workers.offer_expirer import OfferExpirer
from enrollment.workers.startup import start
from kit.concurrency import threads
from kit.errors import AppError, Unavailable
from kit.web.health_port import Probe

log = logging.getLogger(__name__)


class Reconciler:
    def __init__(
        self,
        classes: ClassStore,
        cache: WaitlistCache,
        rebuilder: WaitlistRebuilder,
        enrollments: Enrollments,
        courses: Courses,
        removals: Removals,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._classes = classes
        self._cache = cache
        self._rebuilder = rebuilder
        self._enrollments = enrollments
        self._courses = courses
        self._removals = removals
        self._stopped = stopped

    def run_once(self) -> list[str]:
        """Repair everything that is wrong now; returns a sentence for each repair.

        A class that cannot be repaired now is left to the next pass. Raises Unavailable when a store is away.
        """
        repaired = [f"course {course}: its rule is carried out" for course in self._courses.carry_out_all()]
        left: list[int] = []
        for section, shown in self._compared():
            if self._stopped():
                break
            if shown is None:
                left.append(section.class_id)
            else:
                repaired += self._repair_if_possible(section, shown)
        if left:
            log.warning("%d classes are left to the next pass, whose node of Redis is away: %d…", len(left), left[0])
        return repaired

    def _compared(self) -> Iterator[tuple[ClassSection, Reading | None]]:
        """Each class, and what Redis shows of it."""
        for status in ClassStatus:
            for page in self._classes.pages(status):
                yield from zip(page, self._cache.readings([each.class_id for each in page]), strict=True)

    def _repair_if_possible(self, section: ClassSection, shown: Reading) -> list[str]:
        try:
            return self._repair(section, shown)
        except AppError as error:
            log.warning("class %d is left to the next pass: %s", section.class_id, error)
        except Exception:  # of one class: the others are looked at all the same
            log.exception("class %d cannot be repaired", section.class_id)
        return []

    def _repair(self, section: ClassSection, shown: Reading) -> list[str]:
        class_id = section.class_id
        repaired = []
        try:
            if section.status is ClassStatus.REMOVING:
                self._removals.finish(class_id)
                metrics.REPAIRS.labels("removal").inc()
                return [f"class {class_id}: removed to the end"]
            if section.has_vacancy_for_waitlist:
                self._enrollments.promote_waiting(class_id)
                metrics.REPAIRS.labels("seats").inc()
                repaired.append(f"class {class_id}: free seats given to the line")
            elif section.waiting_swaps:
                self._enrollments.promote_waiting(class_id)
            if section.skipped:
                self._enrollments.end_skips(class_id)
            if _is_wrong(shown, section) and self._rebuilder.rebuild(class_id):
                metrics.REPAIRS.labels("line").inc()
                repaired.append(f"class {class_id}: waitlist rebuilt in Redis")
        except ClassUnknown:
            pass  # removed meanwhile
        return repaired


def _is_wrong(shown: Reading, section: ClassSection) -> bool:
    """Whether Redis shows another line than the class had when it was read, a moment before.

    A later version is right, and so is an earlier one while a change is on its way. Where nobody waits and nobody is
    shown, it does not matter what else Redis knows.
    """
    if not (section.current_waitlist or shown.length):
        return False
    if not shown.is_fresh:
        return not shown.is_catching_up
    return shown.no_pending_writes and (shown.version or 0) < section.line_version


def _probes(deps: Dependencies) -> dict[str, Probe]:
    return {"dynamodb": deps.require_tables, "redis": deps.waitlists.ping}


def main() -> None:
    settings, deps, shutdown = start("reconciler", _probes)
    deps.outbox_publisher.start()
    reconciler = Reconciler(
        deps.classes,
        deps.waitlists,
        deps.rebuilder,
        deps.enrollments,
        deps.courses,
        deps.removals,
        lambda: shutdown.requested,
    )
    expirer = OfferExpirer(deps.rosters, deps.enrollments)
    threads.keep_running("expire-offers", lambda: expirer.run(shutdown))
    log.info("comparing the stores every %s s", settings.reconcile_interval_s)
    while not shutdown.requested:
        try:
            for sentence in reconciler.run_once():
                log.warning("repaired %s", sentence)
        except Unavailable as error:
            log.warning("cannot compare the stores now: %s", error)
        except Exception:  # nobody else would repair what the next pass may well repair
            log.exception("cannot compare the stores")
        shutdown.pause(settings.reconcile_interval_s)
    deps.outbox_publisher.close()
    deps.listing.close()


if __name__ == "__main__":
    main()
