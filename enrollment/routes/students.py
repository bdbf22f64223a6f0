"""What students do: see classes, take and give up seats and places in line."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse

from enrollment.domain.roster import Seated
from enrollment.routes import replies
from enrollment.routes.parts import (
    CallerEmail,
    CallerName,
    ClassId,
    StudentId,
    TheCatalog,
    TheEnrollments,
    ThePositions,
)
from kit.web import COMMON_PROBLEMS, problems

router = APIRouter(tags=["students"], responses=COMMON_PROBLEMS)


@router.get("/list", summary="List Classes")
def list_classes(catalog: TheCatalog) -> replies.ClassList:
    """The active classes that have a free seat or room on the waitlist."""
    return replies.ClassList(Classes=[replies.ClassDetails.of(facts) for facts in catalog.open_classes()])


@router.get("/class/{classid}", summary="Show A Class", responses=problems(_404="No such class"))
def show_class(classid: ClassId, catalog: TheCatalog) -> replies.ClassState:
    """One class, whether or not it has room."""
    return replies.ClassState.of(catalog.require(classid))


@router.post(
    "/enroll/{studentid}/{classid}/{username}/{email}",
    summary="Enroll In A Class",
    responses=problems(
        _404="No such class",
        _409="Already enrolled or waiting, the class is inactive, or class and waitlist are full",
    ),
)
def enroll(
    studentid: StudentId, classid: ClassId, username: CallerName, email: CallerEmail, enrollments: TheEnrollments
) -> replies.EnrollmentAdded | replies.EnrollmentUpdated | replies.AddedToWaitlist:
    """Takes a free seat, or the next place in line when the class is full.

    A seat that frees goes to the head of the line by itself; subscribe at the notification service to be told.
    """
    done = enrollments.enroll(studentid, classid)
    if not isinstance(done, Seated):
        return replies.AddedToWaitlist()
    return replies.EnrollmentAdded.of(classid, done) if done.is_new else replies.EnrollmentUpdated.of(done)


@router.delete(
    "/enrollmentdrop/{studentid}/{classid}/{username}/{email}",
    summary="Drop A Class",
    responses=problems(_404="No such class, or not enrolled in it", _409="Already dropped"),
)
def drop(
    studentid: StudentId, classid: ClassId, username: CallerName, email: CallerEmail, enrollments: TheEnrollments
) -> replies.ClassDropped:
    """Gives up the seat. The next in line gets it at the same moment and is told."""
    return replies.ClassDropped.of(enrollments.drop(studentid, classid))


@router.delete(
    "/waitlistdrop/{studentid}/{classid}/{username}/{email}",
    summary="Leave A Waitlist",
    responses=problems(_404="No such class, or not on its waitlist", _409="Already enrolled, or already dropped"),
)
def leave(
    studentid: StudentId, classid: ClassId, username: CallerName, email: CallerEmail, enrollments: TheEnrollments
) -> replies.LeftWaitlist:
    """Gives up the place in line; everybody behind moves up."""
    enrollments.leave(studentid, classid)
    return replies.LeftWaitlist(element_removed=studentid)


@router.get(
    "/waitlist/{studentid}/{classid}/{username}/{email}",
    summary="View Current Position",
    response_model=replies.WaitlistPosition,
    responses={304: {"description": "The line has not changed"}, **problems(_404="No such class, or not in its line")},
)
@router.head("/waitlist/{studentid}/{classid}/{username}/{email}", include_in_schema=False)
async def position(
    request: Request,
    studentid: StudentId,
    classid: ClassId,
    username: CallerName,
    email: CallerEmail,
    positions: ThePositions,
    if_none_match: Annotated[str | None, Header(description="an ETag of this resource")] = None,
    if_modified_since: Annotated[str | None, Header(description="a Last-Modified of this resource")] = None,
) -> Response:
    """The place in line (1 is next) and the length of the line.

    Refreshing is cheap: with `If-None-Match` or `If-Modified-Since` the reply is 304 while the line is unchanged.
    """
    place = await positions.of(studentid, classid)
    headers = place.validators.headers
    given = request.headers
    if place.settled and place.validators.not_modified(
        given.getlist("if-none-match"), given.getlist("if-modified-since")
    ):
        return Response(status_code=304, headers=headers)
    return JSONResponse({"position": place.position, "length": place.length}, headers=headers)
