"""Load classes from a CSV file, `bin/load-classes FILE.csv`. A section that is there already is left as it is.

Columns: course_code, section_number, class_name, department, instructor_id, max_capacity, waitlist_maximum, and, if
wanted, status (active or inactive; active where it is empty). The instructors must have their accounts.
"""

import argparse
import sys
from typing import Annotated, Literal

from annotated_types import Interval
from pydantic import BaseModel

from enrollment.api.registrars import MOST_SEATS, Words
from enrollment.bootstrap import Parts, bootstrap
from enrollment.domain.errors import SectionTaken
from enrollment.domain.roster import ClassStatus
from enrollment.service.catalog import Catalog, NewClass
from enrollment.settings import EnrollmentSettings
from kit import bulk_load
from kit.bulk_load import BulkLoad, Outcome
from kit.observability import logs
from kit.settings import load
from kit.stores import dynamo
from kit.web.params import LARGEST_ID, Decimal

THREADS = 8

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
        return self.course_code, self.section_number


def loader(parts: Parts) -> BulkLoad[ClassRow]:
    def add(row: ClassRow) -> Outcome:
        # Asked first, so that repeating a load costs no ids; add() decides when two race.
        if parts.classes.has_section(*row.section):
            return "kept"
        try:
            _add(parts.catalog, row)
        except SectionTaken:
            return "kept"
        return "added"

    return BulkLoad(ClassRow, lambda row: row.section, add, THREADS)


def _add(catalog: Catalog, row: ClassRow) -> None:
    catalog.add(
        NewClass(
            course_code=row.course_code,
            section_number=row.section_number,
            class_name=row.class_name,
            department=row.department,
            instructor_id=row.instructor_id,
            max_capacity=row.max_capacity,
            waitlist_maximum=row.waitlist_maximum,
            standing=ClassStatus(row.status),
        )
    )


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
    sys.exit(loader(parts).run(bulk_load.path_of(arguments.file)))


if __name__ == "__main__":
    main()
