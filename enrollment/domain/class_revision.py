"""Registrars' changes of a class: titles, sizes, status, instructor, how free seats are given, and its removal."""

from collections.abc import Iterable
from dataclasses import dataclass

from enrollment.domain import errors
from enrollment.domain.class_section import ClassStatus, Promotion
from enrollment.domain.course_rule import CourseRule
from enrollment.domain.history import What
from enrollment.domain.record import State
from enrollment.domain.roster_state import RosterState


@dataclass(frozen=True)
class Revision:
    """The changes; None: as it is. `status` is a ClassStatus or its name, and not removing."""

    class_name: str | None = None
    department: str | None = None
    instructor_id: int | None = None
    max_capacity: int | None = None
    waitlist_maximum: int | None = None
    status: str | None = None


class RevisableClass(RosterState):
    """Each method changes what differs and tells the history so; nobody loses a seat or a place in line by it, but by a
    removal."""

    def revise(self, revision: Revision) -> None:
        """Change what the revision names, or nothing. Raises ClassUnknown, StillSeated."""
        now = self.section
        self.resize(
            now.max_capacity if revision.max_capacity is None else revision.max_capacity,
            now.waitlist_maximum if revision.waitlist_maximum is None else revision.waitlist_maximum,
        )
        self.retitle(revision.class_name or now.class_name, revision.department or now.department)
        if revision.instructor_id:
            self.assign_instructor(revision.instructor_id)
        if revision.status:
            self.set_status(ClassStatus(revision.status))

    def retitle(self, class_name: str, department: str) -> None:
        """Call the class otherwise. Raises ClassUnknown."""
        self._existing()
        if (class_name, department) != (self.section.class_name, self.section.department):
            self._note(What.RETITLED, class_name=class_name, department=department)
        self.section.class_name, self.section.department = class_name, department

    def set_status(self, status: ClassStatus) -> None:
        """Open or close the class to newcomers. Seats and line are not touched. Raises ClassUnknown."""
        self._existing()
        if status is not self.section.status:
            self._note(What.STATUS, status=str(status))
        self.section.status = status

    def resize(self, max_capacity: int, waitlist_maximum: int) -> None:
        """Change how many may sit and wait. Nobody loses either; new seats go to the line by `promote_waiting`.

        Raises ClassUnknown, StillSeated.
        """
        self._existing()
        enrolled, offered = self.section.current_enrollment, self.section.open_offers
        if max_capacity < enrolled + offered:
            raise errors.StillSeated(self.section.class_id, enrolled, offered)
        if (max_capacity, waitlist_maximum) != (self.section.max_capacity, self.section.waitlist_maximum):
            self._note(What.RESIZED, max_capacity=max_capacity, waitlist_maximum=waitlist_maximum)
        self.section.max_capacity, self.section.waitlist_maximum = max_capacity, waitlist_maximum

    def assign_instructor(self, instructor_id: int) -> None:
        """Give the class to another instructor. Raises ClassUnknown."""
        self._existing()
        if instructor_id != self.section.instructor_id:
            self._note(What.INSTRUCTOR, instructor_id=instructor_id)
        self.section.instructor_id = instructor_id

    def set_policy(self, promotion: Promotion, offer_window_s: int) -> None:
        """From now on free seats go to the line so; offers that are open stay. Raises ClassUnknown."""
        self._existing()
        if (promotion, offer_window_s) != (self.section.promotion, self.section.offer_window_s):
            self._note(What.POLICY, promotion=str(promotion), offer_window_s=offer_window_s)
        self.section.promotion, self.section.offer_window_s = promotion, offer_window_s

    def set_rule(self, rule: CourseRule) -> None:
        """The course's rule is this from now on, unless a later one is known. Raises ClassUnknown."""
        self._existing()
        if rule.number > self.section.rule.number:
            self._note(What.ONE_SECTION, one_section=str(rule.one_section))
            self.section.rule = rule

    def begin_removal(self) -> None:
        """Take the class away for everybody; repeating it is allowed, so that a removal cut short can go on."""
        if self.section.status is not ClassStatus.REMOVING:
            self._note(What.STATUS, status=str(ClassStatus.REMOVING))
        self.section.status = ClassStatus.REMOVING

    def withdraw(self, student_ids: Iterable[int], most: int) -> None:
        """Part of a removal: who sits or waits becomes dropped, and nobody is promoted. At most `most` at a time."""
        for student_id in student_ids:
            record = self.records.get(student_id)
            if record is None or record.state is State.DROPPED or len(self.touched) >= most:
                continue
            if record.state is State.ENROLLED:
                self._free_seat(record)
                self._note(What.DROPPED, record)
            else:
                self._note(What.DROPPED, record, sequence=record.sequence_number)
                self._leave_waitlist(record)
                self._become(record, State.DROPPED)
