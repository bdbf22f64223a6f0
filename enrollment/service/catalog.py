"""Classes as such: which there are, who is in them, adding and changing them."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from enrollment.domain.class_history import first_entry
from enrollment.domain.class_revision import Revision
from enrollment.domain.class_section import ClassSection, ClassStatus, Promotion
from enrollment.domain.course_rule import NO_RULE, CourseRule
from enrollment.domain.errors import ClassUnknown, NobodyListed, NotYourClass, SectionTaken, VersionConflict
from enrollment.domain.history import SYSTEM, Actor
from enrollment.domain.moments import now_as_text
from enrollment.domain.record import Record, State
from enrollment.domain.sections import normalized_code
from enrollment.service.enrollments import Enrollments
from enrollment.service.ports import Classes, Instructors, Outcomes, Rosters
from kit import faults, idempotency
from kit.concurrency.backoff import pauses
from kit.errors import AppError
from kit.idempotency import KeyReused
from kit.observability import correlation
from kit.stores.dynamo_calls import pause

T = TypeVar("T")

LISTED_AS = {State.ENROLLED: "enrolled students", State.WAITLISTED: "waitlist", State.DROPPED: "dropped students"}


@dataclass(frozen=True)
class NewClass:
    course_code: str
    section_number: int
    class_name: str
    department: str
    instructor_id: int
    max_capacity: int
    waitlist_maximum: int
    status: ClassStatus
    promotion: Promotion = Promotion.AUTOMATIC
    offer_window_s: int = 0

    @property
    def course(self) -> str:
        return normalized_code(self.course_code)

    def section(self, class_id: int, rule: CourseRule = NO_RULE) -> ClassSection:
        """The class as it is before anybody enrolls, under its course's rule."""
        return ClassSection(
            **vars(self),
            class_id=class_id,
            current_enrollment=0,
            current_waitlist=0,
            version=1,
            line_version=first_line_version(),
            rule=rule,
        )


@dataclass(frozen=True)
class Part(Generic[T]):
    """The first of some; `is_last`: and no more come after them."""

    items: list[T]
    is_last: bool

    @classmethod
    def of(cls, every: Iterable[T], limit: int) -> "Part[T]":
        """Looks at one more than `limit`."""
        found = list(islice(every, limit + 1))
        return cls(found[:limit], len(found) <= limit)


