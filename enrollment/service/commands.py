"""The commands of a class: each names the students it is about and changes a roster in memory.

A command knows no store; enrollment.service.unit_of_work loads what it needs and commits what it changed.
"""

from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from enrollment.domain.class_revision import Revision
from enrollment.domain.class_section import ClassStatus, Promotion
from enrollment.domain.course_rule import CourseRule
from enrollment.domain.loading import As, Outcome, load_students
from enrollment.domain.record import Dropped, Seated, Swapped, Waiting
from enrollment.domain.roster import Roster
from kit.errors import AppError

T = TypeVar("T")

MOST_LOADED = 96  # a transaction takes 100 writes: these, the class, its history, and one promotion with its event


class Command(Generic[T]):
    """`mutate` changes the roster and returns the reply, or raises a refusal and changes nothing."""

    optimistic: ClassVar[bool] = False
    """Most who ask this are new to the class, so under load it is decided without reading (RecentSections)."""
    bulk: ClassVar[bool] = False
    """It is load in itself, so it is decided so in calm times, too."""
    tells_reply: ClassVar[bool] = False
    """What `mutate` returns is all that the reply says, so a repeated request (kit.idempotency) needs nothing else."""
    shortens_line: ClassVar[bool] = False
    """Somebody may leave the line by it, to a seat or for good."""
    seats_waiting: ClassVar[bool] = False
    """Those it is about who wait, in a pause or with an offer, may get a seat by it, and give up another one."""
    weight: ClassVar[int] = 1
    """How many commands with three writes it counts for (two records and an event)."""
    alone: ClassVar[bool] = False
    """It is decided in a transaction of its own: what it changes is asked for when the class is loaded."""
    makes_room: ClassVar[bool] = False
    """There may be more seats after it: who waits gets them in the same transaction, as far as that has room."""

    @property
    def student_ids(self) -> tuple[int, ...]:
        """The students whose records it reads."""
        return ()

    @property
    def told(self) -> tuple[int, ...]:
        """Those of them who may get a notice of it, though they get no seat."""
        return ()

    @property
    def gives_up(self) -> tuple[int, int] | None:
        """The seat that is given up with it: class and student."""
        return None

    @property
    def moves(self) -> int:
        """How many of those next in line may have to be known: each may be out of turn by it, or make a seat free."""
        return int(self.shortens_line)

    def mutate(self, roster: Roster) -> T:
        raise NotImplementedError


@dataclass(frozen=True)
class _OfStudent(Command[T]):
    student_id: int

    @property
    def student_ids(self) -> tuple[int, ...]:
        return (self.student_id,)


class Enroll(_OfStudent[Seated | Waiting]):
    optimistic = True
    tells_reply = True

    def mutate(self, roster: Roster) -> Seated | Waiting:
        return roster.enroll(self.student_id)


