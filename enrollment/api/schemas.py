"""Reply bodies, with the names and in the order of the founding document."""

from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from enrollment.domain.class_section import ClassSection, ClassStatus, Promotion
from enrollment.domain.history import Role, What
from enrollment.domain.moments import rfc3339
from enrollment.domain.record import Dropped, Record, Seated
from enrollment.domain.story import Moment
from enrollment.service.roster_pages import RosterPage, Row


class ClassDetails(BaseModel):
    ClassID: int = Field(examples=[2])
    CourseCode: str = Field(examples=["CPSC 449"])
    SectionNumber: int = Field(examples=[1])
    ClassName: str = Field(examples=["Web Back-End Engineering"])
    Department: str = Field(examples=["Computer Science"])
    MaxCapacity: int = Field(examples=[2])
    CurrentEnrollment: int = Field(examples=[1])
    CurrentWaitlist: int = Field(examples=[0])
    InstructorID: int = Field(examples=[5])
    WaitlistMaximum: int = Field(examples=[15])

    @classmethod
    def of(cls, section: ClassSection) -> "ClassDetails":
        return cls(
            ClassID=section.class_id,
            CourseCode=section.course_code,
            SectionNumber=section.section_number,
            ClassName=section.class_name,
            Department=section.department,
            MaxCapacity=section.max_capacity,
            CurrentEnrollment=section.current_enrollment,
            CurrentWaitlist=section.current_waitlist,
            InstructorID=section.instructor_id,
            WaitlistMaximum=section.waitlist_maximum,
        )


class ClassState(ClassDetails):
    State: ClassStatus = Field(examples=["active"], description="inactive: closed to newcomers")
    HistoryNumber: int = Field(examples=[7], description="of the latest entry of the class's history")
    HistoryHash: str = Field(
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        description="the hash of that entry: note it, and nothing up to here can be changed without your seeing it",
    )
    promotion: Promotion = Field(examples=["automatic"], description="what the next in line gets: a seat, or an offer")
    open_offers: int = Field(examples=[0], description="seats held for those who are offered one")

    @classmethod
    def of(cls, section: ClassSection) -> "ClassState":
        return cls(
            **ClassDetails.of(section).model_dump(),
            State=section.status,
            HistoryNumber=section.history.number,
            HistoryHash=section.history.hash,
            promotion=section.promotion,
            open_offers=section.open_offers,
        )


class EnrolledClass(ClassState):
    """A class as one student sees it."""

    EnrollmentID: int = Field(examples=[4])
    EnrollmentState: Literal["ENROLLED", "WAITLISTED", "DROPPED"] = Field(examples=["ENROLLED"])
    swap_from: int | None = Field(
        description="while waiting: the class whose seat is given up for one here", examples=[None]
    )
    paused: bool = Field(description="while waiting: the place is kept and passed over", examples=[False])
    offered_until: str | None = Field(description="until when a seat is held (RFC 3339)", examples=[None])

    @classmethod
    def of_student(cls, section: ClassSection, record: Record) -> "EnrolledClass":
        return cls(
            **ClassState.of(section).model_dump(),
            EnrollmentID=record.enrollment_id,
            EnrollmentState=record.state.value,
            swap_from=record.swap_from or None,
            paused=record.paused,
            offered_until=_time(record.offered_until_s),
        )


def _time(unix_s: int) -> str | None:
    return rfc3339(unix_s) if unix_s else None


class EnrollmentList(BaseModel):
    Enrollments: list[EnrolledClass]


class ClassList(BaseModel):
    Classes: list[ClassDetails]


class StaffClass(ClassDetails):
    State: ClassStatus = Field(examples=["active"], description="inactive: closed to newcomers")


class StaffClassList(BaseModel):
    Classes: list[StaffClass]
    next_after: int | None = Field(examples=[50], description="the `after` of the next page; null if this is the last")


class Totals(BaseModel):
    classes: int = Field(examples=[10])
    seats: int = Field(examples=[200])
    enrolled: int = Field(examples=[120])
    waiting: int = Field(examples=[7])


