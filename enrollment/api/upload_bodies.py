"""Rows of files, as uploads and loads take them, and what became of each."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from enrollment.api.class_bodies import EXAMPLE, Id, Name, Text
from enrollment.domain.sections import normalized_code

MOST_CLASSES = 100
MOST_STUDENTS = 50  # each may be in another class, and each class is a transaction

_STUDENT: dict[str, Any] = {"course_code": "CPSC 449", "section_number": 1, "student": "abhinav"}


class SeatRow(BaseModel):
    """A student who is to be in a class. `though_closed`: also if the class takes no newcomers."""

    course_code: Text
    section_number: Id
    student: Name = Field(description="the user name")
    waits: bool = Field(default=False, description="in line, unless a seat is free")
    though_closed: bool = False
    paused: bool = Field(default=False, description="of who waits: in a pause")

    @property
    def section(self) -> tuple[str, int]:
        return normalized_code(self.course_code), self.section_number


class _Rows(BaseModel):
    """Each is looked at by itself: its faults keep no other from being added."""

    dry_run: bool = Field(default=False, strict=True, description="only say what would happen to each")


class ClassUpload(_Rows):
    """Classes of a file."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"classes": [EXAMPLE], "dry_run": True}]})

    classes: list[dict[str, Any]] = Field(min_length=1, max_length=MOST_CLASSES, description="as POST /classes takes")


class StudentUpload(_Rows):
    """Students of a file who are to be in classes."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"students": [_STUDENT], "dry_run": True}]})

    students: list[dict[str, Any]] = Field(
        min_length=1,
        max_length=MOST_STUDENTS,
        description="each with `course_code`, `section_number` and `student`, the user name; if wanted, `waits`: in "
        "line, unless a seat is free, `paused`: of who waits, in a pause, and `though_closed`: also if the class takes "
        "no newcomers",
    )


class UploadResult(BaseModel):
    outcome: Literal["good", "added", "kept", "bad"] = Field(
        description="good: would be added; kept: it is there already and stays as it is"
    )
    detail: str | None = Field(default=None, description="what is wrong with a bad one")
    code: str | None = Field(default=None, description="the same for programs, as in problem details")


class UploadResults(BaseModel):
    results: list[UploadResult] = Field(description="in the order of the rows")
