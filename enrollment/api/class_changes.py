"""Registrars' routes with JSON bodies: add a class, change one; and enroll or drop a student."""

from fastapi import APIRouter, Response
from fastapi import status as http

from enrollment.api import schemas as replies
from enrollment.api.class_bodies import ClassChange, ClassRow
from enrollment.api.dependencies import CatalogDep, ClassId, EnrollmentsDep, LoaderDep, RegistrarDep, StudentId
from enrollment.api.registrars import BEING_PROMOTED, changed
from enrollment.domain.class_revision import Revision
from enrollment.domain.record import Seated
from kit.web.app import BODY_PROBLEMS, COMMON_PROBLEMS, problems

router = APIRouter(tags=["registrar"], responses=COMMON_PROBLEMS)


@router.post(
    "/classes",
    summary="Add A Class, Described In JSON",
    status_code=http.HTTP_201_CREATED,
    responses=BODY_PROBLEMS | problems(_404="No such instructor", _409="The course has this section already"),
)
def add_class(
    wanted: ClassRow, catalog: CatalogDep, loader: LoaderDep, by: RegistrarDep, response: Response
) -> replies.ClassAdded:
    """Adds a class with a new id; `Location` leads to it."""
    section = catalog.added_before()
    section = section or catalog.add_taught(wanted.new_class(loader.require(wanted.taught_by)), by)
    # Relative: the class is beside the list, at the gateway, too.
    response.headers["Location"] = f"classes/{section.class_id}"
    return replies.ClassAdded(message="Class added successfully", class_details=replies.ClassState.of(section))


@router.patch(
    "/classes/{classid}",
    summary="Change A Class",
    responses=BODY_PROBLEMS
    | {202: {"model": replies.ClassChanged, "description": BEING_PROMOTED}}
    | problems(_404="No such class, or no such instructor", _409="More are enrolled than that"),
)
def change_class(
    classid: ClassId, wanted: ClassChange, catalog: CatalogDep, loader: LoaderDep, by: RegistrarDep, response: Response
) -> replies.ClassChanged:
    """Changes all that is given, or nothing. New seats go to the head of the line at once, and each who is promoted is
    told.

    202: it is changed, and `promotions_due` of those in line get their seats afterwards, some at a time.
    """
    given = wanted.model_dump(exclude_none=True, exclude={"instructor"})
    if wanted.instructor:
        given["instructor_id"] = loader.require(wanted.instructor)
    return changed("Class changed", catalog.revise(classid, Revision(**given), by), response)


@router.post(
    "/students/{classid}/{studentid}",
    summary="Enroll A Student",
    responses=problems(
        _404="No such class",
        _409="Already enrolled or waiting, or in another section of a course of which one may be held, the class is "
        "inactive, or class and waitlist are full",
    ),
)
async def enroll_student(
    classid: ClassId, studentid: StudentId, enrollments: EnrollmentsDep, by: RegistrarDep
) -> replies.EnrollmentAdded | replies.EnrollmentUpdated | replies.AddedToWaitlist:
    """As the student would do it: a free seat, or the next place in line. Nobody is passed over."""
    done = await enrollments.enroll(studentid, classid, by)
    if not isinstance(done, Seated):
        return replies.AddedToWaitlist()
    return replies.EnrollmentAdded.of(classid, done) if done.is_new else replies.EnrollmentUpdated.of(done)


@router.delete(
    "/students/{classid}/{studentid}",
    summary="Drop A Student From A Class Or Its Line",
    responses=problems(_404="No such class, or the student is neither in it nor in its line", _409="Already dropped"),
)
async def take_out_student(
    classid: ClassId, studentid: StudentId, enrollments: EnrollmentsDep, by: RegistrarDep
) -> replies.ClassDropped:
    """Takes the student's seat, which goes to the next in line, who is notified; or the place in line."""
    return replies.ClassDropped.of(await enrollments.take_out(studentid, classid, by))
