"""Load classes from a CSV file, `bin/load-classes FILE.csv`. A section that is there already is left as it is.

Columns: course_code, section_number, class_name, department, instructor_id, max_capacity, waitlist_maximum, and, if
wanted, status (active or inactive; active where it is empty). The instructors must have their accounts.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Annotated, Literal

from annotated_types import Interval
from pydantic import BaseModel

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
    course_code: Words
    section_number: Id
    class_name: Words
    department: Words
    instructor_id: Id
    max_capacity: Annotated[int, Interval(ge=1, le=MOST_SEATS), Decimal]
    waitlist_maximum: Annotated[int, Interval(ge=0, le=MOST_SEATS), Decimal]
    status: Literal["active", "inactive"] = "active"

    @property
    def section(self) -> tuple[str, int]:
        return normalized_code(self.course_code), self.section_number

    def new_class(self) -> NewClass:
        return NewClass(
            course_code=self.course_code,
            section_number=self.section_number,
            class_name=self.class_name,
            department=self.department,
            instructor_id=self.instructor_id,
            max_capacity=self.max_capacity,
            waitlist_maximum=self.waitlist_maximum,
            standing=ClassStatus(self.status),
        )


class Loader:
    """Adds rows in batches, and asks for each instructor once."""

    def __init__(self, catalog: Catalog, instructors: Instructors) -> None:
        self._catalog = catalog
        self._instructors = instructors
        self._known: dict[int, InstructorUnknown | None] = {}

    def add(self, rows: Sequence[ClassRow]) -> list[Outcome | AppError]:
        """Raises Unavailable."""
        refusals = [self._refusal(row.instructor_id) for row in rows]
        good = [row for row, refusal in zip(rows, refusals, strict=True) if refusal is None]
        added = iter(self._catalog.add_all([row.new_class() for row in good]))
        return [refusal or ("added" if next(added) else "kept") for refusal in refusals]

    def _refusal(self, instructor_id: int) -> InstructorUnknown | None:
        if instructor_id not in self._known:
            try:
                self._instructors.require(instructor_id)
            except InstructorUnknown as error:
                self._known[instructor_id] = error
            else:
                self._known[instructor_id] = None
        return self._known[instructor_id]


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
    parts = bootstrap(settings, "load-classes")
    dynamo.ensure_tables(parts.database, parts.tables.definitions)
    status = loader(parts.catalog, parts.instructors).run(bulk_load.path_of(arguments.file))
    parts.listing.close()
    sys.exit(status)


if __name__ == "__main__":
    main()
