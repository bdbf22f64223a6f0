"""One section per course (domain.course_rule), switched on and off for all sections of a course.

The course's item decides. Then each section learns it, and, when the rule begins, every seat that is had already is
claimed, some at a time; then the rule is in force. Each step may be repeated, so a change that was cut short is carried
out by whoever comes next: another request for it, or the reconciler.
"""

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

from enrollment.domain.course_rule import CourseRule, OneSection
from enrollment.domain.errors import ClassUnknown
from enrollment.domain.history import SYSTEM, Actor
from enrollment.domain.record import State
from enrollment.service.enrollments import Enrollments
from enrollment.service.ports import Claims, Rosters
from enrollment.service.ports import Courses as StoredCourses
from kit import faults
from kit.concurrency.backoff import pauses
from kit.errors import AppError
from kit.observability import correlation
from kit.stores.dynamo_calls import pause

log = logging.getLogger(__name__)

REPLY_WITHIN_S = 1.5
MOST_CLAIMED = 100  # in one transaction
_AT_ONCE = 2


class Courses:
    def __init__(self, courses: StoredCourses, rosters: Rosters, claims: Claims, enrollments: Enrollments) -> None:
        self._courses = courses
        self._rosters = rosters
        self._claims = claims
        self._enrollments = enrollments
        # bounded: by the number of courses being changed, each of which is submitted once.
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="course-rule")
        self._lock = Lock()
        self._under_way: dict[str, Future[None]] = {}

    def set_one_section(self, course: str, on: bool, by: Actor = SYSTEM) -> OneSection:
        """The rule as it is now: `STARTING` if those who sit are still being claimed, which goes on by itself.

        Idempotent. Raises Unavailable.
        """
        wanted = OneSection.STARTING if on else OneSection.OFF
        # bounded: by the request's deadline; each round comes after somebody else's change.
        for pause_s in pauses(first_s=0.01, longest_s=0.1):
            rule, _ = self._courses.course(course)
            if rule.applies is on or self._courses.change(course, rule, wanted):
                break
            pause(pause_s)
        faults.point("rule.changed")
        try:
            self._carrying_out(course, by).result(REPLY_WITHIN_S)
        except TimeoutError:
            log.info("the rule of %s is being carried out", course)
        return self._courses.course(course)[0].one_section

    def carry_out_all(self) -> list[str]:
        """Finish changes that were cut short; returns their courses. One that cannot be carried out now is left.
        Raises Unavailable.
        """
        done: list[str] = []
        for course in self._courses.changing():
            try:
                self.carry_out(course)
            except AppError as error:
                log.warning("the rule of %s is left to the next pass: %s", course, error)
            else:
                done.append(course)
        return done

    def carry_out(self, course: str, by: Actor = SYSTEM) -> None:
        """Carry out the course's rule to the end; others may do the same. Raises Unavailable."""
        # bounded: by the changes of the rule, since each round carries one out; nobody waits for it.
        for pause_s in pauses(first_s=0.01, longest_s=0.3):
            rule, class_ids = self._courses.course(course)
            for class_id in class_ids:
                self._tell(class_id, rule, by)
            if rule.one_section is OneSection.STARTING:
                for class_id in class_ids:
                    self._claim_seats(course, class_id)
                self._courses.change(course, rule, OneSection.ON)
            elif self._courses.settle(course, rule):
                return
            pause(pause_s)

    def _tell(self, class_id: int, rule: CourseRule, by: Actor) -> None:
        try:
            self._enrollments.set_rule(class_id, rule, by)
            faults.point("rule.told")
            if not rule.applies:
                self._enrollments.end_skips(class_id)
        except ClassUnknown:
            pass  # on its way out

    def _claim_seats(self, course: str, class_id: int) -> None:
        some: list[int] = []
        for record in self._rosters.students(class_id, State.ENROLLED):
            some.append(record.student_id)
            if len(some) == MOST_CLAIMED:
                self._claims.claim(course, class_id, some)
                faults.point("rule.claimed")
                some = []
        if some:
            self._claims.claim(course, class_id, some)
            faults.point("rule.claimed")

    def _carrying_out(self, course: str, by: Actor) -> "Future[None]":
        with self._lock:
            future = self._under_way.get(course)
            if future is None:
                future = self._under_way[course] = self._pool.submit(correlation.carried(self._carry_out), course, by)
            return future

    def _carry_out(self, course: str, by: Actor) -> None:
        try:
            self.carry_out(course, by)
        except AppError as error:
            log.warning("the rule of %s is left to the reconciler to carry out: %s", course, error)
        finally:
            with self._lock:
                del self._under_way[course]
