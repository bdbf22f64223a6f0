"""Registrars' uploads: classes, and students in them, many at once, with a look at each before it is done."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from enrollment.api.class_bodies import ClassRow
from enrollment.api.dependencies import LoaderDep, RegistrarDep
from enrollment.api.upload_bodies import ClassUpload, SeatRow, StudentUpload, UploadResult, UploadResults
from enrollment.service.seat_loader import SeatLoader
from kit.bulk_load import Outcome
from kit.errors import AppError
from kit.web.app import BODY_PROBLEMS, COMMON_PROBLEMS
from kit.web.upload_rows import read_row, tell

R = TypeVar("R", bound=BaseModel)

router = APIRouter(tags=["registrar"], responses=COMMON_PROBLEMS | BODY_PROBLEMS)


async def _seats(request: Request, by: RegistrarDep) -> SeatLoader:
    state = request.app.state
    return SeatLoader(state.classes, state.enrollments, state.people, by)


SeatsDep = Annotated[SeatLoader, Depends(_seats)]


@router.post("/uploads/classes", summary="Add Many Classes")
def upload(given: ClassUpload, loader: LoaderDep) -> UploadResults:
    """Adds up to 100 classes, or only says what would become of each. Repeating it is safe: a section that is there
    stays as it is."""
    return _results(ClassRow, given.classes, loader.check if given.dry_run else loader.add_all, dry_run=given.dry_run)


@router.post("/uploads/enrollments", summary="Enroll Many Students")
def upload_students(given: StudentUpload, seats: SeatsDep) -> UploadResults:
    """Enrolls up to 50 students in their classes, or only says what would become of each. Nobody is passed over, and no
    class gets more than it has seats. Repeating it is safe: whoever has been in the class stays as they are, also who
    has dropped it."""
    return _results(SeatRow, given.students, seats.check_all if given.dry_run else seats.add_all, dry_run=given.dry_run)


def _results(
    row: type[R],
    given: Sequence[dict[str, Any]],
    do: Callable[[Sequence[R]], Sequence[Outcome | AppError]],
    *,
    dry_run: bool,
) -> UploadResults:
    rows = [read_row(row, each, UploadResult) for each in given]
    said = iter(do([each for each in rows if not isinstance(each, UploadResult)]))
    results = [
        each if isinstance(each, UploadResult) else tell(next(said), UploadResult, dry_run=dry_run) for each in rows
    ]
    return UploadResults(results=results)