class DepartmentDemand(Totals):
    department: str = Field(examples=["Computer Science"])


class LongLine(BaseModel):
    class_id: int = Field(examples=[2])
    course_code: str = Field(examples=["CPSC 449"])
    class_name: str = Field(examples=["Web Back-End Engineering"])
    section_number: int = Field(examples=[1])
    seats: int = Field(examples=[2])
    enrolled: int = Field(examples=[2])
    waiting: int = Field(examples=[7])
    places: int = Field(examples=[15])


class Demand(Totals):
    departments: list[DepartmentDemand] = Field(description="most waiting first")
    longest_lines: list[LongLine] = Field(description="of the twenty longest, without empty ones")


class ClassAdded(BaseModel):
    message: str = Field(examples=["Class added successfully"])
    class_details: ClassState


class ClassRemoved(BaseModel):
    message: str = Field(examples=["Class removed successfully"])
    ClassID: int = Field(examples=[2])


class ClassChanged(BaseModel):
    message: str = Field(examples=["Class is now inactive"])
    class_details: ClassState


class EnrollmentItem(BaseModel):
    EnrollmentID: int = Field(examples=[4])
    StudentID: int = Field(examples=[1])
    ClassID: int = Field(examples=[2])
    EnrollmentState: Literal["ENROLLED"]


class EnrollmentAdded(BaseModel):
    """The first time: a new record."""

    message: Literal["Enrollment added successfully"]
    enrollment_item: EnrollmentItem
    updated_current_enrollment: int = Field(examples=[1])

    @classmethod
    def of(cls, class_id: int, seated: Seated) -> "EnrollmentAdded":
        item = EnrollmentItem(
            EnrollmentID=seated.record.enrollment_id,
            StudentID=seated.record.student_id,
            ClassID=class_id,
            EnrollmentState="ENROLLED",
        )
        return cls(
            message="Enrollment added successfully",
            enrollment_item=item,
            updated_current_enrollment=seated.current_enrollment,
        )


class EnrollmentUpdated(BaseModel):
    """After a drop: the record is used again."""

    message: Literal["Enrollment updated successfully"]
    updated_status: Literal["ENROLLED"]
    updated_current_enrollment: int = Field(examples=[1])

    @classmethod
    def of(cls, seated: Seated) -> "EnrollmentUpdated":
        return cls(
            message="Enrollment updated successfully",
            updated_status="ENROLLED",
            updated_current_enrollment=seated.current_enrollment,
        )


class AddedToWaitlist(BaseModel):
    """The class is full."""

    message: Literal["Student added to waitlist"] = "Student added to waitlist"


class ClassDropped(BaseModel):
    message: Literal["Class dropped updated successfully"]
    updated_status: Literal["DROPPED"]
    new_student: Literal["ENROLLED"] | None = Field(description="ENROLLED when the next in line got the seat")
    updated_current_enrollment: int = Field(examples=[2])

    @classmethod
    def of(cls, dropped: Dropped) -> "ClassDropped":
        return cls(
            message="Class dropped updated successfully",
            updated_status="DROPPED",
            new_student="ENROLLED" if dropped.promoted else None,
            updated_current_enrollment=dropped.current_enrollment,
        )


class ClassesSwapped(BaseModel):
    """The old seat was given up for the new one at once."""

    message: Literal["Classes swapped successfully"] = "Classes swapped successfully"
    swapped: Literal[True] = True
    new_student: Literal["ENROLLED"] | None = Field(description="ENROLLED when somebody waited for the old seat")


class WaitingToSwap(BaseModel):
    """The wanted class is full: the old seat is kept until one frees."""

    message: Literal["Student added to waitlist"] = "Student added to waitlist"
    swapped: Literal[False] = False
    swap_from: int = Field(description="the class whose seat is given up for the new one", examples=[4])


class LeftWaitlist(BaseModel):
    """`{"Element removed": <student id>}`"""

    element_removed: int = Field(serialization_alias="Element removed", examples=[4])


