"""Load classes from a CSV file or a OneRoster package. A section that is there already is left as it is.

Columns of a CSV file: course_code, section_number, class_name, department, instructor (a user name) or instructor_id,
max_capacity, waitlist_maximum, and, if wanted, status (active or inactive; active where it is empty). The instructors
must have their accounts.

A folder or a ZIP archive is a package of OneRoster 1.2: classes.csv and courses.csv make classes, and enrollments.csv
says who is in them. Everybody must have an account:
bin/load-students loads the same package before. Students who have been in a class before are left as they are there;
for whom there is no seat is a bad row. A package of bin/export-rosters comes back whole, with its lines, pauses,
policies and rules; seats that were on offer are offered anew. Where the package of another system does not say how many
may sit or wait, --max-capacity and --waitlist-maximum do.
"""

import argparse
import sys
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from enrollment.adapters.class_store import MOST_ADDED
from enrollment.adapters.instructors import Instructors
from enrollment.api.class_bodies import ClassRow
from enrollment.api.upload_bodies import SeatRow
from enrollment.bootstrap import Dependencies, bootstrap
from enrollment.domain.course_rule import OneSection
from enrollment.service.catalog import Catalog
from enrollment.service.class_loader import ClassLoader
from enrollment.service.oneroster_import import Missing, Package
from enrollment.service.ports import Accounts
from enrollment.service.seat_loader import SeatLoader
from enrollment.settings import EnrollmentSettings
from kit import bulk_load, faults
from kit.bulk_load import BulkLoad
from kit.csv_files import Unusable
from kit.errors import Unavailable
from kit.observability import logs
from kit.settings import load
from kit.stores import dynamo_tables

MOST_ASKED_FOR = 100  # names
THREADS = 4  # of transactions at the same time
DATABASE_TIMEOUT_S = 5.0  # a hundred writes at once take their time, and nobody waits for a reply


def loader(catalog: Catalog, instructors: Instructors) -> BulkLoad[ClassRow]:
    return BulkLoad(ClassRow, lambda row: row.section, ClassLoader(catalog, instructors).add, THREADS, MOST_ADDED)


def seats(deps: Dependencies, accounts: Accounts) -> BulkLoad[SeatRow]:
    loading = SeatLoader(deps.classes, deps.enrollments, accounts)
    return BulkLoad(
        SeatRow,
        lambda row: (row.section, row.student.lower()),
        loading.add,
        THREADS,
        group=lambda row: row.section,
        prepare=loading.prepare,
    )


def load_package(deps: Dependencies, instructors: Instructors, accounts: Accounts, path: Path, missing: Missing) -> int:
    """The exit status: the worse one, of classes and of students."""
    try:
        package = Package(path, missing)
    except Unusable as fact:
        bulk_load.say(str(fact))
        return bulk_load.UNUSABLE
    # A course that is here already keeps its rule.
    new_rules = {course for course in package.ruled() if not deps.classes.courses.course(course)[1]}
    print("Classes:")  # noqa: T201 - a command's result
    status = loader(deps.catalog, instructors).run_rows(package.classes())
    if status > bulk_load.BAD_ROWS:
        return status
    print("Students in classes:")  # noqa: T201
    status = max(status, seats(deps, accounts).run_rows(package.students()))
    try:
        _begin_rules(deps, accounts, package, new_rules)
    except Unavailable as error:
        bulk_load.say(f"Stopped: {error.detail}")
        return bulk_load.UNAVAILABLE
    return status


def _begin_rules(deps: Dependencies, accounts: Accounts, package: Package, courses: set[str]) -> None:
    """When all have their seats, some perhaps in several sections. Who was passed over by a rule waits in a pause until
    then, since a seat may be free."""
    for course in courses:
        while deps.courses.set_one_section(course, on=True) is not OneSection.ON:
            pass  # it waits itself, for all who sit to be made known to the rule
    skipped = sorted(each for each in package.skipped() if each[0][0] in courses)
    for section, some in groupby(skipped, itemgetter(0)):
        class_ids, names = deps.classes.ids_of([section]), [name for _, name in some]
        for start in range(0, len(names), MOST_ASKED_FOR):
            ids = accounts.students_named(names[start : start + MOST_ASKED_FOR])
            deps.enrollments.end_pauses(class_ids[section], sorted(ids.values()))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="bin/load-classes",
        description=__doc__,
        epilog=bulk_load.STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE.csv|FOLDER|FILE.zip")
    for name, what in (("--max-capacity", "may sit"), ("--waitlist-maximum", "may wait")):
        help_text = f"how many {what} in a class of a package that does not say it"
        parser.add_argument(name, type=int, metavar="N", help=help_text)
    arguments = parser.parse_args()
    settings = load(EnrollmentSettings)
    logs.configure("INFO")  # which says so when the database is waited for
    faults.arm(settings.fault_point)
    deps = bootstrap(settings, "load-classes", DATABASE_TIMEOUT_S)
    dynamo_tables.ensure_tables(deps.database, deps.tables.definitions)
    path = bulk_load.path_of(arguments.file)
    if path.is_dir() or path.suffix.lower() == ".zip":
        missing = Missing(arguments.max_capacity, arguments.waitlist_maximum)
        status = load_package(deps, deps.instructors, deps.people, path, missing)
    else:
        status = loader(deps.catalog, deps.instructors).run(path)
    deps.listing.close()
    sys.exit(status)


if __name__ == "__main__":
    main()