class Catalog:
    def __init__(
        self,
        classes: Classes,
        rosters: Rosters,
        enrollments: Enrollments,
        instructors: Instructors,
        outcomes: Outcomes,
        on_commit: Callable[[ClassSection], None],
    ) -> None:
        self._classes = classes
        self._rosters = rosters
        self._enrollments = enrollments
        self._instructors = instructors
        self._outcomes = outcomes
        self._on_commit = on_commit

    def require(self, class_id: int) -> ClassSection:
        """Raises ClassUnknown, also for a class that is being removed."""
        section = self._rosters.require_section(class_id)
        if section.status is ClassStatus.REMOVING:
            raise ClassUnknown(class_id)
        return section

    def require_taught_by(self, instructor_id: int, class_id: int) -> ClassSection:
        """Raises ClassUnknown, NotYourClass."""
        section = self.require(class_id)
        if section.instructor_id != instructor_id:
            raise NotYourClass(instructor_id, class_id)
        return section

    def students(self, instructor_id: int, class_id: int, state: State, limit: int, after: int = 0) -> Part[Record]:
        """Students of the instructor's class in this state, in order, behind this sequence number or enrollment id.

        Raises ClassUnknown, NotYourClass, and NobodyListed when there is nobody at all.
        """
        section = self.require_taught_by(instructor_id, class_id)
        students = self._rosters.students(class_id, state, limit + 1, after, all_in_turn=section.all_in_turn)
        part = Part.of(students, limit)
        if not part.items and not after:
            raise NobodyListed(LISTED_AS[state], class_id)
        return part

    def of_student(self, student_id: int, limit: int, after: int = 0) -> Part[tuple[ClassSection, Record]]:
        """The classes the student has enrolled in, waited for or dropped, by id, without those taken away."""
        found = self._rosters.of_student(student_id, after)
        there = ((section, record) for section, record in found if section.status is not ClassStatus.REMOVING)
        return Part.of(there, limit)

    def add(self, new: NewClass, by: Actor = SYSTEM) -> ClassSection:
        """Raises InstructorUnknown, SectionTaken, Unavailable. With an Idempotency-Key: the class it has added."""
        if first := self.added_before():
            return first
        self._instructors.require(new.instructor_id)
        return self.add_taught(new, by)

    def add_taught(self, new: NewClass, by: Actor = SYSTEM) -> ClassSection:
        """As `add`; that the instructor exists, and what `added_before` says, is the caller's to know."""
        [class_id] = self._classes.next_ids(1)
        try:
            section = self._add(class_id, new, by)
        except SectionTaken:
            if first := self.added_before():  # by the same request, at this moment
                return first
            raise
        faults.point("class.added")
        self._on_commit(section)
        return section

    def _add(self, class_id: int, new: NewClass, by: Actor) -> ClassSection:
        key = idempotency.current()
        # bounded: by the request's deadline; each round comes after somebody else's change of a course's rule.
        for pause_s in pauses(first_s=0.01, longest_s=0.1):
            section = new.section(class_id, self._rules([new])[new.course])
            also = [self._outcomes.write_of(key, section)] if key else []
            try:
                self._classes.add(section, first_entry(section, now_as_text(), by, correlation.current()), also)
            except VersionConflict:  # a registrar has just changed the course's rule
                pause(pause_s)
            else:
                return section
        raise AssertionError("pauses never end")

    def _rules(self, new: Sequence[NewClass]) -> dict[str, CourseRule]:
        return self._classes.courses.rules({each.course for each in new})

    def added_before(self) -> ClassSection | None:
        """By this request, if it has a key and is a repetition. Raises KeyReused."""
        key = idempotency.current()
        fingerprint, section = self._outcomes.known([key]).get(key.name, ("", None)) if key else ("", None)
        if key is None or section is None:
            return None
        if fingerprint != key.fingerprint:
            raise KeyReused
        key.is_replayed = True
        if isinstance(section, AppError):  # refused at this moment, by another instance
            raise section
        assert isinstance(section, ClassSection)
        return section

    def add_all(self, new: Sequence[NewClass], by: Actor = SYSTEM) -> list[bool]:
        """Whether each of these (at most MOST_ADDED) was added; where not, its section is there already.

        All at one moment. Repeating it is safe and takes no ids. Raises Unavailable. That the instructors exist is the
        caller's to know.
        """
        there = self._classes.taken([(each.course_code, each.section_number) for each in new])
        wanted = [each for each in new if (each.course_code, each.section_number) not in there]
        added = self._add_all(wanted, by) if wanted else []
        for section in added:
            self._on_commit(section)
        done = {(section.course_code, section.section_number) for section in added}
        return [(each.course_code, each.section_number) in done for each in new]

    def _add_all(self, wanted: Sequence[NewClass], by: Actor) -> list[ClassSection]:
        ids = self._classes.next_ids(len(wanted))
        # bounded: by the request's deadline; each round comes after somebody else's change of a course's rule.
        for pause_s in pauses(first_s=0.01, longest_s=0.1):
            rules = self._rules(wanted)
            sections = [each.section(i, rules[each.course]) for i, each in zip(ids, wanted, strict=True)]
            at, request_id = now_as_text(), correlation.current()
            try:
                return self._classes.add_all([(each, first_entry(each, at, by, request_id)) for each in sections])
            except VersionConflict:
                pause(pause_s)
        raise AssertionError("pauses never end")

    def are_there(self, wanted: Sequence[NewClass]) -> list[bool]:
        """Whether the section of each of these (at most 100) is there at this moment. Raises Unavailable."""
        asked = [(each.course_code, each.section_number) for each in wanted]
        there = self._classes.taken(asked) if asked else set()
        return [section in there for section in asked]

    def revise(self, class_id: int, revision: Revision, by: Actor = SYSTEM) -> ClassSection:
        """Change several things of the class, or none. Raises ClassUnknown, StillSeated, Unavailable.

        That the instructor exists is the caller's to know.
        """
        self._enrollments.revise(class_id, revision, by)
        return self.require(class_id)

    def set_status(self, class_id: int, status: ClassStatus, by: Actor = SYSTEM) -> ClassSection:
        """Open or close the class to newcomers. Raises ClassUnknown."""
        self._enrollments.set_status(class_id, status, by)
        return self.require(class_id)

    def resize(self, class_id: int, max_capacity: int, waitlist_maximum: int, by: Actor = SYSTEM) -> ClassSection:
        """Change how many may sit and wait. Raises ClassUnknown, StillSeated."""
        self._enrollments.resize(class_id, max_capacity, waitlist_maximum, by)
        return self.require(class_id)

    def set_policy(self, class_id: int, promotion: Promotion, offer_window_s: int, by: Actor = SYSTEM) -> ClassSection:
        """Change how free seats go to the line. Raises ClassUnknown."""
        self._enrollments.set_policy(class_id, promotion, offer_window_s, by)
        return self.require(class_id)

    def assign_instructor(self, class_id: int, instructor_id: int, by: Actor = SYSTEM) -> ClassSection:
        """Change who teaches the class. Raises ClassUnknown, InstructorUnknown."""
        self._instructors.require(instructor_id)
        self._enrollments.assign_instructor(class_id, instructor_id, by)
        return self.require(class_id)


def first_line_version() -> int:
    """Milliseconds since 1970: a class made anew in an emptied database never repeats a version that browsers know."""
    return time.time_ns() // 1_000_000
