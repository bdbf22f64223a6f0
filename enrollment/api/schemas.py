"""Reply bodies, with the names and in the order of the founding document."""

from typing import Literal

from pydantic import BaseModel, Field

from enrollment.domain.class_section import ClassSection, ClassStatus, Promotion
from enrollment.domain.course_rule import OneSection
from enrollment.domain.moments import rfc3339_or_none
from enrollment.domain.record import Dropped, Record, Seated


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
    offer_window_s: int = Field(examples=[0], description="how long an offer stands, in seconds")
    open_offers: int = Field(examples=[0], description="seats held for those who are offered one")
    in_turn: int = Field(
        examples=[0], description="how many of those in line get the next seats: not who pauses or is offered one"
    )
    promotions_due: int = Field(
        examples=[0],
        description="how many of those in line get seats that are free, some at a time: after a change of many seats "
        "that goes on when the request is answered",
    )
    one_section: OneSection = Field(
        examples=["off"],
        description="whether who has a seat in one section of the course gets none in another; starting: those who sit "
        "already are being made known to the rule",
    )

    @classmethod
    def of(cls, section: ClassSection) -> "ClassState":
        return cls(
            **ClassDetails.of(section).model_dump(),
            State=section.status,
            HistoryNumber=section.history.number,
            HistoryHash=section.history.hash,
            promotion=section.promotion,
            offer_window_s=section.offer_window_s,
            open_offers=section.open_offers,
            in_turn=section.in_turn,
            promotions_due=section.promotions_due,
            one_section=section.rule.one_section,
        )


class EnrolledClass(ClassState):
    """A class as one student sees it."""

    EnrollmentID: int = Field(examples=[4])
    EnrollmentState: Literal["ENROLLED", "WAITLISTED", "DROPPED"] = Field(examples=["ENROLLED"])
    swap_from: int | None = Field(
        description="while waiting: the class whose seat is given up for one here", examples=[None]
    )
    paused: bool = Field(description="while waiting: the place is kept and passed over", examples=[False])
    skipped_for: int | None = Field(
        description="while waiting: passed over for the seat in this class, another section of the course",
        examples=[None],
    )
    offered_until: str | None = Field(description="until when a seat is held (RFC 3339)", examples=[None])

    @classmethod
    def of_student(cls, section: ClassSection, record: Record) -> "EnrolledClass":
        return cls(
            **ClassState.of(section).model_dump(),
            EnrollmentID=record.enrollment_id,
            EnrollmentState=record.state.value,
            swap_from=record.swap_from or None,
            paused=record.paused,
            skipped_for=record.skipped_for or None,
            offered_until=rfc3339_or_none(record.offered_until_s),
        )


class EnrollmentList(BaseModel):
    Enrollments: list[EnrolledClass]


class ClassList(BaseModel):
    Classes: list[ClassDetails]


class StaffClass(ClassDetails):
    State: ClassStatus = Field(examples=["active"], description="inactive: closed to newcomers")


class StaffClassList(BaseModel):
    Classes: list[StaffClass]
    next_after: int | None = Field(examples=[50], description="the `after` of the next page; null if this is the last")


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


class PausedPlace(BaseModel):
    class_id: int = Field(examples=[2])
    paused: bool
