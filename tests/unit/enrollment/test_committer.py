"""In which order a decided change gets into the stores (enrollment.service.committer)."""

from concurrent.futures import Future
from typing import Any

import pytest

from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.errors import VersionConflict
from enrollment.domain.events import Event, Subscription
from enrollment.domain.offer_links import OfferLinks
from enrollment.domain.record import Record, State
from enrollment.domain.roster import Roster
from enrollment.domain.waitlist import Shown, WaitlistChange
from enrollment.service.committer import Committer
from enrollment.service.recent_sections import RecentSections
from kit.errors import Unavailable


class Stores:
    """Both stores and the broker, which note what they are asked; the first `fails` raises it."""

    def __init__(self, **fails: Exception) -> None:
        self.asked: list[str] = []
        self._fails = fails

    def now_s(self) -> float:
        return 1.0

    def mark_pending(self, class_id: int, token: str, after: int) -> int:
        self._note("mark")
        return 1

    def save(self, *_: Any) -> None:
        self._note("save")

    def publish(self, events: Any) -> "list[Future[None]]":
        self._note("publish")
        self.events: list[Event] = list(events)
        return [Future() for _ in self.events]

    def commit(self, change: WaitlistChange) -> Shown:
        self._note("show")
        return Shown.DONE

    def abort(self, class_id: int, token: str) -> None:
        self._note("abort")

    def to_class(self, class_id: int, student_ids: list[int]) -> dict[int, Subscription]:
        return {student_id: Subscription("a@example.com", None) for student_id in student_ids}

    def _note(self, what: str) -> None:
        self.asked.append(what)
        if what in self._fails:
            raise self._fails[what]


def committer(stores: Any) -> Committer:
    links, views = OfferLinks("", ""), [lambda _: None] * 2
    return Committer(stores, stores, stores, stores, stores, links, RecentSections(), stores.publish, *views)


def dropped() -> Roster:
    """A class with one seat, whose student has given it up to the only one in line."""
    section = ClassSection(
        class_id=2,
        course_code="CPSC 449",
        section_number=1,
        class_name="Web",
        department="CS",
        instructor_id=5,
        max_capacity=1,
        waitlist_maximum=5,
        current_enrollment=1,
        current_waitlist=1,
        status=ClassStatus.ACTIVE,
        version=1,
        line_version=100,
    )
    waiting = Record(2, State.WAITLISTED, 2, sequence_number=1)
    roster = Roster(section, {1: Record(1, State.ENROLLED, 1)}, [waiting], now_s=1)
    roster.drop(1)
    roster.promote_waiting(1)
    return roster


def test_a_committed_notice_does_not_wait_for_redis_to_show_the_line() -> None:
    stores = Stores()
    confirms = committer(stores).commit([dropped()], [], {})
    assert stores.asked == ["mark", "save", "publish", "show"]
    assert (len(stores.events), len(confirms)) == (1, 1)


def test_the_notice_goes_out_also_where_redis_does_not_show_the_line() -> None:
    stores = Stores(show=Unavailable("Redis does not answer"))
    assert len(committer(stores).commit([dropped()], [], {})) == 1


def test_what_was_not_committed_is_told_to_nobody() -> None:
    stores = Stores(save=VersionConflict())
    with pytest.raises(VersionConflict):
        committer(stores).commit([dropped()], [], {})
    assert stores.asked == ["mark", "save", "abort"]


def test_what_nobody_knows_to_be_committed_is_told_to_nobody_and_keeps_its_mark() -> None:
    stores = Stores(save=Unavailable("no reply"))
    with pytest.raises(Unavailable):
        committer(stores).commit([dropped()], [], {})
    assert stores.asked == ["mark", "save"]
