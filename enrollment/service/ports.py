"""What the use cases ask of stores and of other services; `enrollment.adapters` has it, `bootstrap` brings it.

Each call raises kit.errors.Unavailable when what it asks does not answer.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from enrollment.domain.roster import ClassSection, ClassStatus, Record, State

Entry = Mapping[str, Any]  # of a class's history, see domain.history


class Rosters(Protocol):
    def require_section(self, class_id: int) -> ClassSection: ...
    def students(self, class_id: int, state: State, most: int | None = None, after: int = 0) -> Iterator[Record]: ...
    def of_student(self, student_id: int, after: int = 0) -> Iterator[tuple[ClassSection, Record]]: ...


class Classes(Protocol):
    def read(self, status: ClassStatus) -> Iterator[list[ClassSection]]: ...
    def as_they_are(self, class_ids: list[int]) -> list[ClassSection]: ...
    def taken(self, sections: Collection[tuple[str, int]]) -> set[tuple[str, int]]: ...
    def next_ids(self, count: int) -> range: ...
    def add(self, section: ClassSection, entry: Entry) -> None: ...
    def add_all(self, new: Sequence[tuple[ClassSection, Entry]]) -> list[ClassSection]: ...
    def delete(self, section: ClassSection, entry: Entry) -> None: ...


class Instructors(Protocol):
    def require(self, instructor_id: int) -> None: ...
    def require_named(self, username: str) -> int: ...


class Forgets(Protocol):
    def forget(self, class_id: int) -> None: ...


@dataclass(frozen=True)
class Cursor:
    """How far an instance has followed: the whole reading it began with, and the last change it knows."""

    reading: str = ""
    sequence: int = 0


@dataclass
class Changes:
    """What changed after a cursor. `whole`: these are all classes there are, and no others.

    `read_age_s` is how long ago all classes were last read from DynamoDB; None: never, so this is not all there is.
    """

    cursor: Cursor
    read_age_s: int | None = None
    whole: bool = False
    sections: list[ClassSection] = field(default_factory=list)


class Feed(Protocol):
    """What all instances commit, in order; see enrollment.adapters.class_feed."""

    def publish(self, sections: Sequence[ClassSection]) -> None: ...
    def changes(self, after: Cursor) -> Changes: ...
    def begin_reading(self, lease_s: float) -> bool: ...
    def put_off_reading(self, pause_s: float) -> None: ...
    def class_ids(self) -> set[int]: ...
    def end_reading(self, gone: Collection[int]) -> None: ...
