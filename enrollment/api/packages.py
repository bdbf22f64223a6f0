"""One class and who is in it as a OneRoster package or a CSV file, for its instructor and for registrars."""

import csv
import io
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from enrollment.api.dependencies import CallerEmail, CallerName, CatalogDep, ClassId, InstructorId
from enrollment.domain.class_section import ClassSection
from enrollment.service.oneroster_export import Export, Frame, OneRosterExport
from etc.contracts.oneroster import sourced_id
from kit.csv_files import zip_target
from kit.web.app import COMMON_PROBLEMS, problems

ZIP, CSV = "application/zip", "text/csv"
CSV_COLUMNS = ("course_code", "section_number", "student", "email")
_FILE: dict[str, Any] = {"schema": {"type": "string"}}
_PACKAGE: dict[int | str, dict[str, Any]] = {
    200: {"description": "A ZIP archive of OneRoster 1.2, or a CSV file", "content": {ZIP: _FILE, CSV: _FILE}}
}

router = APIRouter(responses={**COMMON_PROBLEMS, **problems(_404="No such class"), **_PACKAGE})


async def _packages(request: Request) -> OneRosterExport:
    packages: OneRosterExport = request.app.state.packages
    return packages


Format = Annotated[
    Literal["oneroster", "csv"],
    Query(description="csv: one file of who has a seat, by user name and address, safe for spreadsheets"),
]
PackagesDep = Annotated[OneRosterExport, Depends(_packages)]


@router.get(
    "/package/{instructorid}/{classid}/{username}/{email}",
    tags=["instructors"],
    summary="Export A Class I Teach",
    response_class=Response,
    responses=problems(_403="Another instructor's class"),
)
def taught_package(
    instructorid: InstructorId,
    classid: ClassId,
    username: CallerName,
    email: CallerEmail,
    catalog: CatalogDep,
    packages: PackagesDep,
    format: Format = "oneroster",  # noqa: A002 - its name for callers
) -> Response:
    """The class and who has a seat in it, as bin/export-rosters writes it: for another campus system."""
    return _reply(packages, catalog.require_taught_by(instructorid, classid), format)


@router.get("/package/{classid}", tags=["registrar"], summary="Export A Class", response_class=Response)
def package(
    classid: ClassId,
    catalog: CatalogDep,
    packages: PackagesDep,
    format: Format = "oneroster",  # noqa: A002 - its name for callers
) -> Response:
    """The same of any class."""
    return _reply(packages, catalog.require(classid), format)


def _reply(packages: OneRosterExport, section: ClassSection, file_format: str) -> Response:
    found = packages.read([section], Frame.of_this_year())
    name = sourced_id(section.course_code, str(section.section_number))
    if file_format == "csv":
        return _file(_as_csv(found), f"{name}.csv", CSV)
    archive = io.BytesIO()
    with zip_target(archive) as target:
        found.write(target)
    return _file(archive.getvalue(), f"{name}.zip", ZIP)


def _as_csv(found: Export) -> str:
    text = io.StringIO()
    rows = [(s.course_code, str(s.section_number), p.username, p.email) for s, p in found.students()]
    # A cell that a spreadsheet would take for a formula begins with an apostrophe (OWASP, CSV injection).
    safe = [[f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell for cell in row] for row in rows]
    csv.writer(text).writerows([CSV_COLUMNS, *safe])
    return text.getvalue()


def _file(content: bytes | str, name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(content, media_type=media_type, headers=headers)
