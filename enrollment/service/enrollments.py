"""Seats and lines: what students, instructors and registrars may change about who sits and who waits."""

from functools import partial

from enrollment import metrics
from enrollment.adapters.roster_store import RosterStore
from enrollment.domain.roster import ClassStatus, Dropped, Roster, Seated, State, Waiting
from enrollment.service.unit_of_work import MOST_WRITES, UnitOfWork
from kit import faults

MOST_WITHDRAWN = MOST_WRITES


class Enrollments:
    def __init__(self, commits: UnitOfWork, rosters: RosterStore) -> None:
        self._commits = commits
        self._rosters = rosters

    @metrics.counted
    def enroll(self, student_id: int, class_id: int) -> Seated | Waiting:
        """A seat or a place in line. Raises what Roster.enroll raises, and Unavailable."""
        return self._commits.run(class_id, lambda roster: roster.enroll(student_id), student_id, guessable=True)

    def drop(self, student_id: int, class_id: int) -> Dropped:
        """The seat goes to the next in line, who is told. Raises what Roster.drop raises, and Unavailable."""
        return self._commits.run(class_id, lambda roster: roster.drop(student_id), student_id, shortens_line=True)

    def leave(self, student_id: int, class_id: int) -> None:
        """The place in line is given up. Raises what Roster.leave raises, and Unavailable."""
        self._commits.run(class_id, lambda roster: roster.leave(student_id), student_id, shortens_line=True)

    def set_standing(self, class_id: int, standing: ClassStatus) -> None:
        self._commits.run(class_id, lambda roster: roster.set_standing(standing))

    def resize(self, class_id: int, max_capacity: int, waitlist_maximum: int) -> None:
        """New seats go to the line at once, each told. Raises what Roster.resize raises, and Unavailable."""
        self._commits.run(class_id, lambda roster: roster.resize(max_capacity, waitlist_maximum))

    def hand_over(self, class_id: int, instructor_id: int) -> None:
        self._commits.run(class_id, lambda roster: roster.hand_over(instructor_id))

    def settle(self, class_id: int) -> None:
        """Seat whom a change cut short has left waiting beside a free seat. Nothing to do is fine."""
        self._commits.run(class_id, lambda _: None)

    def begin_removal(self, class_id: int) -> None:
        """From now on the class exists for nobody. Raises ClassUnknown, Unavailable."""
        self._commits.run(class_id, Roster.begin_removal)
        faults.point("removal.begun")

    def withdraw_all(self, class_id: int) -> None:
        """Drop everybody in a class in removal. Cut short, it goes on when called again."""
        for state in (State.WAITLISTED, State.ENROLLED):
            while some := tuple(r.student_id for r in self._rosters.students(class_id, state, most=MOST_WITHDRAWN)):
                self._commits.run(class_id, partial(Roster.withdraw, student_ids=some, most=MOST_WITHDRAWN), *some)
                faults.point("removal.chunk")

    def restore_line(self, class_id: int) -> bool:
        """Show the line in Redis as DynamoDB has it; True if something else was shown. Raises ClassUnknown."""
        return self._commits.restore_line(class_id)
