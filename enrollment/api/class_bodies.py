"""Classes as JSON bodies and rows of a file describe them; unlike a path, they can say "C#", "100%" and "I/O"."""

from typing import Annotated, Any, Literal

from annotated_types import Interval
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from enrollment.domain.class_section import ClassStatus, Promotion
from enrollment.domain.sections import normalized_code
from enrollment.service.catalog import NewClass
from kit.web.params import LARGEST_ID, Decimal

MOST_SEATS = 100_000

Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Id = Annotated[int, Interval(ge=1, le=LARGEST_ID), Decimal]
Seats = Annotated[int, Interval(ge=1, le=MOST_SEATS), Decimal]
Places = Annotated[int, Interval(ge=0, le=MOST_SEATS), Decimal]
Status = Literal["active", "inactive"]
Window = Annotated[int, Interval(ge=60, le=604_800), Decimal]


EXAMPLE: dict[str, Any] = {
    "course_code": "CPSC 349",
    "section_number": 1,
    "class_name": "C# and I/O",
    "department": "Computer Science",
    "instructor": "lovelace",
    "max_capacity": 30,
    "waitlist_maximum": 15,
}


_ONE_OF_BOTH: list[Any] = [
    {
        "required": [given],
        "properties": {given: {"not": {"type": "null"}}, other: {"type": "null"}},
    }
    for given, other in (("instructor", "instructor_id"), ("instructor_id", "instructor"))
]


class ClassRow(BaseModel):
    """A class that is to be added. Its instructor is named by user name or by id."""

    model_config = ConfigDict(
        validate_default=True,
        json_schema_extra={"examples": [EXAMPLE], "oneOf": _ONE_OF_BOTH},
    )

    course_code: Text
    section_number: Id
    class_name: Text
    department: Text
    instructor: Name | None = Field(default=None, description="the user name")
    instructor_id: Id | None = Field(default=None, description="or the user id")
    max_capacity: Seats
    waitlist_maximum: Places
    status: Status = "active"
    promotion: Literal["automatic", "offer"] = Field(
        default="automatic", description="the use of a free seat: the next in line gets it, or is offered it"
    )
    offer_window_s: Window = Field(default=86_400, description="how long an offer stands, in seconds")

    @field_validator("instructor_id")
    @classmethod
    def _one_of_both(cls, instructor_id: int | None, info: ValidationInfo) -> int | None:
        if (instructor_id is None) == (info.data.get("instructor") is None):
            raise PydanticCustomError("instructor", "give the instructor's id here, or the user name in `instructor`")
        return instructor_id

    @property
    def section(self) -> tuple[str, int]:
        return normalized_code(self.course_code), self.section_number

    @property
    def taught_by(self) -> int | str:
        return self.instructor_id or self.instructor or ""

    def new_class(self, instructor_id: int) -> NewClass:
        return NewClass(
            course_code=self.course_code,
            section_number=self.section_number,
            class_name=self.class_name,
            department=self.department,
            instructor_id=instructor_id,
            max_capacity=self.max_capacity,
            waitlist_maximum=self.waitlist_maximum,
            status=ClassStatus(self.status),
            promotion=Promotion(self.promotion),
            offer_window_s=self.offer_window_s if self.promotion == "offer" else 0,
        )


class ClassChange(BaseModel):
    """The changes; fields left out stay as they are."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"class_name": "Web Back-End Engineering", "max_capacity": 40}]}
    )

    class_name: Text | None = None
    department: Text | None = None
    instructor: Name | None = Field(default=None, description="the user name")
    max_capacity: Seats | None = None
    waitlist_maximum: Places | None = None
    status: Status | None = None