@dataclass(frozen=True)
class LoadStudents(Command[list[Outcome | AppError]]):
    """At most MOST_LOADED students of a file, as domain.loading says; half of them, where a course's rule asks for a
    claim beside each seat."""

    students: tuple[int, ...]
    how: As
    bulk = True

    @property
    def student_ids(self) -> tuple[int, ...]:
        return self.students

    @property
    def weight(self) -> int:  # type: ignore[override]
        return -(-len(self.students) // 3)

    def mutate(self, roster: Roster) -> list[Outcome | AppError]:
        most = MOST_LOADED // 2 if roster.section.rule.applies else MOST_LOADED
        return load_students(roster, self.students[:most], self.how)


class Drop(_OfStudent[Dropped]):
    shortens_line = True
    tells_reply = True

    def mutate(self, roster: Roster) -> Dropped:
        return roster.drop(self.student_id)


@dataclass(frozen=True)
class Swap(_OfStudent[Swapped | Waiting]):
    """Of the class whose seat is wanted."""

    swap_from: int
    weight = 2  # beside the own record: the other class, its history, two of its records and an event

    @property
    def gives_up(self) -> tuple[int, int] | None:
        return self.swap_from, self.student_id

    def mutate(self, roster: Roster) -> Swapped | Waiting:
        return roster.swap(self.student_id, self.swap_from)


class Leave(_OfStudent[None]):
    shortens_line = True
    tells_reply = True

    def mutate(self, roster: Roster) -> None:
        roster.leave(self.student_id)


class TakeOut(_OfStudent[Dropped]):
    shortens_line = True
    tells_reply = True

    def mutate(self, roster: Roster) -> Dropped:
        return roster.take_out(self.student_id)


@dataclass(frozen=True)
class Revise(Command[None]):
    makes_room = True
    revision: Revision

    def mutate(self, roster: Roster) -> None:
        roster.revise(self.revision)


class Pause(_OfStudent[None]):
    shortens_line = True  # as far as others are concerned, to whom a seat may go that frees at the same moment

    def mutate(self, roster: Roster) -> None:
        roster.pause(self.student_id)


class Resume(_OfStudent[None]):
    def mutate(self, roster: Roster) -> None:
        roster.resume(self.student_id)


@dataclass(frozen=True)
class AcceptOffer(_OfStudent[None]):
    until_s: int = 0
    seats_waiting = True
    weight = 2  # as Swap

    def mutate(self, roster: Roster) -> None:
        roster.accept(self.student_id, self.until_s)


@dataclass(frozen=True)
class DeclineOffer(_OfStudent[None]):
    until_s: int = 0
    shortens_line = True

    @property
    def told(self) -> tuple[int, ...]:
        return self.student_ids

    def mutate(self, roster: Roster) -> None:
        roster.decline(self.student_id, self.until_s)


@dataclass(frozen=True)
class ExpireOffers(Command[None]):
    students: tuple[int, ...]

    @property
    def moves(self) -> int:
        return len(self.students)

    @property
    def student_ids(self) -> tuple[int, ...]:
        return self.students

    @property
    def told(self) -> tuple[int, ...]:
        return self.students

    @property
    def weight(self) -> int:  # type: ignore[override]
        return len(self.students)

    def mutate(self, roster: Roster) -> None:
        roster.expire_offers(self.students)


@dataclass(frozen=True)
class EndSkips(Command[None]):
    """Those of these who were passed over by the course's rule and need not be any more are in turn again."""

    students: tuple[int, ...]
    seats_waiting = True

    @property
    def student_ids(self) -> tuple[int, ...]:
        return self.students

    @property
    def weight(self) -> int:  # type: ignore[override]
        return 2 * len(self.students)  # as AcceptOffer

    def mutate(self, roster: Roster) -> None:
        roster.end_skips(self.students)


@dataclass(frozen=True)
class SetRule(Command[None]):
    rule: CourseRule
    alone = True

    def mutate(self, roster: Roster) -> None:
        roster.set_rule(self.rule)


@dataclass(frozen=True)
class SetPolicy(Command[None]):
    promotion: Promotion
    offer_window_s: int

    def mutate(self, roster: Roster) -> None:
        roster.set_policy(self.promotion, self.offer_window_s)


@dataclass(frozen=True)
class SetStatus(Command[None]):
    status: ClassStatus

    def mutate(self, roster: Roster) -> None:
        roster.set_status(self.status)


@dataclass(frozen=True)
class Resize(Command[None]):
    makes_room = True
    max_capacity: int
    waitlist_maximum: int

    def mutate(self, roster: Roster) -> None:
        roster.resize(self.max_capacity, self.waitlist_maximum)


@dataclass(frozen=True)
class AssignInstructor(Command[None]):
    instructor_id: int

    def mutate(self, roster: Roster) -> None:
        roster.assign_instructor(self.instructor_id)


class Promote(Command[None]):
    """Nothing in itself: whenever a class is loaded, who waits beside a free seat gets it."""

    def mutate(self, roster: Roster) -> None:
        return None


class BeginRemoval(Command[None]):
    def mutate(self, roster: Roster) -> None:
        roster.begin_removal()


@dataclass(frozen=True)
class Withdraw(Command[None]):
    """At most `most` of these students become dropped, and nobody is promoted."""

    students: tuple[int, ...]
    most: int

    @property
    def student_ids(self) -> tuple[int, ...]:
        return self.students

    def mutate(self, roster: Roster) -> None:
        roster.withdraw(self.students, self.most)
