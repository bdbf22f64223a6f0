"""The HTTP routes about notices that could not be delivered: for who runs the system."""

from typing import Annotated

from annotated_types import Interval
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from etc.contracts.channel import Channel
from kit.web.app import BODY_PROBLEMS, COMMON_PROBLEMS, problems
from kit.web.params import Decimal
from kit.web.wired import wired
from notification.adapters.dead_letter_office import DeadLetterOffice
from notification.adapters.dead_letter_queue import DeadLetter

router = APIRouter(tags=["dead letters"], responses=COMMON_PROBLEMS)

_ID = "0192f0c1-2b7a-7c3d-9e4f-5a6b7c8d9e0f"


Office = Annotated[DeadLetterOffice, Depends(wired("dead_letters"))]
Limit = Annotated[int, Interval(ge=1, le=1_000), Decimal, Query(description="how many of each channel at most")]


class DeadLetterShown(BaseModel):
    id: str = Field(examples=[_ID])
    channel: Channel = Field(examples=["webhook"])
    student_id: int | None = Field(examples=[4], description="null: the message was no event")
    class_id: int | None = Field(examples=[2])
    course_code: str | None = Field(examples=["CPSC 449"], description="null: the message does not name the class")
    class_name: str | None = Field(examples=["Web Back-End Engineering"])
    reason: str = Field(examples=["the receiver answered 404"])
    attempts: int = Field(examples=[9])
    since: str | None = Field(examples=["2026-11-22T17:00:02Z"], description="when it was set aside (RFC 3339)")

    @classmethod
    def of(cls, letter: DeadLetter) -> "DeadLetterShown":
        event = letter.event
        return cls(
            id=letter.id,
            channel=Channel(letter.channel),
            student_id=event.student_id if event else None,
            class_id=event.class_id if event else None,
            course_code=event.course_code or None if event else None,
            class_name=event.class_name or None if event else None,
            reason=letter.reason,
            attempts=letter.attempts,
            since=None if letter.died_at == "?" else letter.died_at,
        )


class DeadLetters(BaseModel):
    counts: dict[Channel, int] = Field(examples=[{"email": 0, "webhook": 1}], description="how many there are")
    letters: list[DeadLetterShown] = Field(description="the oldest of each channel, as many as asked for")


class Replay(BaseModel):
    """Without either, all are sent again."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"channel": "webhook", "id": _ID}, {}]})

    channel: Channel | None = Field(default=None, description="only of this channel")
    id: str | None = Field(default=None, min_length=1, max_length=200, description="only the one with this id")


class Replayed(BaseModel):
    message: str = Field(examples=["1 sent again"])
    replayed: int = Field(examples=[1], description="how many; of very many those for which there was time")


@router.get("/dead-letters", summary="List Dead Letters")
def list_dead_letters(office: Office, limit: Limit = 50) -> DeadLetters:
    """API for operators to see which notices could not be delivered, and why.

    Returns: How many there are of each channel, and the oldest of them.
    """
    shelves = office.look(limit)
    return DeadLetters(
        counts={shelf.channel: shelf.count for shelf in shelves},
        letters=[DeadLetterShown.of(letter) for shelf in shelves for letter in shelf.oldest],
    )


@router.post(
    "/dead-letters/replay",
    summary="Send Dead Letters Again",
    responses=BODY_PROBLEMS | problems(_404="No dead letter has this id"),
)
def replay_dead_letters(office: Office, wanted: Replay) -> Replayed:
    """API for operators to send notices again that could not be delivered: their attempts start over.

    As `bin/dead-letters replay` does. A second click is harmless: what is under way again is no dead letter any more.

    Returns: How many are sent again.
    """
    count = office.replay([wanted.channel] if wanted.channel else list(Channel), wanted.id)
    return Replayed(message=f"{count} sent again", replayed=count)
