"""Students' routes: see classes, take and give up seats and places in line."""

from fastapi import APIRouter, Request, Response

from enrollment.api import schemas as replies
from enrollment.api.dependencies import (
    CallerEmail,
    CallerName,
    CatalogDep,
    ClassId,
    EnrollmentsDep,
    ListingDep,
    StudentId,
    SwapFrom,
    SwapTo,
)
from enrollment.api.pages import MOST_ENROLLMENTS, After, EnrollmentsLimit, ListQuery, link_on, list_reply
from enrollment.domain.record import Seated, Swapped
from kit.web.app import COMMON_PROBLEMS, as_asked, links, problems
from kit.web.compression import accepts_gzip
from kit.web.unchanged import UNCHANGED, IfNoneMatch, unless_unchanged

router = APIRouter(tags=["students"], responses=COMMON_PROBLEMS)

_SAME = as_asked("studentid", "classid", "username", "email")


@router.get(
    "/list",
    summary="List Classes",
    response_model=replies.ClassList,
    responses={304: {"description": "The list has not changed"}},
)
async def list_classes(
    request: Request,
    listing: ListingDep,
    query: ListQuery,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The active classes that have a free seat or room on the waitlist, by id: all of them, or a page, or a search.

    Where there are more, the header `Link` leads to the next page. With `If-None-Match` an unchanged list is a 304.
    """
    packed = accepts_gzip(request.headers)
    page = await listing.page(query, packed=packed)
    return list_reply(page, query, if_none_match, packed=packed)


@router.get("/class/{classid}", summary="Show A Class", responses=problems(_404="No such class"))
def show_class(classid: ClassId, catalog: CatalogDep) -> replies.ClassState:
    """One class, whether or not it has room."""
    return replies.ClassState.of(catalog.require(classid))


@router.get(
    "/enrollments/{studentid}/{username}/{email}",
    summary="View All My Enrollments",
    response_model=replies.EnrollmentList,
    responses=UNCHANGED,
)
def enrollments_of_student(
    studentid: StudentId,
    username: CallerName,
    email: CallerEmail,
    catalog: CatalogDep,
    limit: EnrollmentsLimit = MOST_ENROLLMENTS,
    after: After = 0,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Every class the student is enrolled in, waits for or has dropped, by class id; an empty list if none."""
    part = catalog.of_student(studentid, limit, after)
    held = replies.EnrollmentList(Enrollments=[replies.EnrolledClass.of_student(*found) for found in part.items])
    return unless_unchanged(held, if_none_match, link_on(part, lambda found: found[0].class_id, limit))


@router.post(
    "/enroll/{studentid}/{classid}/{username}/{email}",
    summary="Enroll In A Class",
    responses=problems(
        _404="No such class",
        _409="Already enrolled or waiting, or in another section of a course of which one may be held, the class is "
        "inactive, or class and waitlist are full",
    )
    | links(drop=_SAME, leave=_SAME, position=_SAME),
)
async def enroll(
    studentid: StudentId, classid: ClassId, username: CallerName, email: CallerEmail, enrollments: EnrollmentsDep
) -> replies.EnrollmentAdded | replies.EnrollmentUpdated | replies.AddedToWaitlist:
    """Takes a free seat, or the next place in line when the class is full.

    A seat that frees goes to the head of the line by itself; subscribe at the notification service to be told. Where
    only one section of a course may be held, who has a seat in another one swaps it instead.
    """
    done = await enrollments.enroll(studentid, classid)
    if not isinstance(done, Seated):
        return replies.AddedToWaitlist()
    return replies.EnrollmentAdded.of(classid, done) if done.is_new else replies.EnrollmentUpdated.of(done)


@router.delete(
    "/enrollmentdrop/{studentid}/{classid}/{username}/{email}",
    summary="Drop A Class",
    responses=problems(_404="No such class, or not enrolled in it", _409="Already dropped") | links(enroll=_SAME),
)
async def drop(
    studentid: StudentId, classid: ClassId, username: CallerName, email: CallerEmail, enrollments: EnrollmentsDep
) -> replies.ClassDropped:
    """Gives up the seat. The next in line gets it at the same moment and is notified."""
    return replies.ClassDropped.of(await enrollments.drop(studentid, classid))


@router.post(
    "/swap/{studentid}/{fromclassid}/{toclassid}/{username}/{email}",
    summary="Swap Classes",
    responses=problems(
        _404="No such class, or not enrolled in the one to give up",
        _409="Already enrolled in the other, it is inactive, or it and its waitlist are full",
    ),
)
async def swap(
    studentid: StudentId,
    fromclassid: SwapFrom,
    toclassid: SwapTo,
    username: CallerName,
    email: CallerEmail,
    enrollments: EnrollmentsDep,
) -> replies.ClassesSwapped | replies.WaitingToSwap:
    """Gives up a seat in one class for a seat in another: both or nothing.

    If the other class is full the seat is kept, and given up in the moment a seat in the other is got. Students who
    want each other's seats, up to four in a circle, and are next in line get them at once. A student who waits already
    for the other class keeps the place.
    """
    done = await enrollments.swap(studentid, fromclassid, toclassid)
    if isinstance(done, Swapped):
        return replies.ClassesSwapped(new_student="ENROLLED" if done.promoted else None)
    return replies.WaitingToSwap(swap_from=fromclassid)


_PLACE = problems(_404="No such class, or not on its waitlist", _409="Enrolled, dropped, or a seat is on offer")


@router.put("/pause/{studentid}/{classid}/{username}/{email}", summary="Pause A Place In Line", responses=_PLACE)
async def pause_place(
    studentid: StudentId, classid: ClassId, username: CallerName, email: CallerEmail, enrollments: EnrollmentsDep
) -> replies.PausedPlace:
    """Keeps the place and lets seats go to those behind. Repeating it changes nothing."""
    await enrollments.pause(studentid, classid)
    return replies.PausedPlace(class_id=classid, paused=True)


@router.delete("/pause/{studentid}/{classid}/{username}/{email}", summary="End A Pause", responses=_PLACE)
async def resume_place(
    studentid: StudentId, classid: ClassId, username: CallerName, email: CallerEmail, enrollments: EnrollmentsDep
) -> replies.PausedPlace:
    """Back in turn at the place that was kept; a seat that is free is the student's at once."""
    await enrollments.resume(studentid, classid)
    return replies.PausedPlace(class_id=classid, paused=False)


@router.delete(
    "/waitlistdrop/{studentid}/{classid}/{username}/{email}",
    summary="Leave A Waitlist",
    responses=problems(_404="No such class, or not on its waitlist", _409="Already enrolled, or already dropped"),
)
async def leave(
    studentid: StudentId, classid: ClassId, username: CallerName, email: CallerEmail, enrollments: EnrollmentsDep
) -> replies.LeftWaitlist:
    """Gives up the place in line; everybody behind moves up."""
    await enrollments.leave(studentid, classid)
    return replies.LeftWaitlist(element_removed=studentid)
