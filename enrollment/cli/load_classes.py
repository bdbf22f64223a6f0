"""Load classes from a CSV file, `bin/load-classes FILE.csv`. A section that is there already is left as it is.

Columns: course_code, section_number, class_name, department, instructor (a user name) or instructor_id, max_capacity,
waitlist_maximum, and, if wanted, status (active or inactive; active where it is empty). The instructors must have their
accounts.
"""

import argparse
import sys

from enrollment.adapters.class_store import MOST_ADDED
from enrollment.adapters.instructors import Instructors
from enrollment.api.class_bodies import ClassRow
from enrollment.bootstrap import bootstrap
from enrollment.service.catalog import Catalog
from enrollment.service.class_loader import ClassLoader
from enrollment.settings import EnrollmentSettings
from kit import bulk_load
from kit.bulk_load import BulkLoad
from kit.observability import logs
from kit.settings import load
from kit.stores import dynamo

THREADS = 4  # of transactions at the same time


def loader(catalog: Catalog, instructors: Instructors) -> BulkLoad[ClassRow]:
    return BulkLoad(ClassRow, lambda row: row.section, ClassLoader(catalog, instructors).add, THREADS, MOST_ADDED)


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
