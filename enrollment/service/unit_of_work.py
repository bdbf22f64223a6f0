"""One commit: how the requests for a class that wait together become a decision, and the decision a change.

Load the class, or take it as last committed → decide (domain.roster) → mark the change in Redis, commit one DynamoDB
transaction with the events, publish them and show the change in Redis (service.committer). A commit overtaken by
another process begins again.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from enrollment import metrics
from enrollment.domain.course_rule import MOST_SKIPPED
from enrollment.domain.errors import ClassUnknown, VersionConflict
from enrollment.domain.history import SYSTEM, Actor
from enrollment.domain.roster import Roster
from enrollment.service import batch
from enrollment.service.batch import MOST_COMMANDS, Committed, Request
from enrollment.service.commands import Command, EndSkips, Promote
from enrollment.service.committer import Committer
from enrollment.service.outbox_publisher import OutboxPublisher
from enrollment.service.ports import Outcomes, RosterCommits
from enrollment.service.recent_sections import RecentSections
from enrollment.service.swaps import WRITES_OF_PARTNER, WRITES_OF_RULED_PARTNER, load_circle, load_partners, turn
from enrollment.service.turns import Turns
from kit import faults
from kit.concurrency import deadline
from kit.concurrency.backoff import pauses
from kit.concurrency.group_commit import GroupCommit
from kit.errors import AppError, Unavailable
from kit.stores.dynamo_calls import READ_TIMEOUT_S

log = logging.getLogger(__name__)

T = TypeVar("T")

# A transaction takes 100 writes, two of them the class and its history. A drop that promotes needs three (two records,
# an outbox record) and with an Idempotency-Key a fourth, a promotion beside it two; a withdrawal needs one for each
# student, and promotes nobody. Under a course's rule whoever gets a seat needs one more, and some may be passed over.
MOST_WRITES = 98
MOST_SKIPS_ENDED = 12  # at once, after seats were given up; the reconciler does the others
MOST_WAITING = 500  # for one class in this process; a class decides some hundreds a second
PROMOTES_FOR_S = 0.5  # at a time, before others who wait for the class have their turn
LONGEST_BATCH_S = 10.0  # where no request waits that has a deadline


class UnitOfWork:
    """`recent` is what the committer has committed last."""

    def __init__(
        self,
        rosters: RosterCommits,
        outcomes: Outcomes,
        committer: Committer,
        recent: RecentSections,
        outbox_publisher: OutboxPublisher,
        turns: Turns,
        threads: int,
    ) -> None:
        self._rosters = rosters
        self._outcomes = outcomes
        self._committer = committer
        self._recent = recent
        self._outbox_publisher = outbox_publisher
        self._turns = turns
        self._groups: GroupCommit[Request, Committed] = GroupCommit(
            self._commit, MOST_COMMANDS, threads, MOST_WAITING, turns.turn
        )

    async def execute(self, class_id: int, command: Command[T], by: Actor = SYSTEM) -> T:
        """The command's result, committed; its events are confirmed, or the bound for that has passed.

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
            for some in batch.parts(requests):
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
        except _TooMany:
            by_rule = batch.parts(requests, batch.MOST_UNDER_RULE)
            return [committed for some in by_rule for committed in self._commit_part(class_id, some, latest)]
        self._end_skips_elsewhere(roster)
        confirms += self._promote_the_rest(roster, latest)
        return [Committed(reply, confirms) for reply in replies]

    def _replies_without_class(self, requests: Sequence[Request], unknown: ClassUnknown) -> list[Committed]:
        """Repeats the reply of when there was such a class."""
        known = self._outcomes.known(batch.keys(requests))
        return [Committed(reply, []) for reply in batch.replayed_only(requests, known, unknown)]

    def _promote_the_rest(self, roster: Roster, latest: float) -> "list[Future[None]]":
        """Big changes make room for more than fits into a transaction. The rest goes on afterwards."""
        class_id, futures = roster.section.class_id, list[Future[None]]()
        until = min(latest - READ_TIMEOUT_S, time.monotonic() + PROMOTES_FOR_S)
        try:
            for partner in roster.partners.values():
                if partner and partner is not roster and partner.section.has_vacancy_for_waitlist:
                    self._promote_later(partner.section.class_id)
            while roster.section.has_vacancy_for_waitlist:
                if time.monotonic() > until:
                    self._promote_later(class_id)
                    break
                roster, _, more = self._commit_once(class_id, ())
                futures += more
            if roster.section.waiting_swaps:
                futures += self._turn_circles(class_id)
        except AppError as error:  # the commands themselves are committed
            log.warning("the reconciler promotes the rest of class %d: %s", class_id, error)
        return futures

    def _end_skips_elsewhere(self, roster: Roster) -> None:
        """Students who gave up a seat may be in turn again where the course's rule passed over them for it."""
        freed = [student_id for each in (roster, *_partners(roster)) for student_id in each.seats_given_up]
        try:
            for student_id in freed[:MOST_SKIPS_ENDED]:
                for class_id in self._rosters.classes_waited_for(student_id):
                    command = EndSkips((student_id,))
                    self._groups.submit(class_id, Request(command, deadline=_later(), key=None))
        except AppError as error:
            log.warning("the reconciler ends that some are passed over: %s", error)

    def _promote_later(self, class_id: int) -> None:
        self._groups.submit(class_id, Request(Promote(), deadline=_later(), key=None))

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
                futures += self._committer.commit(circle, ids, {})
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
            happening = batch.happening(requests, replies)
            if not roster.changed and not happening:
                return roster, replies, []
            try:
                confirms = self._committer.commit(_changed(roster), ids, batch.origins(requests, replies), happening)
            except VersionConflict:
                self._recent.invalidate(class_id)
                self._turns.contended(class_id)
                if deadline.remaining() < pause_s + READ_TIMEOUT_S:
                    raise _busy(class_id) from None
                time.sleep(pause_s)
            except Unavailable:
                self._recent.invalidate(class_id)
                raise
            else:
                return roster, replies, confirms
        raise AssertionError("pauses never end")

    def _load(self, class_id: int, requests: Sequence[Request]) -> tuple[Roster, list[Any]]:
        student_ids = [student_id for request in requests for student_id in request.command.student_ids]
        known = self._outcomes.known(batch.keys(requests))
        # An offer takes as many as a promotion: a record and an event.
        most_promoted = (MOST_WRITES - 3 * batch.weight(requests) - len(batch.keys(requests))) // 2
        moves = sum(request.command.moves for request in requests)
        makes_room = any(request.command.makes_room for request in requests)
        if makes_room:
            moves += most_promoted
        told = [student_id for request in requests for student_id in request.command.told]
        roster = self._rosters.load(class_id, student_ids, moves, most_promoted, told)
        load_partners(self._rosters, roster, [request.command for request in requests])
        if not batch.fits(requests, (roster, *roster.partners.values())):
            raise _TooMany
        most_promoted = _most_promoted(roster, most_promoted, requests)
        # First who waits: a seat that an earlier transaction had no room to give away belongs to the line, before any
        # of these requests is decided. What they free themselves is given away below.
        roster.promote_waiting(most_promoted)
        most_promoted -= len(roster.touched)
        replies = [batch.decide(request, roster, known) for request in requests]
        if makes_room:
            roster.promote_waiting(most_promoted)
        return roster, replies

    def _load_optimistically(self, class_id: int, requests: Sequence[Request]) -> tuple[Roster, list[Any]] | None:
        """Under load, decide without reading: the class is as we left it, and the students are new to it.

        The transaction proves both or fails. A refusal has no transaction to prove it, so then the class is read.
        In calm times it is, too: a student who asks twice would use up an enrollment id.
        """
        commands = [request.command for request in requests]
        is_load = all(command.bulk for command in commands) or self._rosters.enrollment_ids.under_load
        if not commands or not is_load or not all(command.optimistic or command.bulk for command in commands):
            return None
        section = self._recent.get(class_id)
        if section is None or section.has_vacancy_for_waitlist or section.rule.applies:
            return None  # where a course's rule asks for claims, who may come is not known without reading
        student_ids = (student_id for command in commands for student_id in command.student_ids)
        roster = Roster(section, dict.fromkeys(student_ids), [], now_s=int(self._rosters.now_s()))
        known: batch.Known = {}
        replies = [batch.decide(request, roster, known) for request in requests]
        return None if any(map(_refuses, replies)) else (roster, replies)


