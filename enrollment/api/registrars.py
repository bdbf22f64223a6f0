"""Registrars' routes: add, remove, open, close and reassign classes."""

from typing import Annotated, Literal

from annotated_types import Interval
from fastapi import APIRouter, Path, Response
from fastapi import status as http
from pydantic import StringConstraints

from enrollment.api import offer_schemas
from enrollment.api import schemas as replies
from enrollment.api.class_bodies import MOST_SEATS
from enrollment.api.dependencies import CatalogDep, ClassId, CoursesDep, InstructorId, RegistrarDep, RemovalsDep
from enrollment.domain.class_section import ClassSection, ClassStatus, Promotion
from enrollment.service.catalog import NewClass
from kit.web.app import COMMON_PROBLEMS, links, problems
from kit.web.params import SAFE_TEXT, Decimal, Id

router = APIRouter(tags=["registrar"], responses=COMMON_PROBLEMS)

BEING_PROMOTED = "Of those in line, `promotions_due` of the class get their seats afterwards, some at a time"
BEING_REMOVED = "Class is being removed; its students are dropped one after another"

_NEW = {"classid": "$response.body#/class_details/ClassID"}

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=SAFE_TEXT)]
Seats = Annotated[int, Interval(ge=1, le=MOST_SEATS), Decimal, Path(description="how many seats", examples=[30])]
Places = Annotated[int, Interval(ge=0, le=MOST_SEATS), Decimal, Path(description="how many may wait", examples=[15])]
StatusName = Annotated[Literal["active", "inactive"], Path(description="whether newcomers may enroll")]


@router.post(
    "/add/{sectionid}/{coursecode}/{classname}/{department}/{professorid}/{enrollmax}/{status}/{waitmax}",
    summary="Add A Class",
    responses=problems(_404="No such instructor", _409="The course has this section already")
    | links(show_class=_NEW, set_state=_NEW, remove=_NEW),
)
def add(
    sectionid: Annotated[Id, Path(description="the section's number", examples=[1])],
    coursecode: Annotated[Words, Path(examples=["CPSC 449"])],
    classname: Annotated[Words, Path(examples=["Web Back-End Engineering"])],
    department: Annotated[Words, Path(examples=["Computer Science"])],
    professorid: Annotated[Id, Path(description="the user id of the instructor", examples=[5])],
    enrollmax: Seats,
    status: StatusName,
    waitmax: Places,
    catalog: CatalogDep,
    by: RegistrarDep,
) -> replies.ClassAdded:
    """Adds a class with a new id."""
    section = catalog.add(
        NewClass(
            course_code=coursecode,
            section_number=sectionid,
            class_name=classname,
            department=department,
            instructor_id=professorid,
            max_capacity=enrollmax,
            waitlist_maximum=waitmax,
            status=ClassStatus(status),
        ),
        by,
    )
    return replies.ClassAdded(message="Class added successfully", class_details=replies.ClassState.of(section))


@router.delete(
    "/remove/{classid}",
    summary="Remove A Class",
    responses={202: {"model": replies.ClassRemoved, "description": BEING_REMOVED}, **problems(_404="No such class")},
)
def remove(classid: ClassId, removals: RemovalsDep, by: RegistrarDep, response: Response) -> replies.ClassRemoved:
    """Removes the class; who was enrolled or waiting is dropped. Nobody is promoted.

    202: the class is gone for everybody, and its many students are being dropped.
    """
    if removals.remove(classid, by):
        return replies.ClassRemoved(message="Class removed successfully", ClassID=classid)
    response.status_code = http.HTTP_202_ACCEPTED
    return replies.ClassRemoved(message=BEING_REMOVED, ClassID=classid)


@router.put("/state/{classid}/{state}", summary="Open Or Close A Class", responses=problems(_404="No such class"))
def set_state(classid: ClassId, state: StatusName, catalog: CatalogDep, by: RegistrarDep) -> replies.ClassChanged:
    """An inactive class takes nobody new. Seats are kept, and its line still moves up when a seat frees."""
    section = catalog.set_status(classid, ClassStatus(state), by)
    return replies.ClassChanged(message=f"Class is now {state}", class_details=replies.ClassState.of(section))


@router.put(
    "/capacity/{classid}/{enrollmax}/{waitmax}",
    summary="Change How Many May Sit And Wait",
    responses={
        202: {"model": replies.ClassChanged, "description": BEING_PROMOTED},
        **problems(_404="No such class", _409="More are enrolled than that"),
    },
)
def resize(
    classid: ClassId, enrollmax: Seats, waitmax: Places, catalog: CatalogDep, by: RegistrarDep, response: Response
) -> replies.ClassChanged:
    """New seats go to the head of the line at once, and each promoted student is notified. Nobody is ever evicted.

    202: the capacity is changed, and `promotions_due` of those in line get their seats afterwards, some at a time.
    """
    return changed("Capacity changed", catalog.resize(classid, enrollmax, waitmax, by), response)


@router.put("/policy/{classid}", summary="Set How Free Seats Are Given", responses=problems(_404="No such class"))
def set_policy(
    classid: ClassId, policy: offer_schemas.Policy, catalog: CatalogDep, courses: CoursesDep, by: RegistrarDep
) -> replies.ClassChanged:
    """`automatic`: the next in line is enrolled. `offer`: a seat is held for the next in line, who may accept it.

    Offers that are open stay as they are. `one_section` is a rule for all sections of the course: seats that are held
    already stay, also several. It is `starting` until each of them is known to it, which goes on after the reply.
    """
    section = catalog.set_policy(classid, Promotion(policy.promotion), policy.offer_window_s, by)
    if policy.one_section is not None:
        courses.set_one_section(section.course, policy.one_section, by)
        section = catalog.require(classid)
    return replies.ClassChanged(message="Policy changed", class_details=replies.ClassState.of(section))


@router.put(
    "/change/{classid}/{newprofessorid}",
    summary="Change The Instructor",
    responses=problems(_404="No such class, or no such instructor"),
)
def change(
    classid: ClassId, newprofessorid: InstructorId, catalog: CatalogDep, by: RegistrarDep
) -> replies.ClassChanged:
    """Gives the class to another instructor."""
    section = catalog.assign_instructor(classid, newprofessorid, by)
    return replies.ClassChanged(message="Instructor changed", class_details=replies.ClassState.of(section))


def changed(message: str, section: ClassSection, response: Response) -> replies.ClassChanged:
    """The reply to a change that may make room: 202 while students in line are still to get their seats."""
    if section.promotions_due:
        response.status_code = http.HTTP_202_ACCEPTED
    return replies.ClassChanged(message=message, class_details=replies.ClassState.of(section))
