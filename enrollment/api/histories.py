"""Why things are as they are: the history of a class, and each student's part of it."""

from typing import Annotated

from annotated_types import Ge
from fastapi import APIRouter, Query

from enrollment.api import history_schemas as replies
from enrollment.api.dependencies import CallerEmail, CallerName, ClassId, HistoriesDep, InstructorId, StudentId
from kit.web.app import COMMON_PROBLEMS, problems
from kit.web.params import LARGEST_ID

router = APIRouter(tags=["history"], responses=COMMON_PROBLEMS)

After = Annotated[int, Ge(0), Query(le=LARGEST_ID, description="the number of the last entry you have", examples=[0])]


@router.get(
    "/history/{studentid}/{classid}/{username}/{email}",
    summary="Tell Why I Am Where I Am",
    responses=problems(_404="The student never had a seat or a place in line there"),
)
def of_student(
    studentid: StudentId, classid: ClassId, username: CallerName, email: CallerEmail, histories: HistoriesDep
) -> replies.Story:
    """The student's own story with the class since they last came to it: what happened to them, and how many ahead of
    them got a seat or left. `hash` is that of the class's history at that moment; it can be held against a notice."""
    return replies.Story.of(classid, histories.of_student(studentid, classid))


@router.get(
    "/instructorhistory/{instructorid}/{classid}/{username}/{email}",
    summary="Show The Whole History",
    responses=problems(_403="Another instructor's class", _404="No such class"),
)
def for_instructor(
    instructorid: InstructorId,
    classid: ClassId,
    username: CallerName,
    email: CallerEmail,
    histories: HistoriesDep,
    after: After = 0,
) -> replies.History:
    """Every change of the class, also of one that was removed, oldest first, up to 500 at a time: ask again with
    `after` for the next ones."""
    entries = histories.for_instructor(instructorid, classid, after)
    return replies.History.of(classid, entries, histories.names(entries))


@router.get("/history/{classid}", summary="Show The Whole History", responses=problems(_404="No such class ever was"))
def of_class(classid: ClassId, histories: HistoriesDep, after: After = 0) -> replies.History:
    """Every change of the class, also of one that was removed, oldest first, up to 500 at a time."""
    entries = histories.of_class(classid, after)
    return replies.History.of(classid, entries, histories.names(entries))
