"""A decided change of a class, and how it gets into the stores: mark in Redis → one transaction → publish its events
and show it in Redis, side by side.

A death in between is tried at each fault point (tests/integration/enrollment/test_crashes.py).
"""

import logging
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace

from enrollment import metrics
from enrollment.domain.class_section import ClassSection
from enrollment.domain.errors import VersionConflict
from enrollment.domain.events import About, Event, Subscription, event_of
from enrollment.domain.history import What
from enrollment.domain.moments import as_text, now_as_text
from enrollment.domain.offer_links import OfferClaim, OfferLinks
from enrollment.domain.record import Record
from enrollment.domain.roster import Roster
from enrollment.domain.waitlist import Shown, WaitlistChange
from enrollment.service.batch import Happening
from enrollment.service.ports import Outcomes, RosterCommits, Subscriptions, WaitlistWrites
from enrollment.service.recent_sections import RecentSections
from enrollment.service.waitlist_rebuilder import WaitlistRebuilder
from kit import faults
from kit.errors import AppError, Unavailable
from kit.observability import correlation

log = logging.getLogger(__name__)


class Committer:
    """`publish` returns at once, with the confirms to come. `on_commit` gets the section of every class that was
    changed, `on_doubt` the id of one that may have been, and `count` the rosters. None of them waits.
    """

    def __init__(
        self,
        rosters: RosterCommits,
        waitlists: WaitlistWrites,
        rebuilder: WaitlistRebuilder,
        subscriptions: Subscriptions,
        outcomes: Outcomes,
        links: OfferLinks,
        recent: RecentSections,
        publish: "Callable[[Sequence[Event]], list[Future[None]]]",
        on_commit: Callable[[ClassSection], None],
        on_doubt: Callable[[int], None],
        count: Callable[[Sequence[Roster]], None] = lambda _: None,
    ) -> None:
        self._rosters = rosters
        self._waitlists = waitlists
        self._rebuilder = rebuilder
        self._subscriptions = subscriptions
        self._outcomes = outcomes
        self._links = links
        self._recent = recent
        self._publish = publish
        self._on_commit = on_commit
        self._on_doubt = on_doubt
        self._count = count

    def commit(
        self,
        rosters: Sequence[Roster],
        ids: list[int],
        origins: Mapping[int, Mapping[str, str]],
        happening: Sequence[Happening] = (),
    ) -> "list[Future[None]]":
        """Assign ids, mark, commit, publish, show; the confirms to come. `ids` keeps what an attempt before reserved
        and did not use.

        What comes of keyed requests is kept with the change, or by itself where nothing changes. `origins` are, by
        student, the headers that an event about them carries on. Raises VersionConflict, with nothing changed, and
        Unavailable, when nobody knows.
        """
        self._assign_ids(rosters, ids)
        outcomes = [self._outcomes.write_of(key, outcome) for key, outcome in happening]
        if not rosters:
            self._rosters.transact(outcomes)
            return []
        now, token = as_text(self._rosters.now_s()), uuid.uuid4().hex
        entries = [(roster, roster.write_history(now)) for roster in rosters]
        events = [event for roster in rosters for event in self._events(roster, origins)]
        lines = [roster for roster in rosters if roster.line_changed]
        try:
            for roster in lines:
                section = roster.section
                clock_s = self._waitlists.mark_pending(section.class_id, token, section.line_version)
                section.line_clock_s = max(section.line_clock_s or 0, clock_s)
            faults.point("commit.marked")
            self._rosters.save(entries, events, outcomes)
        except VersionConflict:
            metrics.CONFLICTS.inc()
            for roster in lines:
                self._waitlists.abort(roster.section.class_id, token)
            raise
        except Unavailable:
            for roster in rosters:
                self._on_doubt(roster.section.class_id)
            raise
        for roster in rosters:
            self._recent.committed(roster.section)
            self._on_commit(replace(roster.section))
            metrics.PROMOTIONS.inc(len(roster.promoted))
        self._count(rosters)
        faults.point("commit.committed")
        # First: showing takes a round trip. Who is told before it is done meets the mark.
        confirms = self._publish(events)
        for roster in lines:
            self._show(roster, token)
        faults.point("commit.shown")
        return confirms

    def _assign_ids(self, rosters: Sequence[Roster], ids: list[int]) -> None:
        without_id = [record for roster in rosters for record in roster.without_id]
        if len(ids) < len(without_id):
            ids += self._rosters.enrollment_ids.reserve(len(without_id) - len(ids))
        for record, enrollment_id in zip(without_id, ids, strict=False):
            record.enrollment_id = enrollment_id

    def _events(self, roster: Roster, origins: Mapping[int, Mapping[str, str]]) -> list[Event]:
        class_id = roster.section.class_id
        told = [(record, What.PROMOTED) for record in roster.promoted]
        told += [(record, What.OFFERED) for record in roster.offered] + roster.offers_ended
        targets = self._targets(roster, dict.fromkeys(record.student_id for record, _ in told))
        section = roster.section
        about = About(now_as_text(), class_id, section.history, section.course_code, section.class_name)
        ours = correlation.propagation_headers()
        return [
            event_of(
                what,
                about,
                record,
                target,
                self._offer_link(class_id, record) if what is What.OFFERED else None,
                origins.get(record.student_id, ours),
            )
            for record, what in told
            if (target := targets.get(record.student_id))
        ]

    def _targets(self, roster: Roster, student_ids: Iterable[int]) -> Mapping[int, Subscription | None]:
        """Where these students want to be told. Subscriptions that were not read with the class are looked up."""
        unknown = [student_id for student_id in student_ids if student_id not in roster.subscriptions]
        return {**roster.subscriptions, **self._subscriptions.to_class(roster.section.class_id, unknown)}

    def _offer_link(self, class_id: int, record: Record) -> str | None:
        return self._links.link(OfferClaim(class_id, record.student_id, record.offered_until_s))

    def _show(self, roster: Roster, token: str) -> None:
        """Move a committed change to Redis. It is committed: whatever fails here must not fail the request."""
        class_id = roster.section.class_id
        change = WaitlistChange(
            class_id,
            token,
            before=roster.loaded.line_version,
            after=roster.section.line_version,
            joined=roster.joined,
            gone=roster.gone,
            whole=not roster.loaded.current_waitlist or not roster.section.current_waitlist,
            clock_s=roster.loaded.line_clock_s,
        )
        try:
            if self._waitlists.commit(change) is Shown.NOTHING_KNOWN:
                self._rebuilder.rebuild_soon(class_id)
        except AppError as error:
            log.warning("waitlist cache of class %d is stale; it will be rebuilt: %s", class_id, error)
        except Exception:
            log.exception("waitlist cache of class %d is stale; it will be rebuilt", class_id)