class WaitlistPosition(BaseModel):
    position: int = Field(examples=[1], description="1 is next")
    length: int = Field(examples=[3], description="how many are in line")
    since: str = Field(examples=["2026-11-22T17:00:02Z"], description="when the student joined the line (RFC 3339)")
    paused: bool = Field(
        default=False, description="the place is kept and passed over; absent from one position if not"
    )
    offered_until: str | None = Field(
        default=None, examples=[None], description="until when a seat is held (RFC 3339); absent if none is"
    )


class PlaceInLine(WaitlistPosition):
    ClassID: int = Field(examples=[2])


class Waitlists(BaseModel):
    Waitlists: list[PlaceInLine]


class Offer(BaseModel):
    class_id: int = Field(examples=[2])
    course_code: str = Field(examples=["CPSC 449"])
    section_number: int = Field(examples=[1])
    class_name: str = Field(examples=["Web Back-End Engineering"])
    offered_until: str = Field(examples=["2026-11-22T18:00:02Z"], description="RFC 3339")
    swap_from: int | None = Field(description="the class whose seat is given up on acceptance", examples=[None])

    @classmethod
    def of(cls, section: ClassSection, record: Record) -> "Offer":
        return cls(
            class_id=section.class_id,
            course_code=section.course_code,
            section_number=section.section_number,
            class_name=section.class_name,
            offered_until=rfc3339(record.offered_until_s),
            swap_from=record.swap_from or None,
        )


class OfferList(BaseModel):
    offers: list[Offer]


OfferAnswer = Literal["accept", "decline"]


class OfferAnswered(BaseModel):
    message: Literal["Seat accepted", "Seat declined"]
    class_id: int = Field(examples=[2])
    enrolled: bool


class PausedPlace(BaseModel):
    class_id: int = Field(examples=[2])
    paused: bool


class Policy(BaseModel):
    """How free seats go to the line."""

    model_config = ConfigDict(extra="forbid")

    promotion: Literal["automatic", "offer"] = Field(examples=["offer"])
    offer_window_s: int = Field(
        default=86_400, ge=60, le=604_800, description="how long an offer stands, in seconds", examples=[3600]
    )


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


class InLine(BaseModel):
    student_id: int = Field(examples=[4])
    position: int = Field(examples=[1])


class Waitlist(BaseModel):
    Waitlist: list[InLine]


class RosterStudent(BaseModel):
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
            since=_time(row.record.since_s),
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


class StoryEntry(BaseModel):
    number: int = Field(examples=[7], description="of the entry in the class's history")
    at: str = Field(examples=["2026-11-22T17:00:02.123+00:00"])
    what: str = Field(examples=["moved_up"])
    text: str = Field(examples=["2 ahead of you got seats, now you are number 2"])
    position: int | None = Field(examples=[2], description="the place in line after it, if there is one")
    hash: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])


class Story(BaseModel):
    class_id: int = Field(examples=[2])
    entries: list[StoryEntry]

    @classmethod
    def of(cls, class_id: int, moments: list[Moment]) -> "Story":
        return cls(class_id=class_id, entries=[StoryEntry(**asdict(moment)) for moment in moments])


class By(BaseModel):
    role: Role
    id: int | None


class HistoryChange(BaseModel):
    """With more fields for what happened: see enrollment.domain.history."""

    model_config = ConfigDict(extra="allow")

    what: What
    student_id: int | None
    by: By
    request_id: str | None


class HistoryEntry(BaseModel):
    class_id: int
    number: int
    at: str
    previous: str = Field(description="the hash of the entry before it; 64 zeros in the first")
    changes: list[HistoryChange]
    hash: str = Field(description="SHA-256 of the entry as canonical JSON (RFC 8785) without this field")


class History(BaseModel):
    class_id: int = Field(examples=[2])
    entries: list[HistoryEntry]
    names: dict[int, str] = Field(
        examples=[{4: "abhinav"}], description="user names of students in the entries, by id, as far as they are known"
    )

    @classmethod
    def of(cls, class_id: int, entries: list[dict[str, Any]], names: dict[int, str]) -> "History":
        return cls.model_validate({"class_id": class_id, "entries": entries, "names": names})
