"""The list of classes for those who teach and those who run it: of every status, full or not, page by page."""

from typing import Annotated, Literal

from annotated_types import Interval
from fastapi import APIRouter, Depends, Query, Request, Response

from enrollment.api import demand_schemas
from enrollment.api import schemas as replies
from enrollment.api.dependencies import CallerEmail, CallerName, InstructorId, ListingDep, MovementsDep
from enrollment.api.pages import After, Course, Department, Search, list_reply
from enrollment.domain.class_section import ClassStatus
from enrollment.service import class_list
from enrollment.service.listing import Listing
from kit.web.app import COMMON_PROBLEMS
from kit.web.compression import accepts_gzip
from kit.web.params import LARGEST_ID, Decimal, Id
from kit.web.unchanged import IfNoneMatch

router = APIRouter(responses={**COMMON_PROBLEMS, 304: {"description": "The list has not changed"}})

MOST_CLASSES = 500

ClassLimit = Annotated[
    int, Interval(ge=1, le=MOST_CLASSES), Decimal, Query(description="how many at most; `next_after` leads to the rest")
]


@router.get(
    "/taught/{instructorid}/{username}/{email}",
    tags=["instructors"],
    summary="List Classes I Teach",
    response_model=replies.StaffClassList,
)
async def taught(
    request: Request,
    instructorid: InstructorId,
    username: CallerName,
    email: CallerEmail,
    listing: ListingDep,
    limit: ClassLimit = MOST_CLASSES,
    after: After = 0,
    q: Search = "",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The instructor's classes, active or not, by id. With `If-None-Match` an unchanged list is a 304."""
    query = class_list.Query(limit, after, full=True, words=q, instructor_id=instructorid, status=None, for_staff=True)
    return await _reply(request, listing, query, if_none_match)


async def _staff_query(
    limit: ClassLimit = 50,
    after: After = 0,
    q: Search = "",
    course: Course = "",
    department: Department = "",
    instructor_id: Annotated[Id | None, Query(description="who teaches them")] = None,
    state: Annotated[Literal["active", "inactive"] | None, Query(description="of this state only")] = None,
    waiting: Annotated[
        int, Interval(ge=0, le=LARGEST_ID), Decimal, Query(description="at least so many are in line")
    ] = 0,
) -> class_list.Query:
    return class_list.Query(
        limit,
        after,
        course,
        department,
        full=True,
        words=q,
        instructor_id=instructor_id,
        status=ClassStatus(state) if state else None,
        waiting=waiting,
        for_staff=True,
    )


@router.get("/classes", tags=["registrar"], summary="Find Classes", response_model=replies.StaffClassList)
async def find_classes(
    request: Request,
    listing: ListingDep,
    query: Annotated[class_list.Query, Depends(_staff_query)],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """All classes, active or not, full or not, by id, or those that are looked for.

    Where there are more, `next_after` is the `after` to go on with. With `If-None-Match` an unchanged list is a 304.
    """
    return await _reply(request, listing, query, if_none_match)


@router.get("/demand", tags=["registrar"], summary="Show What Is Asked For", response_model=demand_schemas.Demand)
async def demand(request: Request, listing: ListingDep, if_none_match: IfNoneMatch = None) -> Response:
    """Seats, enrolled and waiting students in all, by department (most waiting first), and the longest lines.

    From what this instance knows of all classes, without a look at the database; with `If-None-Match` 304 while nothing
    has changed.
    """
    return await _reply(request, listing, class_list.Query(summed=True), if_none_match)


@router.get("/demand/minutes", tags=["registrar"], summary="Show What Happened In Each Minute")
def demand_by_minute(movements: MovementsDep) -> demand_schemas.Movements:
    """How many got a seat, joined a line, came from a line into a seat, gave a seat up or left a line, minute by minute
    over the last three hours, and which lines grew most in the last five minutes.

    Counted as it is committed and kept in Redis, where it may be lost: for pictures.
    """
    return demand_schemas.Movements.model_validate(movements.recent())


async def _reply(request: Request, listing: Listing, query: class_list.Query, if_none_match: str | None) -> Response:
    packed = accepts_gzip(request.headers)
    return list_reply(await listing.page(query, packed=packed), query, if_none_match, packed=packed)
