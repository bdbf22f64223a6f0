"""The use cases' ports to stores and other services; `enrollment.adapters` has it, `bootstrap` brings it.

Each call raises kit.errors.Unavailable when what it asks does not answer.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.course_rule import CourseRule, OneSection
from enrollment.domain.events import Event, Subscription
from enrollment.domain.record import Record, State
from enrollment.domain.roster import Roster
from enrollment.domain.waitlist import Comparison, Reading, Shown, StudentReading, WaitlistChange
from kit.idempotency import KeyedRequest

Entry = Mapping[str, Any]  # of a class's history, see domain.history
Write = dict[str, Any]  # one of a transaction


class Rosters(Protocol):
    def load(self, class_id: int, student_ids: Iterable[int], moves: int, most_promoted: int) -> Roster: ...
    def require_section(self, class_id: int) -> ClassSection: ...
    def students(
        self, class_id: int, state: State, most: int | None = None, after: int = 0, *, all_in_turn: bool = False
    ) -> Iterator[Record]: ...
    def of_student(self, student_id: int, after: int = 0) -> Iterator[tuple[ClassSection, Record]]: ...


class EnrollmentIds(Protocol):
    @property
    def under_load(self) -> bool: ...
    def reserve(self, count: int) -> list[int]: ...


class RosterCommits(Protocol):
    """`save` raises VersionConflict where somebody else was faster, and then has written nothing."""

    @property
    def enrollment_ids(self) -> EnrollmentIds: ...
    @property
    def now_s(self) -> Callable[[], float]: ...
    def load(
        self, class_id: int, student_ids: Iterable[int], moves: int, most_promoted: int, told: Sequence[int] = ()
    ) -> Roster: ...
    def save(
        self, changed: Sequence[tuple[Roster, Entry]], events: list[Event], also: Sequence[Write] = ()
    ) -> None: ...
    def transact(self, writes: list[Write]) -> None: ...
    def next_in_line(self, class_id: int, most: int) -> Iterator[Record]: ...
    def classes_waited_for(self, student_id: int) -> list[int]: ...


class MinuteCounts(Protocol):
    """See kit.stores.minute_counts."""

    def add(self, counts: Mapping[str, int]) -> None: ...
    def add_later(self, counts: Callable[[], Mapping[str, int]]) -> None: ...
    def series(self) -> tuple[int, dict[int, dict[str, int]]]: ...
    def most(self, most: int) -> list[tuple[str, int]]: ...
    def close(self) -> None: ...


class KnownSections(Protocol):
    """See service.listing."""

    def sections(self, class_ids: Collection[int]) -> list[ClassSection]: ...


class Courses(Protocol):
    """Courses and their rule; what each call does, see adapters.course_store."""

    def rules(self, courses: Collection[str]) -> dict[str, CourseRule]: ...
    def course(self, course: str) -> tuple[CourseRule, list[int]]: ...
    def change(self, course: str, before: CourseRule, one_section: OneSection) -> bool: ...
    def settle(self, course: str, rule: CourseRule) -> bool: ...
    def changing(self) -> list[str]: ...


class Claims(Protocol):
    def claim(self, course: str, class_id: int, student_ids: Sequence[int]) -> None: ...


class Outcomes(Protocol):
    """Outcomes of keyed requests (kit.idempotency): by name fingerprint and outcome of each that happened."""

    def known(self, requests: Sequence[KeyedRequest]) -> dict[str, tuple[str, Any]]: ...

    def write_of(self, request: KeyedRequest, outcome: Any) -> Write:
        """Fails if the request has happened."""


class FencedRosters(Protocol):
    """`fence` returns the section at a new version: what was decided on an earlier one cannot be saved any more."""

    def fence(self, class_id: int) -> ClassSection: ...
    def require_section(self, class_id: int) -> ClassSection: ...
    def students(self, class_id: int, state: State, *, all_in_turn: bool = False) -> Iterator[Record]: ...


class WaitlistWrites(Protocol):
    """Around the commit of a change: marked before, and shown or taken back after. The mark gives the line's clock."""

    def mark_pending(self, class_id: int, token: str, after: int) -> int: ...
    def commit(self, change: WaitlistChange) -> Shown: ...
    def abort(self, class_id: int, token: str) -> None: ...


class WaitlistComparisons(Protocol):
    """`adopt` and `rebuild` raise ServerReplaced where the cache has lost what the comparison began with."""

    def open(self, class_id: int) -> Comparison: ...
    def adopt(self, comparison: Comparison, section: ClassSection) -> bool: ...
    def rebuild(self, comparison: Comparison, section: ClassSection, after: int, waiting: Iterable[Record]) -> bool: ...
    def with_sequence_numbers(self, class_id: int) -> list[tuple[int, int]]: ...


