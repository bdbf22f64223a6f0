"""Seats and lines: what students, instructors and registrars may change about who sits and who waits.

Students' commands, many at once, are awaited and take no thread while they wait; the others are plain calls.
"""

from collections.abc import Sequence

from enrollment import metrics
from enrollment.domain.class_revision import Revision
from enrollment.domain.class_section import ClassStatus, Promotion
from enrollment.domain.course_rule import CourseRule
from enrollment.domain.errors import AlreadyDropped, NotWaiting, SameClass, SeatedNotWaiting
from enrollment.domain.history import SYSTEM, Actor, Role
from enrollment.domain.loading import As, Outcome, load_students
from enrollment.domain.record import Dropped, Seated, State, Swapped, Waiting
from enrollment.service import commands
from enrollment.service.ports import Rosters
from enrollment.service.unit_of_work import MOST_WRITES, UnitOfWork
from kit import faults, idempotency
from kit.errors import AppError

MOST_WITHDRAWN = MOST_WRITES
MOST_EXPIRED = 12  # in one transaction
MOST_SKIPS_ENDED = 4  # likewise


class Enrollments:
    def __init__(self, unit_of_work: UnitOfWork, rosters: Rosters) -> None:
        self._unit_of_work = unit_of_work
        self._rosters = rosters

    @metrics.counted
    async def enroll(self, student_id: int, class_id: int, by: Actor | None = None) -> Seated | Waiting:
        """A seat or a place in line. `by` is the student, unless said otherwise.

        Raises what Roster.enroll raises, and Unavailable.
        """
        by = by or Actor(Role.STUDENT, student_id)
        return await self._unit_of_work.execute(class_id, commands.Enroll(student_id), by)

    def load(
        self,
        class_id: int,
        student_ids: Sequence[int],
        by: Actor = SYSTEM,
        *,
        waits: bool,
        though_closed: bool,
        paused: bool = False,
    ) -> list[Outcome | AppError]:
        """The outcome of each of these students of a file (domain.loading), all in one commit for each MOST_LOADED.

        Raises ClassUnknown and Unavailable; repeating it is safe.
        """
        done: list[Outcome | AppError] = []
        while len(done) < len(student_ids):
            some = tuple(student_ids[len(done) : len(done) + commands.MOST_LOADED])
            command = commands.LoadStudents(some, As(waits=waits, paused=paused, though_closed=though_closed))
            with idempotency.working_for(None):  # of a keyed request these are many, and each may be done again
                outcomes = self._unit_of_work.execute_blocking(class_id, command, by)
            done += outcomes
            faults.point("load.chunk")
        return done

    def look(
        self, class_id: int, student_ids: Sequence[int], *, waits: bool, though_closed: bool, paused: bool = False
    ) -> list[Outcome | AppError]:
        """What `load` would make of each of these at this moment, and does not. Raises ClassUnknown, Unavailable."""
        roster = self._rosters.load(class_id, student_ids, moves=0, most_promoted=0)
        return load_students(roster, student_ids, As(waits=waits, paused=paused, though_closed=though_closed))

    def end_pauses(self, class_id: int, student_ids: Sequence[int]) -> None:
        """These are in turn again, as far as they wait. Raises ClassUnknown, Unavailable."""
        for student_id in student_ids:
            try:
                self._unit_of_work.execute_blocking(class_id, commands.Resume(student_id))
            except (NotWaiting, SeatedNotWaiting, AlreadyDropped):
                continue

    async def drop(self, student_id: int, class_id: int, by: Actor | None = None) -> Dropped:
        """The seat goes to the next in line, who is notified. `by` is the student, unless said otherwise.

        Raises what Roster.drop raises, and Unavailable.
        """
        by = by or Actor(Role.STUDENT, student_id)
        return await self._unit_of_work.execute(class_id, commands.Drop(student_id), by)

    async def swap(self, student_id: int, swap_from: int, class_id: int) -> Swapped | Waiting:
        """A seat for a seat, both or nothing, or a place in line that gives up the old seat for the new one.

        Raises SameClass, what Roster.swap raises, and Unavailable.
        """
        if swap_from == class_id:
            raise SameClass(class_id)
        by = Actor(Role.STUDENT, student_id)
        return await self._unit_of_work.execute(class_id, commands.Swap(student_id, swap_from), by)

    async def leave(self, student_id: int, class_id: int) -> None:
        """The place in line is given up. Raises what Roster.leave raises, and Unavailable."""
        await self._unit_of_work.execute(class_id, commands.Leave(student_id), Actor(Role.STUDENT, student_id))

    async def take_out(self, student_id: int, class_id: int, by: Actor) -> Dropped:
        """The seat goes to the next in line, or the place in line is given up. Raises as Roster.take_out."""
        return await self._unit_of_work.execute(class_id, commands.TakeOut(student_id), by)

    def revise(self, class_id: int, revision: Revision, by: Actor = SYSTEM) -> None:
        """As Roster.revise; new seats go to the line at once, each told. Raises Unavailable, too."""
        self._unit_of_work.execute_blocking(class_id, commands.Revise(revision), by)

    async def pause(self, student_id: int, class_id: int) -> None:
        """The place is kept and passed over. Idempotent. Raises what Roster.pause raises, and Unavailable."""
        await self._unit_of_work.execute(class_id, commands.Pause(student_id), Actor(Role.STUDENT, student_id))

    async def resume(self, student_id: int, class_id: int) -> None:
        """The pause ends. Idempotent. Raises what Roster.resume raises, and Unavailable."""
        await self._unit_of_work.execute(class_id, commands.Resume(student_id), Actor(Role.STUDENT, student_id))

    async def accept(self, student_id: int, class_id: int, until_s: int = 0) -> None:
        """The seat on offer (until then, if given) is taken. Raises what Roster.accept raises, and Unavailable."""
        command = commands.AcceptOffer(student_id, until_s)
        await self._unit_of_work.execute(class_id, command, Actor(Role.STUDENT, student_id))

    async def decline(self, student_id: int, class_id: int, until_s: int = 0) -> None:
        """The seat on offer goes to the next in line. Raises what Roster.decline raises, and Unavailable."""
        command = commands.DeclineOffer(student_id, until_s)
        await self._unit_of_work.execute(class_id, command, Actor(Role.STUDENT, student_id))

    def expire_offers(self, class_id: int, student_ids: Sequence[int]) -> None:
        """Those of these offers that have run out end. Raises ClassUnknown, Unavailable."""
        for start in range(0, len(student_ids), MOST_EXPIRED):
            some = tuple(student_ids[start : start + MOST_EXPIRED])
            self._unit_of_work.execute_blocking(class_id, commands.ExpireOffers(some))

    def set_policy(self, class_id: int, promotion: Promotion, offer_window_s: int, by: Actor = SYSTEM) -> None:
        """How free seats go to the line from now on. Raises ClassUnknown, Unavailable."""
        self._unit_of_work.execute_blocking(class_id, commands.SetPolicy(promotion, offer_window_s), by)

    def set_rule(self, class_id: int, rule: CourseRule, by: Actor = SYSTEM) -> None:
        """The rule of the class's course. Idempotent. Raises ClassUnknown, Unavailable."""
        self._unit_of_work.execute_blocking(class_id, commands.SetRule(rule), by)

    def end_skips(self, class_id: int) -> None:
        """Students passed over by the course's rule who need not be any more are in turn again. Idempotent.

        Raises ClassUnknown, Unavailable.
        """
        waiting = self._rosters.students(class_id, State.WAITLISTED)
        skipped = [record.student_id for record in waiting if record.skipped_for]
        for start in range(0, len(skipped), MOST_SKIPS_ENDED):
            some = tuple(skipped[start : start + MOST_SKIPS_ENDED])
            self._unit_of_work.execute_blocking(class_id, commands.EndSkips(some))

    def set_status(self, class_id: int, status: ClassStatus, by: Actor = SYSTEM) -> None:
        self._unit_of_work.execute_blocking(class_id, commands.SetStatus(status), by)

    def resize(self, class_id: int, max_capacity: int, waitlist_maximum: int, by: Actor = SYSTEM) -> None:
        """New seats go to the line at once, each told. Raises what Roster.resize raises, and Unavailable."""
        self._unit_of_work.execute_blocking(class_id, commands.Resize(max_capacity, waitlist_maximum), by)

    def assign_instructor(self, class_id: int, instructor_id: int, by: Actor = SYSTEM) -> None:
        self._unit_of_work.execute_blocking(class_id, commands.AssignInstructor(instructor_id), by)

    def promote_waiting(self, class_id: int) -> None:
        """Seat whom a change cut short has left waiting beside a free seat, or in a circle of swaps.

        Nothing to do is fine.
        """
        self._unit_of_work.execute_blocking(class_id, commands.Promote())

    def begin_removal(self, class_id: int, by: Actor = SYSTEM) -> None:
        """From now on the class exists for nobody. Raises ClassUnknown, Unavailable."""
        self._unit_of_work.execute_blocking(class_id, commands.BeginRemoval(), by)
        faults.point("removal.begun")

    def withdraw_all(self, class_id: int, by: Actor = SYSTEM) -> None:
        """Drop everybody in a class in removal. Cut short, it goes on when called again."""
        for state in (State.WAITLISTED, State.ENROLLED):
            while some := tuple(r.student_id for r in self._rosters.students(class_id, state, most=MOST_WITHDRAWN)):
                self._unit_of_work.execute_blocking(class_id, commands.Withdraw(some, MOST_WITHDRAWN), by)
                faults.point("removal.chunk")
