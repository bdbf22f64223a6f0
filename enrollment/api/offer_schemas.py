"""Bodies about seats that are offered, and about how free seats are given."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from enrollment.domain.class_section import ClassSection
from enrollment.domain.record import Record
from kit.moments import rfc3339

OfferAnswer = Literal["accept", "decline"]


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


class OfferAnswered(BaseModel):
    message: Literal["Seat accepted", "Seat declined"]
    class_id: int = Field(examples=[2])
    enrolled: bool


class Policy(BaseModel):
    """How free seats go to the line, and whether several sections of the course may be held."""

    model_config = ConfigDict(extra="forbid")

    promotion: Literal["automatic", "offer"] = Field(examples=["offer"])
    offer_window_s: int = Field(
        default=86_400, ge=60, le=604_800, description="how long an offer stands, in seconds", examples=[3600]
    )
    one_section: bool | None = Field(
        default=None,
        strict=True,
        description="for all sections of the class's course: who has a seat in one gets none in another, but by a "
        "swap; left out or null: as it is",
        examples=[True],
    )