class WaitlistReadings(Protocol):
    async def read(self, class_id: int, student_id: int | None = None) -> tuple[Reading, StudentReading | None]:
        """Of a line and, if one is named, of a student in it: None if there is no such student."""


class LineVersions(Protocol):
    """Versions of lines in the cache, each call in one round trip; None of a line that is not there."""

    async def shown(self, class_ids: Sequence[int]) -> list[int | None]: ...

    async def believed(self, class_ids: Sequence[int]) -> list[int | None]:
        """None also of a line that must be compared with DynamoDB before it may be believed. Costs more."""


class HistoryEntries(Protocol):
    def entries(self, class_id: int, first: int = 1) -> Iterator[dict[str, Any]]: ...
    def last_number(self, class_id: int) -> int: ...
    def taught_by(self, class_id: int) -> int | None: ...


class StudentRecords(Protocol):
    def require_section(self, class_id: int) -> ClassSection: ...
    def record(self, class_id: int, student_id: int) -> Record | None: ...
    def in_classes(self, student_id: int, class_ids: Sequence[int]) -> Iterator[tuple[ClassSection, Record]]: ...
    def classes_waited_for(self, student_id: int) -> list[int]: ...


class Subscriptions(Protocol):
    def to_class(self, class_id: int, student_ids: list[int]) -> dict[int, Subscription]: ...


class Outbox(Protocol):
    """Holds what RosterCommits.save wrote with its roster."""

    def delete_published(self, events: Sequence[Event]) -> None: ...


class MessageOutbox(Protocol):
    def add(self, events: Sequence[Event]) -> None: ...


class Classes(Protocol):
    """`add` and `add_all` raise VersionConflict where the rule of a course is not the class's."""

    @property
    def courses(self) -> Courses: ...
    def read(self, status: ClassStatus) -> Iterator[list[ClassSection]]: ...
    def as_they_are(self, class_ids: list[int]) -> list[ClassSection]: ...
    def taken(self, sections: Collection[tuple[str, int]]) -> set[tuple[str, int]]: ...
    def ids_of(self, sections: Collection[tuple[str, int]]) -> dict[tuple[str, int], int]: ...
    def next_ids(self, count: int) -> range: ...
    def add(self, section: ClassSection, entry: Entry, also: Sequence[Write] = ()) -> None: ...
    def add_all(self, new: Sequence[tuple[ClassSection, Entry]]) -> list[ClassSection]: ...
    def delete(self, section: ClassSection, entry: Entry) -> None: ...


class Instructors(Protocol):
    def require(self, instructor_id: int) -> None: ...
    def require_named(self, username: str) -> int: ...


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    username: str
    email: str


class Accounts(Protocol):
    def students_named(self, usernames: Collection[str]) -> dict[str, int]:
        """The ids of those of these (at most 100) who are students, by name in small letters."""


class KnownPeople(Protocol):
    """`named` gives those who have an account, and None where nobody can say."""

    def named(self, user_ids: Collection[int]) -> dict[int, Person] | None: ...


class Forgets(Protocol):
    def forget(self, class_id: int) -> None: ...


@dataclass(frozen=True)
class Cursor:
    """How far an instance has followed: the whole reading it began with, and the last change it knows."""

    reading: str = ""
    sequence: int = 0


@dataclass
class Changes:
    """Changes after a cursor. `whole`: these are all classes there are, and no others.

    `read_age_s` is how long ago all classes were last read from DynamoDB; None: never, so this is not all there is.
    """

    cursor: Cursor
    read_age_s: int | None = None
    whole: bool = False
    sections: list[ClassSection] = field(default_factory=list)


@dataclass(frozen=True)
class Place:
    """In the queue for a class. `first` has the turn, and gets `left`, the class as the last one committed it."""

    first: str
    before: int
    left: ClassSection | None = None


class TurnQueue(Protocol):
    """The queue of instances that change a class; see enrollment.adapters.turn_queue."""

    def stand(self, class_id: int, token: str, stuck: str = "") -> Place: ...
    def await_call(self, class_id: int, token: str, longest_s: float) -> Place | None: ...
    def leave(self, class_id: int, token: str, section: ClassSection | None) -> int: ...


class Feed(Protocol):
    """The commits of all instances, in order; see enrollment.adapters.class_feed."""

    def publish(self, sections: Sequence[ClassSection]) -> None: ...
    def touch(self, class_ids: Collection[int]) -> None: ...
    def changes(self, after: Cursor) -> Changes: ...
    def begin_reading(self, lease_s: float) -> bool: ...
    def put_off_reading(self, pause_s: float) -> None: ...
    def class_ids(self) -> set[int]: ...
    def end_reading(self, gone: Collection[int]) -> None: ...