class _TooMany(Exception):
    """More than one transaction takes, as the course's rule shows when the class is read."""


def _refuses(reply: Any) -> bool:
    """Also if it is a list, of which one is refused."""
    return isinstance(reply, AppError) or (isinstance(reply, list) and any(map(_refuses, reply)))


def _most_promoted(roster: Roster, otherwise: int, requests: Sequence[Request]) -> int:
    """How many may get seats beside what the requests do; `otherwise`: without partners and a course's rule."""
    partners = _partners(roster)
    if not any(each.section.rule.applies for each in (roster, *partners)):
        return otherwise - WRITES_OF_PARTNER * len(roster.partners)
    left = MOST_WRITES - MOST_SKIPPED - 5 * batch.weight(requests) - len(batch.keys(requests))
    return (left - WRITES_OF_RULED_PARTNER * len(partners)) // 3


def _partners(roster: Roster) -> list[Roster]:
    """Those there are, without the roster itself."""
    return [other for other in roster.partners.values() if other and other is not roster]


def _changed(roster: Roster) -> list[Roster]:
    """The roster, and those of its partners that changed with it; none if it did not change."""
    return [roster, *(other for other in _partners(roster) if other.changed)] if roster.changed else []


def _reply(committed: Committed) -> Any:
    if isinstance(committed.reply, AppError):
        raise committed.reply
    return committed.reply


def _time_left_s() -> float:
    return deadline.remaining(LONGEST_BATCH_S + READ_TIMEOUT_S)


def _later() -> float:
    return time.monotonic() + LONGEST_BATCH_S


def _busy(class_id: int) -> Unavailable:
    return Unavailable(f"Class {class_id} is very busy; ask again in a moment", retry_after_s=1)
