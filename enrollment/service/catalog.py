"""Classes as such: which there are, who is in them, adding and removing them."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from enrollment.adapters.class_store import ClassStore
from enrollment.adapters.instructors import Instructors
from enrollment.adapters.roster_store import RosterStore
from enrollment.domain.errors import ClassUnknown, NobodyListed, NotYourClass
from enrollment.domain.roster import ClassSection, ClassStatus, Record, State
from enrollment.service.enrollments import Enrollments

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
    standing: ClassStatus


class Catalog:
    def __init__(
        self,
        classes: ClassStore,
        rosters: RosterStore,
        enrollments: Enrollments,
        instructors: Instructors,
        on_commit: Callable[[ClassSection], None],
    ) -> None:
        self._classes = classes
        self._rosters = rosters
        self._enrollments = enrollments
        self._instructors = instructors
        self._on_commit = on_commit

    def require(self, class_id: int) -> ClassSection:
        """Raises ClassUnknown, also for a class that is being removed."""
        facts = self._rosters.require_facts(class_id)
        if facts.standing is ClassStatus.REMOVING:
            raise ClassUnknown(class_id)
        return facts

    def require_taught_by(self, instructor_id: int, class_id: int) -> ClassSection:
        """Raises ClassUnknown, NotYourClass."""
        facts = self.require(class_id)
        if facts.instructor_id != instructor_id:
            raise NotYourClass(instructor_id, class_id)
        return facts

    def students(self, instructor_id: int, class_id: int, state: State) -> list[Record]:
        """Who of the instructor's class is in this state, in order. Raises ClassUnknown, NotYourClass, NobodyListed."""
        self.require_taught_by(instructor_id, class_id)
        records = list(self._rosters.students(class_id, state))
        if not records:
            raise NobodyListed(LISTED_AS[state], class_id)
        return records

    def of_student(self, student_id: int) -> list[tuple[ClassSection, Record]]:
        """Every class the student has enrolled in, waited for or dropped, by id, without those taken away."""
        return [
            (facts, record)
            for facts, record in self._rosters.of_student(student_id)
            if facts.standing is not ClassStatus.REMOVING
        ]

    def add(self, new: NewClass) -> ClassSection:
        """Raises InstructorUnknown, SectionTaken."""
        self._instructors.require(new.instructor_id)
        facts = ClassSection(
            class_id=self._classes.next_id(),
            course_code=new.course_code,
            section_number=new.section_number,
            class_name=new.class_name,
            department=new.department,
            instructor_id=new.instructor_id,
            max_capacity=new.max_capacity,
            waitlist_maximum=new.waitlist_maximum,
            current_enrollment=0,
            current_waitlist=0,
            standing=new.standing,
            version=1,
            line_version=first_line_version(),
        )
        self._classes.add(facts)
        self._on_commit(facts)
        return facts

    def remove(self, class_id: int) -> None:
        """Everybody in the class becomes dropped, then the class is gone. Raises ClassUnknown."""
        self._enrollments.withdraw_all(class_id)
        self._classes.delete(self._rosters.require_facts(class_id))

    def set_standing(self, class_id: int, standing: ClassStatus) -> ClassSection:
        """Open or close the class to newcomers. Raises ClassUnknown."""
        self._enrollments.set_standing(class_id, standing)
        return self.require(class_id)

    def resize(self, class_id: int, max_capacity: int, waitlist_maximum: int) -> ClassSection:
        """Change how many may sit and wait. Raises ClassUnknown, StillSeated."""
        self._enrollments.resize(class_id, max_capacity, waitlist_maximum)
        return self.require(class_id)

    def hand_over(self, class_id: int, instructor_id: int) -> ClassSection:
        """Change who teaches the class. Raises ClassUnknown, InstructorUnknown."""
        self._instructors.require(instructor_id)
        self._enrollments.hand_over(class_id, instructor_id)
        return self.require(class_id)


def first_line_version() -> int:
    """Milliseconds since 1970: a class made anew in an emptied database never repeats a version that browsers know."""
    return time.time_ns() // 1_000_000
