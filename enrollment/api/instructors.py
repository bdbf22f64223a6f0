"""Instructors' routes: see who is in their classes, and drop a student."""

from fastapi import APIRouter, Response
from starlette.concurrency import run_in_threadpool

from enrollment.api import roster_schemas
from enrollment.api import schemas as replies
from enrollment.api.dependencies import (
    CallerEmail,
    CallerName,
    CatalogDep,
    ClassId,
    EnrollmentsDep,
    InstructorId,
    StudentId,
)
from enrollment.api.pages import MOST_LISTED, After, Limit, PlaceAfter, lead_on
from enrollment.domain.history import Actor, Role
from enrollment.domain.record import State
from kit.web.app import COMMON_PROBLEMS, problems

router = APIRouter(tags=["instructors"], responses={**COMMON_PROBLEMS, **problems(_403="Another instructor's class")})

NOBODY = problems(_404="No such class, or nobody to list")


@router.get("/enrolled/{instructorid}/{classid}/{username}/{email}", summary="List Enrolled Students", responses=NOBODY)
def enrolled(
    instructorid: InstructorId,
    classid: ClassId,
    username: CallerName,
    email: CallerEmail,
    catalog: CatalogDep,
    response: Response,
    limit: Limit = MOST_LISTED,
    after: After = 0,
) -> roster_schemas.EnrolledStudents:
    """The enrolled students, in the order of enrollment ids."""
    part = catalog.students(instructorid, classid, State.ENROLLED, limit, after)
    lead_on(response, part, lambda record: record.enrollment_id, limit)
    return roster_schemas.EnrolledStudents(enrolled=[roster_schemas.Student.of(record) for record in part.items])


@router.get("/dropped/{instructorid}/{classid}/{username}/{email}", summary="List Dropped Students", responses=NOBODY)
def dropped(
    instructorid: InstructorId,
    classid: ClassId,
    username: CallerName,
    email: CallerEmail,
    catalog: CatalogDep,
    response: Response,
    limit: Limit = MOST_LISTED,
    after: After = 0,
) -> roster_schemas.DroppedStudents:
    """Students who dropped the class, left its waitlist or were dropped."""
    part = catalog.students(instructorid, classid, State.DROPPED, limit, after)
    lead_on(response, part, lambda record: record.enrollment_id, limit)
    return roster_schemas.DroppedStudents(dropped=[roster_schemas.Student.of(record) for record in part.items])


@router.get(
    "/instructorwaitlist/{instructorid}/{classid}/{username}/{email}", summary="Show The Waitlist", responses=NOBODY
)
def waitlist(
    instructorid: InstructorId,
    classid: ClassId,
    username: CallerName,
    email: CallerEmail,
    catalog: CatalogDep,
    response: Response,
    limit: Limit = MOST_LISTED,
    after: PlaceAfter = "0.0",
) -> roster_schemas.Waitlist:
    """The waitlist, next first."""
    sequence_number, before = map(int, after.split("."))
    part = catalog.students(instructorid, classid, State.WAITLISTED, limit, sequence_number)
    lead_on(response, part, lambda record: f"{record.sequence_number}.{before + limit}", limit)
    line = [roster_schemas.InLine.of(record, number) for number, record in enumerate(part.items, start=before + 1)]
    return roster_schemas.Waitlist(Waitlist=line)


@router.delete(
    "/drop/{instructorid}/{classid}/{studentid}/{username}/{email}",
    summary="Drop A Student",
    responses=problems(_404="No such class, or the student is not enrolled in it", _409="Already dropped"),
)
async def drop_student(
    instructorid: InstructorId,
    classid: ClassId,
    studentid: StudentId,
    username: CallerName,
    email: CallerEmail,
    catalog: CatalogDep,
    enrollments: EnrollmentsDep,
) -> replies.ClassDropped:
    """Takes the student's seat. The next in line gets it and is notified, as after the student's own drop."""
    await run_in_threadpool(catalog.require_taught_by, instructorid, classid)
    return replies.ClassDropped.of(await enrollments.drop(studentid, classid, Actor(Role.INSTRUCTOR, instructorid)))
