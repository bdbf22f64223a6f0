"""JSON of registration day: demand, and what happened minute by minute."""

from pydantic import BaseModel, Field


class Totals(BaseModel):
    classes: int = Field(examples=[10])
    seats: int = Field(examples=[200])
    enrolled: int = Field(examples=[120])
    waiting: int = Field(examples=[7])


class DepartmentDemand(Totals):
    department: str = Field(examples=["Computer Science"])


class Line(BaseModel):
    class_id: int = Field(examples=[2])
    course_code: str = Field(examples=["CPSC 449"])
    class_name: str = Field(examples=["Web Back-End Engineering"])
    section_number: int = Field(examples=[1])
    waiting: int = Field(examples=[7])
    places: int = Field(examples=[15], description="how many may wait")


class ClassDemand(Line):
    seats: int = Field(examples=[2])
    enrolled: int = Field(examples=[2])


class GrowingLine(Line):
    growth: int = Field(examples=[5], description="in five minutes")


class Demand(Totals):
    departments: list[DepartmentDemand] = Field(description="most waiting first")
    most_wanted: list[ClassDemand] = Field(
        description="the twenty with most students for each seat, enrolled or waiting"
    )
    longest_lines: list[ClassDemand] = Field(description="of the twenty longest, without empty ones")


class Minute(BaseModel):
    minute: str = Field(examples=["2026-11-22T17:00:00Z"], description="when it began (RFC 3339)")
    enrolled: int = Field(examples=[12], description="got a seat at once")
    joined: int = Field(examples=[3], description="joined a line")
    promoted: int = Field(examples=[1], description="came from a line into a seat")
    dropped: int = Field(examples=[1], description="gave a seat up")
    left: int = Field(examples=[0], description="left a line without a seat")


class Movements(BaseModel):
    until: str = Field(examples=["2026-11-22T17:02:00Z"], description="the minute that is not over yet (RFC 3339)")
    minutes: list[Minute] = Field(description="oldest first, without those in which nothing happened")
    growing_lines: list[GrowingLine] = Field(description="of the twenty that grew most in five minutes")
