"""Reply bodies about the students of a class, for instructors and registrars."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from enrollment.api.schemas import ClassState
from enrollment.domain.moments import rfc3339_or_none
from enrollment.domain.record import Record
from enrollment.service.roster_pages import RosterPage, Row


class Student(BaseModel):
    StudentID: int = Field(examples=[4])
    EnrollmentID: int = Field(examples=[6])
    EnrollmentState: str = Field(examples=["ENROLLED"])

    @classmethod
    def of(cls, record: Record) -> "Student":
        return cls(StudentID=record.student_id, EnrollmentID=record.enrollment_id, EnrollmentState=record.state.value)


class EnrolledStudents(BaseModel):
    enrolled: list[Student] = Field(serialization_alias="Enrolled Students")


class DroppedStudents(BaseModel):
    dropped: list[Student] = Field(serialization_alias="Dropped Students")


class Turn(BaseModel):
    """Whether the next seat may be the student's."""

    paused: bool = Field(examples=[False], description="the place is kept and passed over")
    skipped_for: int | None = Field(
        examples=[None], description="passed over for the seat in this class, another section of the course"
    )
    offered_until: str | None = Field(examples=[None], description="until when a seat is held (RFC 3339)")
    swap_from: int | None = Field(examples=[None], description="the class whose seat is given up for one here")

    @classmethod
    def told_of(cls, record: Record) -> dict[str, Any]:
        return {
            "paused": record.paused,
            "skipped_for": record.skipped_for or None,
            "offered_until": rfc3339_or_none(record.offered_until_s),
            "swap_from": record.swap_from or None,
        }


class InLine(Turn):
    student_id: int = Field(examples=[4])
    position: int = Field(examples=[1])

    @classmethod
    def of(cls, record: Record, position: int) -> "InLine":
        return cls(student_id=record.student_id, position=position, **cls.told_of(record))


class Waitlist(BaseModel):
    Waitlist: list[InLine]


class RosterStudent(Turn):
    student_id: int = Field(examples=[4])
    username: str | None = Field(examples=["abhinav"])
    email: str | None = Field(examples=["abhinav@example.com"])
    enrollment_id: int = Field(examples=[6])
    position: int | None = Field(examples=[1], description="the place in line; null for who is not in line")
    since: str | None = Field(examples=["2026-11-22T17:00:02Z"], description="since when in line (RFC 3339)")

    @classmethod
    def of(cls, row: Row) -> "RosterStudent":
        person = row.person
        return cls(
            student_id=row.record.student_id,
            username=person.username if person else None,
            email=person.email if person else None,
            enrollment_id=row.record.enrollment_id,
            position=row.position,
            since=rfc3339_or_none(row.record.since_s),
            **cls.told_of(row.record),
        )


class Roster(BaseModel):
    class_details: ClassState
    state: Literal["enrolled", "waiting", "dropped"]
    students: list[RosterStudent]
    next_after: str | None = Field(examples=["1795366801001.100"], description="the `after` of the next page, or null")
    names_known: bool = Field(description="false: the users service does not answer, so names and addresses are null")

    @classmethod
    def of(cls, state: Literal["enrolled", "waiting", "dropped"], page: RosterPage) -> "Roster":
        return cls(
            class_details=ClassState.of(page.section),
            state=state,
            students=[RosterStudent.of(row) for row in page.rows],
            next_after=page.next_after,
            names_known=page.names_known,
        )
