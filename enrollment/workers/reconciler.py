"""The reconciler: repairs what a process that died left half done, `python -m enrollment.workers.reconciler`.

At its start and then every `RECONCILE_INTERVAL_S`:
- a class in removal is removed to the end;
- a seat that is free while somebody waits goes to the head of the line, and a circle of swaps is turned;
- who is passed over by the rule of one section per course, and need not be any more, is in turn again;
- a line that Redis shows at an earlier version than DynamoDB's, or with marks left behind, is rebuilt.

It looks at the classes that changed since the pass before (adapters.class_feed), and at those that were not as they
should be; at all of them at its start, after a process was missed or a server of Redis was emptied, replaced or away,
and every half hour (adapters.heartbeats). So a pass costs what has changed: a few calls when nothing has, and one
DynamoDB read and one Redis round trip (to each node of a cluster) for every hundred classes it looks at. The classes
whose node of a cluster is away are left to the next pass.

Beside it threads end offers that run out (workers.offer_expirer).
"""

import logging
from collections.abc import Callable, Iterable, Iterator

from enrollment import metrics
from enrollment.adapters.class_store import PAGE
from enrollment.bootstrap import Dependencies
from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.errors import ClassUnknown
from enrollment.domain.waitlist import Freshness, Reading
from enrollment.workers.offer_expirer import OfferExpirer
from enrollment.workers.startup import start
from kit.concurrency import threads
from kit.errors import AppError, Unavailable
from kit.web.health_port import Probe

log = logging.getLogger(__name__)

_Compared = Iterable[tuple[ClassSection, Reading | None]]


class Reconciler:
    def __init__(self, deps: Dependencies, stopped: Callable[[], bool] = lambda: False) -> None:
        self._deps = deps
        self._stopped = stopped
        self._followed: int | None = None  # the last change that was looked at; None: all classes are to be
        self._watched: set[int] = set()  # to be looked at, whether they change or not

    def run_once(self) -> list[str]:
        """Repair what is wrong now, as far as it may have become so; returns a sentence for each repair.

        A class that cannot be repaired now is left to the next pass. Raises Unavailable when a store is away.
        """
        changed = None if self._is_resync_due() else self._changed()
        return self.look_at_all() if changed is None else self._look_at(*changed)

    def look_at_all(self) -> list[str]:
        """As `run_once`, at all classes. Raises Unavailable."""
        self._followed, self._watched = None, set()
        followed = self._sequence()
        repaired = self._repair_courses() + self._repair_all(self._everything())
        if not self._stopped():
            self._followed = followed
        return repaired

    def _is_resync_due(self) -> bool:
        try:
            return self._deps.heartbeats.is_resync_due() or self._followed is None
        except Unavailable:
            return True

    def _changed(self) -> tuple[int, set[int]] | None:
        try:
            return self._deps.feed.changed_ids(self._followed or 0)
        except Unavailable:
            return None

    def _sequence(self) -> int | None:
        try:
            return self._deps.feed.sequence()
        except Unavailable:
            return None

    def _look_at(self, sequence: int, changed: set[int]) -> list[str]:
        removing = (section.class_id for page in self._deps.classes.pages(ClassStatus.REMOVING) for section in page)
        self._watched |= changed | set(removing)
        self._followed = sequence
        return self._repair_courses() + self._repair_all(self._those_watched())

    def _everything(self) -> _Compared:
        for status in ClassStatus:
            for page in self._deps.classes.pages(status):
                yield from self._compared(page)

    def _those_watched(self) -> _Compared:
        class_ids = sorted(self._watched)
        for first in range(0, len(class_ids), PAGE):
            some = class_ids[first : first + PAGE]
            page = self._deps.classes.as_they_are(some)
            self._watched -= set(some) - {section.class_id for section in page}  # they are gone
            yield from self._compared(page)

    def _compared(self, page: list[ClassSection]) -> Iterator[tuple[ClassSection, Reading | None]]:
        """Each class, and what Redis shows of it."""
        metrics.COMPARED.inc(len(page))
        yield from zip(page, self._deps.waitlists.readings([each.class_id for each in page]), strict=True)

    def _repair_courses(self) -> list[str]:
        return [f"course {course}: its rule is carried out" for course in self._deps.courses.carry_out_all()]

    def _repair_all(self, compared: _Compared) -> list[str]:
        repaired: list[str] = []
        left: list[int] = []
        for section, shown in compared:
            if self._stopped():
                break
            self._watched.add(section.class_id)
            if shown is None:
                left.append(section.class_id)
            elif self._repair_if_possible(section, shown, repaired) and not _is_watched(section, shown):
                self._watched.discard(section.class_id)
        if left:
            log.warning("%d classes are left to the next pass, whose node of Redis is away: %d…", len(left), left[0])
        return repaired

    def _repair_if_possible(self, section: ClassSection, shown: Reading, repaired: list[str]) -> bool:
        try:
            repaired += self._repair(section, shown)
        except AppError as error:
            log.warning("class %d is left to the next pass: %s", section.class_id, error)
            return False
        except Exception:  # of one class: the others are looked at all the same
            log.exception("class %d cannot be repaired", section.class_id)
            return False
        return True

    def _repair(self, section: ClassSection, shown: Reading) -> list[str]:
        class_id = section.class_id
        repaired = []
        try:
            if section.status is ClassStatus.REMOVING:
                self._deps.removals.finish(class_id)
                metrics.REPAIRS.labels("removal").inc()
                return [f"class {class_id}: removed to the end"]
            if section.has_vacancy_for_waitlist:
                self._deps.enrollments.promote_waiting(class_id)
                metrics.REPAIRS.labels("seats").inc()
                repaired.append(f"class {class_id}: free seats given to the line")
            elif section.waiting_swaps:
                self._deps.enrollments.promote_waiting(class_id)
            if section.skipped:
                self._deps.enrollments.end_skips(class_id)
            if _is_wrong(shown, section) and self._deps.rebuilder.rebuild(class_id):
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


def _is_watched(section: ClassSection, shown: Reading) -> bool:
    """Whether something may become of it without a change of its own, or is on its way."""
    if section.waiting_swaps or section.skipped or not shown.no_pending_writes:
        return True
    if section.has_vacancy_for_waitlist or section.status is ClassStatus.REMOVING:
        return True
    return bool(section.current_waitlist or shown.length) and shown.freshness is not Freshness.EXACT


def _probes(deps: Dependencies) -> dict[str, Probe]:
    return {"dynamodb": deps.require_tables, "redis": deps.waitlists.ping}


def main() -> None:
    settings, deps, shutdown = start("reconciler", _probes)
    deps.outbox_publisher.start()
    deps.heartbeats.start()
    reconciler = Reconciler(deps, lambda: shutdown.requested)
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
    deps.heartbeats.close()
    deps.outbox_publisher.close()
    deps.listing.close()


if __name__ == "__main__":
    main()
