"""Reply bodies of the history of a class, and of what a student sees of it."""

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from enrollment.domain.history import Role, What
from enrollment.domain.story import Moment


class OtherClass(BaseModel):
    class_id: int = Field(examples=[9])
    course_code: str | None = Field(examples=["CPSC 335"], description="null as the rest: it was removed")
    class_name: str | None = Field(examples=["Algorithm Engineering"])
    section_number: int | None = Field(examples=[1])


class StoryEntry(BaseModel):
    number: int = Field(examples=[7], description="of the entry in the class's history")
    at: str = Field(examples=["2026-11-22T17:00:02.123+00:00"])
    what: str = Field(examples=["moved_up"])
    text: str = Field(examples=["2 ahead of you got seats, now you are number 2"])
    position: int | None = Field(examples=[2], description="the place in line after it, if there is one")
    hash: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    other_class: OtherClass | None = Field(
        description="the class that was or will be given up, or that a seat is held in, where it is about one"
    )


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
