"""One commit: how a change of a class gets from a decision into the stores.

Load the class, or take it as last committed → decide (domain.roster) → mark the change in Redis → one DynamoDB
transaction with the events → show the change in Redis → publish the events. What if we die in between is answered at
each fault point (tests/integration/enrollment/test_crashes.py).
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from enrollment import metrics
from enrollment.domain.class_section import ClassSection
from enrollment.domain.errors import ClassUnknown, VersionConflict
from enrollment.domain.events import About, Event, event_of
from enrollment.domain.history import SYSTEM, Actor, What
from enrollment.domain.offer_links import OfferClaim, OfferLinks
from enrollment.domain.record import Dropped, Record, Swapped
from enrollment.domain.roster import Roster
from enrollment.domain.waitlist import Shown, WaitlistChange
from enrollment.service import keyed
from enrollment.service.commands import Command, Promote
from enrollment.service.outbox_publisher import OutboxPublisher
from enrollment.service.ports import Outcomes, RosterCommits, Subscriptions, WaitlistWrites
from enrollment.service.recent_sections import RecentSections
from enrollment.service.swaps import WRITES_OF_PARTNER, load_circle, load_partners, turn
from enrollment.service.waitlist_rebuilder import WaitlistRebuilder
from kit import faults, idempotency
from kit.concurrency import deadline
from kit.concurrency.backoff import pauses
from kit.concurrency.group_commit import GroupCommit
from kit.errors import AppError, Unavailable
from kit.idempotency import KeyedRequest
from kit.observability import correlation
from kit.stores.dynamo_calls import READ_TIMEOUT_S

log = logging.getLogger(__name__)

T = TypeVar("T")

# A transaction takes 100 writes, two of them the class and its history. A drop that promotes needs three (two records,
# an outbox record) and with an Idempotency-Key a fourth, a promotion beside it two; a withdrawal needs one for each
# student, and promotes nobody.
MOST_WRITES = 98
MOST_COMMANDS = 24
MOST_WAITING = 500  # for one class in this process; a class decides some hundreds a second
LONGEST_BATCH_S = 10.0  # where no request waits that has a deadline


@dataclass(frozen=True)
class Request:
    """A command, who asks for it, the deadline of who waits for it, and what an event that comes of it carries on."""

    command: Command[Any]
    by: Actor = SYSTEM
    deadline: float = field(default_factory=deadline.current)
    origin: Mapping[str, str] = field(default_factory=correlation.propagation_headers)
    key: KeyedRequest | None = field(default_factory=idempotency.current)


@dataclass(frozen=True)
class Committed:
    """What a command returned, and the publisher confirms its batch waits for."""

    reply: Any
    confirms: "list[Future[None]]"


class UnitOfWork:
    def __init__(
        self,
        rosters: RosterCommits,
        waitlists: WaitlistWrites,
        rebuilder: WaitlistRebuilder,
        subscriptions: Subscriptions,
        outbox_publisher: OutboxPublisher,
        outcomes: Outcomes,
        threads: int,
        on_commit: Callable[[ClassSection], None],
        links: OfferLinks,
    ) -> None:
        self._links = links
        self._rosters = rosters
        self._waitlists = waitlists
        self._rebuilder = rebuilder
        self._subscriptions = subscriptions
        self._outbox_publisher = outbox_publisher
        self._outcomes = outcomes
        self._on_commit = on_commit
        self._recent = RecentSections()
        self._groups: GroupCommit[Request, Committed] = GroupCommit(self._commit, MOST_COMMANDS, threads, MOST_WAITING)

    async def execute(self, class_id: int, command: Command[T], by: Actor = SYSTEM) -> T:
        """What the command returned, committed; its events are confirmed, or the bound for that has passed.

        Raises what the command raised, and Unavailable: at the latest at the deadline, and then it may be committed
        later all the same. Waiting takes no thread.
        """
        future = self._groups.submit(class_id, Request(command, by))
        try:
            committed = await asyncio.wait_for(asyncio.wrap_future(future), _time_left_s())
        except TimeoutError:
            raise _busy(class_id) from None
        await self._outbox_publisher.await_confirms(committed.confirms)
        reply: T = _reply(committed)
        return reply

    def execute_blocking(self, class_id: int, command: Command[T], by: Actor = SYSTEM) -> T:
        """As `execute`, for a thread, without waiting for confirms."""
        future = self._groups.submit(class_id, Request(command, by))
        try:
            reply: T = _reply(future.result(_time_left_s()))
        except TimeoutError:
            future.cancel()
            raise _busy(class_id) from None
        return reply

    def _commit(self, class_id: int, requests: Sequence[Request]) -> list[Committed | Exception]:
        """Carried out by the thread of a batch. Each who waits leaves at its own deadline; the batch has the latest.

        A call may take longer than that: nobody waits for it any more.
        """
        metrics.BATCH_SIZES.observe(len(requests))
        latest = min(max(request.deadline for request in requests), time.monotonic() + LONGEST_BATCH_S)
        committed: list[Committed | Exception] = []
        with deadline.until(latest + READ_TIMEOUT_S):
            for some in _parts(requests):
                committed += self._commit_part(class_id, some, latest)
        return committed

    def _commit_part(
        self, class_id: int, requests: Sequence[Request], latest: float
    ) -> Sequence[Committed | Exception]:
        try:
            roster, replies, confirms = self._commit_once(class_id, requests)
        except ClassUnknown as unknown:
            return self._replies_without_class(requests, unknown)
        except AppError as error:  # of these requests: those of the other parts are committed, or will be
            return [error] * len(requests)
        confirms += self._promote_the_rest(roster, latest)
        return [Committed(reply, confirms) for reply in replies]

    def _replies_without_class(self, requests: Sequence[Request], unknown: ClassUnknown) -> list[Committed]:
        """What was said while there was such a class is said again."""
        known = self._outcomes.known(_keys(requests))
        return [
            Committed(
                keyed.replayed(request.key, known, tells_reply=request.command.tells_reply)
                if request.key and request.key.name in known
                else unknown,
                [],
            )
            for request in requests
        ]

    def _promote_the_rest(self, roster: Roster, latest: float) -> "list[Future[None]]":
        """Big changes make room for more than fits into a transaction. What is not done in time goes on afterwards."""
        class_id, futures = roster.section.class_id, list[Future[None]]()
        try:
            for partner in roster.partners.values():
                if partner and partner is not roster and partner.section.has_vacancy_for_waitlist:
                    self._promote_later(partner.section.class_id)
            while roster.section.has_vacancy_for_waitlist:
                if time.monotonic() > latest - READ_TIMEOUT_S:
                    self._promote_later(class_id)
                    break
                roster, _, more = self._commit_once(class_id, ())
                futures += more
            if roster.section.waiting_swaps:
                futures += self._turn_circles(class_id)
        except AppError as error:  # the commands themselves are committed
            log.warning("the reconciler promotes the rest of class %d: %s", class_id, error)
        return futures

    def _promote_later(self, class_id: int) -> None:
        self._groups.submit(class_id, Request(Promote(), deadline=time.monotonic() + LONGEST_BATCH_S, key=None))

    def _turn_circles(self, class_id: int) -> "list[Future[None]]":
        """As long as this class is part of a circle (service.swaps), everybody in it moves on, in one transaction."""
        futures, ids = list[Future[None]](), list[int]()
        for pause_s in pauses(first_s=0.005, longest_s=0.08):
            circle = load_circle(self._rosters, class_id)
            if not circle:
                break
            turn(circle)
            faults.point("swap.circle")
            try:
                futures += self._outbox_publisher.publish(self._save(circle, ids, {}))
            except VersionConflict:
                if deadline.remaining() < pause_s + READ_TIMEOUT_S:
                    raise _busy(class_id) from None
                time.sleep(pause_s)
        return futures

    def _commit_once(
        self, class_id: int, requests: Sequence[Request]
    ) -> tuple[Roster, list[Any], "list[Future[None]]"]:
        """Decide and commit until nobody else was faster. Raises ClassUnknown and Unavailable."""
        ids: list[int] = []
        for pause_s in pauses(first_s=0.005, longest_s=0.08):
            roster, replies = self._load_optimistically(class_id, requests) or self._load(class_id, requests)
            faults.point("commit.loaded")
            happening = keyed.happening([request.key for request in requests], replies)
            if not roster.changed and not happening:
                return roster, replies, []
            try:
                events = self._save(_changed(roster), ids, _origins(requests, replies), happening)
            except VersionConflict:
                self._recent.invalidate(class_id)
                if deadline.remaining() < pause_s + READ_TIMEOUT_S:
                    raise _busy(class_id) from None
                time.sleep(pause_s)
            except Unavailable:
                self._recent.invalidate(class_id)
                raise
            else:
                return roster, replies, self._outbox_publisher.publish(events)
        raise AssertionError("pauses never end")

    def _load(self, class_id: int, requests: Sequence[Request]) -> tuple[Roster, list[Any]]:
        student_ids = [student_id for request in requests for student_id in request.command.student_ids]
        known = self._outcomes.known(_keys(requests))
        # An offer takes as many: a record and an event.
        most_promoted = (MOST_WRITES - 3 * _weight(requests) - len(_keys(requests))) // 2
        moves = sum(request.command.shortens_line for request in requests)
        makes_room = any(request.command.makes_room for request in requests)
        if makes_room:
            moves += most_promoted
        roster = self._rosters.load(class_id, student_ids, moves, most_promoted)
        load_partners(self._rosters, roster, [request.command for request in requests])
        most_promoted -= WRITES_OF_PARTNER * len(roster.partners)
        roster.promote_waiting(most_promoted)
        most_promoted -= len(roster.touched)
        replies = [_decide(request, roster, known) for request in requests]
        if makes_room:
            roster.promote_waiting(most_promoted)
        return roster, replies

    def _load_optimistically(self, class_id: int, requests: Sequence[Request]) -> tuple[Roster, list[Any]] | None:
        """Under load, decide without reading: the class is as we left it, and the students are new to it.

        The transaction proves both or fails. A refusal has no transaction to prove it, so then the class is read.
        In calm times it is, too: a student who asks twice would use up an enrollment id.
        """
        if not self._rosters.enrollment_ids.under_load:
            return None
        if not requests or not all(request.command.optimistic for request in requests):
            return None
        section = self._recent.get(class_id)
        if section is None or section.has_vacancy_for_waitlist:
            return None
        student_ids = (student_id for request in requests for student_id in request.command.student_ids)
        roster = Roster(section, dict.fromkeys(student_ids), [], now_s=int(time.time()))
        known: keyed.Known = {}
        replies = [_decide(request, roster, known) for request in requests]
        return None if any(isinstance(reply, AppError) for reply in replies) else (roster, replies)

    def _save(
        self,
        rosters: Sequence[Roster],
        ids: list[int],
        origins: Mapping[int, Mapping[str, str]],
        happening: Sequence[keyed.Happening] = (),
    ) -> list[Event]:
        """Assign ids, mark, commit, show. `ids` keeps what an attempt before reserved and did not use.

        What comes of keyed requests is kept with the change, or by itself where nothing changes.
        """
        self._assign_ids(rosters, ids)
        outcomes = [self._outcomes.write_of(key, outcome) for key, outcome in happening]
        if not rosters:
            self._rosters.transact(outcomes)
            return []
        now, token = now_as_text(), uuid.uuid4().hex
        entries = [(roster, roster.write_history(now)) for roster in rosters]
        events = [event for roster in rosters for event in self._events(roster, origins)]
        lines = [roster for roster in rosters if roster.line_changed]
        for roster in lines:
            self._waitlists.mark_pending(roster.section.class_id, token, roster.section.line_version)
        faults.point("commit.marked")
        try:
            self._rosters.save(entries, events, outcomes)
        except VersionConflict:
            metrics.CONFLICTS.inc()
            for roster in lines:
                self._waitlists.abort(roster.section.class_id, token)
            raise
        for roster in rosters:
            self._recent.committed(roster.section)
            self._on_commit(replace(roster.section))
            metrics.PROMOTIONS.inc(len(roster.promoted))
        faults.point("commit.committed")
        for roster in lines:
            self._show(roster, token)
        faults.point("commit.shown")
        return events

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
        targets = self._subscriptions.to_class(class_id, list({record.student_id: None for record, _ in told}))
        section = roster.section
        about = About(now_as_text(), class_id, section.history, section.course_code, section.class_name)
        ours = correlation.propagation_headers()
        return [
            event_of(
                what,
                about,
                record,
                targets[record.student_id],
                self._offer_link(class_id, record) if what is What.OFFERED else None,
                origins.get(record.student_id, ours),
            )
            for record, what in told
            if record.student_id in targets
        ]

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
        )
        try:
            if self._waitlists.commit(change) is Shown.NOTHING_KNOWN:
                self._rebuilder.rebuild_soon(class_id)
        except AppError as error:
            log.warning("waitlist cache of class %d is stale; it will be rebuilt: %s", class_id, error)
        except Exception:
            log.exception("waitlist cache of class %d is stale; it will be rebuilt", class_id)


def _parts(requests: Sequence[Request]) -> Iterator[Sequence[Request]]:
    """The requests in order, so many together as one transaction takes; once nothing if there are none."""
    start = weight = 0
    for end, request in enumerate(requests):
        if weight + request.command.weight > MOST_COMMANDS:
            yield requests[start:end]
            start, weight = end, 0
        weight += request.command.weight
    yield requests[start:]


def _weight(requests: Sequence[Request]) -> int:
    return sum(request.command.weight for request in requests)


def _changed(roster: Roster) -> list[Roster]:
    """The roster, and those of its partners that changed with it; none if it did not change."""
    if not roster.changed:
        return []
    return [roster, *(other for other in roster.partners.values() if other and other is not roster and other.changed)]


def _keys(requests: Sequence[Request]) -> list[KeyedRequest]:
    return [request.key for request in requests if request.key]


def _decide(request: Request, roster: Roster, known: keyed.Known) -> Any:
    """The reply, or the refusal as a value: one command's refusal is not its neighbours'."""
    tells_reply = request.command.tells_reply
    return keyed.once(request.key, known, lambda: _mutate(request, roster), tells_reply=tells_reply)


def _mutate(request: Request, roster: Roster) -> Any:
    roster.acting, roster.request_id = request.by, request.origin.get(correlation.HEADER)
    try:
        return request.command.mutate(roster)
    except AppError as refusal:
        return refusal


def _origins(requests: Sequence[Request], replies: Sequence[Any]) -> dict[int, Mapping[str, str]]:
    """By promoted student the origin of the drop that freed the seat: a batch is decided for many requests at once."""
    return {
        reply.promoted.student_id: request.origin
        for request, reply in zip(requests, replies, strict=False)
        if isinstance(reply, Dropped | Swapped) and reply.promoted
    }


def _reply(committed: Committed) -> Any:
    if isinstance(committed.reply, AppError):
        raise committed.reply
    return committed.reply


def _time_left_s() -> float:
    return deadline.remaining(LONGEST_BATCH_S + READ_TIMEOUT_S)


def _busy(class_id: int) -> Unavailable:
    return Unavailable(f"Class {class_id} is very busy; ask again in a moment", retry_after_s=1)


def now_as_text() -> str:
    """RFC 3339 in UTC, with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
