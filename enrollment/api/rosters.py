"""Who is in a class, by name and address: for its instructor and for registrars."""

from typing import Annotated, Literal

from annotated_types import Interval
from fastapi import APIRouter, Depends, Query, Request

from enrollment.api import roster_schemas as replies
from enrollment.api.dependencies import CallerEmail, CallerName, ClassId, InstructorId
from enrollment.api.pages import PlaceAfter
from enrollment.domain.record import State
from enrollment.service.roster_pages import MOST, RosterPages
from kit.web.app import COMMON_PROBLEMS, problems
from kit.web.params import Decimal

router = APIRouter(responses={**COMMON_PROBLEMS, **problems(_404="No such class")})

_STATES = {"enrolled": State.ENROLLED, "waiting": State.WAITLISTED, "dropped": State.DROPPED}


async def _rosters(request: Request) -> RosterPages:
    rosters: RosterPages = request.app.state.rosters
    return rosters


RostersDep = Annotated[RosterPages, Depends(_rosters)]
StateName = Annotated[Literal["enrolled", "waiting", "dropped"], Query(description="who is listed")]
RosterLimit = Annotated[
    int, Interval(ge=1, le=MOST), Decimal, Query(description="how many at most; `next_after` leads to the rest")
]


@router.get(
    "/roster/{instructorid}/{classid}/{username}/{email}",
    tags=["instructors"],
    summary="Show Who Is In A Class I Teach",
    responses=problems(_403="Another instructor's class"),
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
) -> replies.Roster:
    """The class and who is enrolled, waits (next first, with place and since when) or has dropped; nobody is an empty
    list. Without the users service, names and addresses are null."""
    return replies.Roster.of(state, rosters.of_taught(instructorid, classid, _STATES[state], limit, after))


@router.get("/roster/{classid}", tags=["registrar"], summary="Show Who Is In A Class")
def roster(
    classid: ClassId,
    rosters: RostersDep,
    state: StateName = "enrolled",
    limit: RosterLimit = MOST,
    after: PlaceAfter = "0.0",
) -> replies.Roster:
    """The same of any class."""
    return replies.Roster.of(state, rosters.of_class(classid, _STATES[state], limit, after))
