"""Rosters with names and addresses: for the class's instructor and for registrars."""

from typing import Annotated, Literal

from annotated_types import Interval
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from enrollment.api import roster_schemas as replies
from enrollment.api.dependencies import CallerEmail, CallerName, ClassId, InstructorId
from enrollment.api.pages import PlaceAfter
from enrollment.domain.record import State
from enrollment.service.class_messages import ClassMessages
from enrollment.service.roster_pages import MOST, RosterPages
from kit.web.app import BODY_PROBLEMS, COMMON_PROBLEMS, problems
from kit.web.params import Decimal
from kit.web.unchanged import UNCHANGED, IfNoneMatch, unless_unchanged

router = APIRouter(responses={**COMMON_PROBLEMS, **problems(_404="No such class")})

_STATES = {"enrolled": State.ENROLLED, "waiting": State.WAITLISTED, "dropped": State.DROPPED}


async def _rosters(request: Request) -> RosterPages:
    rosters: RosterPages = request.app.state.rosters
    return rosters


async def _messages(request: Request) -> ClassMessages:
    messages: ClassMessages = request.app.state.messages
    return messages


RostersDep = Annotated[RosterPages, Depends(_rosters)]
MessagesDep = Annotated[ClassMessages, Depends(_messages)]
StateName = Annotated[Literal["enrolled", "waiting", "dropped"], Query(description="who is listed")]
RosterLimit = Annotated[
    int, Interval(ge=1, le=MOST), Decimal, Query(description="how many at most; `next_after` leads to the rest")
]


@router.get(
    "/roster/{instructorid}/{classid}/{username}/{email}",
    tags=["instructors"],
    summary="Show Who Is In A Class I Teach",
    response_model=replies.Roster,
    responses={**problems(_403="Another instructor's class"), **UNCHANGED},
)
def taught_roster(
    instructorid: InstructorId,
    classid: ClassId,
    username: CallerName,
    email: CallerEmail,
    rosters: RostersDep,
    state: StateName = "enrolled",
    limit: RosterLimit = MOST,
    after: PlaceAfter = "0.0",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The class and who is enrolled, waits (next first, with place and since when) or has dropped; nobody is an empty
    list. Without the users service, names and addresses are null."""
    page = rosters.of_taught(instructorid, classid, _STATES[state], limit, after)
    return unless_unchanged(replies.Roster.of(state, page), if_none_match)


class MessageToClass(BaseModel):
    """A message, and its recipients."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"to": "enrolled", "title": "Room change", "text": "We meet in CS 101 from Monday on."}]
        },
    )

    to: Literal["enrolled", "waiting", "dropped"] = Field(description="who gets it")
    title: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$", description="one line")
    text: str = Field(
        min_length=1, max_length=5000, pattern=r"^[^\x00-\x09\x0b-\x1f\x7f]+$", description="lines are ended by \\n"
    )


class Written(BaseModel):
    message: str = Field(examples=["Written to 2 students"])
    recipients: int = Field(examples=[2], description="to how many; each gets one mail")


@router.post(
    "/message/{instructorid}/{classid}/{username}/{email}",
    tags=["instructors"],
    summary="Write To Who Is In A Class I Teach",
    responses=problems(_403="Another instructor's class", _404="No such class, or nobody in this list")
    | problems(_409="More than 1,000 are in this list")
    | BODY_PROBLEMS,
)
def write_to_class(
    instructorid: InstructorId,
    classid: ClassId,
    username: CallerName,
    email: CallerEmail,
    messages: MessagesDep,
    wanted: MessageToClass,
) -> Written:
    """A mail to each who is enrolled, waits or has dropped, to the address of the account; answers go to the caller.

    The mails are kept until the mail server has taken them, whatever fails meanwhile. With an `Idempotency-Key` the
    request may be repeated until it is answered: nobody gets two.
    """
    state = _STATES[wanted.to]
    count = messages.send(instructorid, classid, state, wanted.title, wanted.text, sender=username, reply_to=email)
    return Written(message=f"Written to {count} students", recipients=count)


@router.get(
    "/roster/{classid}",
    tags=["registrar"],
    summary="Show Who Is In A Class",
    response_model=replies.Roster,
    responses=UNCHANGED,
)
def roster(
    classid: ClassId,
    rosters: RostersDep,
    state: StateName = "enrolled",
    limit: RosterLimit = MOST,
    after: PlaceAfter = "0.0",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The same of any class."""
    page = rosters.of_class(classid, _STATES[state], limit, after)
    return unless_unchanged(replies.Roster.of(state, page), if_none_match)
