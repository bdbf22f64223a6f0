"""What instructors do: see who is in their classes, and drop a student."""

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

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
from enrollment.domain.history import Actor, Role
from enrollment.domain.roster import State
from kit.web.app import COMMON_PROBLEMS, problems

router = APIRouter(tags=["instructors"], responses={**COMMON_PROBLEMS, **problems(_403="Another instructor's class")})

NOBODY = problems(_404="No such class, or nobody to list")


@router.get("/enrolled/{instructorid}/{classid}/{username}/{email}", summary="List Enrolled Students", responses=NOBODY)
def enrolled(
    instructorid: InstructorId, classid: ClassId, username: CallerName, email: CallerEmail, catalog: CatalogDep
) -> replies.EnrolledStudents:
    """Who has a seat, in the order of enrollment ids."""
    records = catalog.students(instructorid, classid, State.ENROLLED)
    return replies.EnrolledStudents(enrolled=[replies.Student.of(record) for record in records])


@router.get("/dropped/{instructorid}/{classid}/{username}/{email}", summary="List Dropped Students", responses=NOBODY)
def dropped(
    instructorid: InstructorId, classid: ClassId, username: CallerName, email: CallerEmail, catalog: CatalogDep
) -> replies.DroppedStudents:
    """Who dropped the class, left its waitlist or was dropped."""
    records = catalog.students(instructorid, classid, State.DROPPED)
    return replies.DroppedStudents(dropped=[replies.Student.of(record) for record in records])


@router.get(
    "/instructorwaitlist/{instructorid}/{classid}/{username}/{email}", summary="Show The Waitlist", responses=NOBODY
)
def waitlist(
    instructorid: InstructorId, classid: ClassId, username: CallerName, email: CallerEmail, catalog: CatalogDep
) -> replies.Waitlist:
    """Who waits, next first."""
    records = catalog.students(instructorid, classid, State.WAITLISTED)
    line = [replies.InLine(student_id=r.student_id, position=place) for place, r in enumerate(records, start=1)]
    return replies.Waitlist(Waitlist=line)


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
    """Takes the student's seat. The next in line gets it and is told, as after the student's own drop."""
    await run_in_threadpool(catalog.require_taught_by, instructorid, classid)
    return replies.ClassDropped.of(await enrollments.drop(studentid, classid, Actor(Role.INSTRUCTOR, instructorid)))
