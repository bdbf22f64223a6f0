"""Load classes from a CSV file, `bin/load-classes FILE.csv`. A section that is there already is left as it is.

Columns: course_code, section_number, class_name, department, instructor (a user name) or instructor_id, max_capacity,
waitlist_maximum, and, if wanted, status (active or inactive; active where it is empty). The instructors must have their
accounts.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Annotated, Literal

from annotated_types import Interval
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from enrollment.adapters.class_store import MOST_ADDED
from enrollment.adapters.instructors import Instructors
from enrollment.api.registrars import MOST_SEATS, Words
from enrollment.bootstrap import bootstrap
from enrollment.domain.errors import InstructorUnknown
from enrollment.domain.roster import ClassStatus
from enrollment.domain.sections import normalized_code
from enrollment.service.catalog import Catalog, NewClass
from enrollment.settings import EnrollmentSettings
from kit import bulk_load
from kit.bulk_load import BulkLoad, Outcome
from kit.errors import AppError
from kit.observability import logs
from kit.settings import load
from kit.stores import dynamo
from kit.web.params import LARGEST_ID, Decimal

THREADS = 4  # of transactions at the same time

Id = Annotated[int, Interval(ge=1, le=LARGEST_ID), Decimal]


class ClassRow(BaseModel):
    model_config = ConfigDict(validate_default=True)

    course_code: Words
    section_number: Id
    class_name: Words
    department: Words
    instructor: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)] | None = None
    instructor_id: Id | None = None
    max_capacity: Annotated[int, Interval(ge=1, le=MOST_SEATS), Decimal]
    waitlist_maximum: Annotated[int, Interval(ge=0, le=MOST_SEATS), Decimal]
    status: Literal["active", "inactive"] = "active"

    @field_validator("instructor_id")
    @classmethod
    def _one_of_both(cls, instructor_id: int | None, info: ValidationInfo) -> int | None:
        if (instructor_id is None) == (info.data.get("instructor") is None):
            raise PydanticCustomError("instructor", "give the instructor's id here, or the user name in `instructor`")
        return instructor_id

    @property
    def section(self) -> tuple[str, int]:
        return normalized_code(self.course_code), self.section_number

    @property
    def taught_by(self) -> int | str:
        return self.instructor_id or self.instructor or ""

    def new_class(self, instructor_id: int) -> NewClass:
        return NewClass(
            course_code=self.course_code,
            section_number=self.section_number,
            class_name=self.class_name,
            department=self.department,
            instructor_id=instructor_id,
            max_capacity=self.max_capacity,
            waitlist_maximum=self.waitlist_maximum,
            status=ClassStatus(self.status),
        )


class Loader:
    """Adds rows in batches, and asks for each instructor once."""

    def __init__(self, catalog: Catalog, instructors: Instructors) -> None:
        self._catalog = catalog
        self._instructors = instructors
        self._known: dict[int | str, int | InstructorUnknown] = {}

    def add(self, rows: Sequence[ClassRow]) -> list[Outcome | AppError]:
        """Raises Unavailable."""
        found = [(row, self._instructor(row.taught_by)) for row in rows]
        added = iter(self._catalog.add_all([row.new_class(who) for row, who in found if isinstance(who, int)]))
        return [("added" if next(added) else "kept") if isinstance(who, int) else who for _, who in found]

    def _instructor(self, called: int | str) -> int | InstructorUnknown:
        """The id of who is called so, by id or by user name."""
        if called not in self._known:
            try:
                self._known[called] = self._ask(called)
            except InstructorUnknown as error:
                self._known[called] = error
        return self._known[called]

    def _ask(self, called: int | str) -> int:
        if isinstance(called, str):
            return self._instructors.require_named(called)
        self._instructors.require(called)
        return called


def loader(catalog: Catalog, instructors: Instructors) -> BulkLoad[ClassRow]:
    return BulkLoad(ClassRow, lambda row: row.section, Loader(catalog, instructors).add, THREADS, MOST_ADDED)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="bin/load-classes",
        description=__doc__,
        epilog=bulk_load.STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE.csv")
    arguments = parser.parse_args()
    settings = load(EnrollmentSettings)
    logs.configure("INFO")  # which says so when the database is waited for
    deps = bootstrap(settings, "load-classes")
    dynamo.ensure_tables(deps.database, deps.tables.definitions)
    status = loader(deps.catalog, deps.instructors).run(bulk_load.path_of(arguments.file))
    deps.listing.close()
    sys.exit(status)


if __name__ == "__main__":
    main()
