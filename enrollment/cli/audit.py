"""`bin/audit`: hold every class to its history, or one class, and name the first entry that does not fit.

Checks each chain of hashes, replays each history by rules of its own, and compares the outcome with what is stored,
both classes of each swap with each other, and the sections of a course where only one may be held. It reads and never
writes, and works on a live system. Exit status: 0 everything fits, 1 something does not, 2 it could not be finished.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from enrollment.adapters.history_store import HistoryStore
from enrollment.adapters.roster_store import RosterStore
from enrollment.audit.auditor import Stored, StoredRecord, audit
from enrollment.audit.courses import Courses
from enrollment.audit.swaps import Swaps
from enrollment.bootstrap import Dependencies, bootstrap
from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.errors import ClassUnknown
from enrollment.domain.record import Record, State
from enrollment.settings import EnrollmentSettings
from kit.errors import Unavailable
from kit.observability import logs
from kit.settings import load


class StoredClasses:
    """The auditor's source: the tables."""

    def __init__(self, rosters: RosterStore, histories: HistoryStore) -> None:
        self._rosters = rosters
        self._histories = histories

    def stored(self, class_id: int) -> Stored | None:
        try:
            section = self._rosters.require_section(class_id)
        except ClassUnknown:
            end = self._histories.end(class_id)
            return Stored(end.number, end.hash, None) if end else None
        return Stored(section.history.number, section.history.hash, _facts(section))

    def entries(self, class_id: int, first: int = 1) -> Iterator[dict[str, Any]]:
        return self._histories.entries(class_id, first)

    def has_seat(self, class_id: int, student_id: int) -> bool:
        return bool(self._rosters.claims.seats_among([(class_id, student_id)]))

    def records(self, class_id: int) -> Iterator[StoredRecord]:
        for state in State:
            for record in self._rosters.students(class_id, state):
                yield _stored(state, record)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bin/audit", description=__doc__)
    parser.add_argument("--class", dest="class_id", type=int, metavar="N", help="this class alone")
    arguments = parser.parse_args()
    settings = load(EnrollmentSettings)
    logs.configure("WARNING")
    deps = bootstrap(settings, "audit")
    try:
        class_ids = [arguments.class_id] if arguments.class_id is not None else _all_classes(deps)
        sys.exit(report(StoredClasses(deps.rosters, deps.rosters.history), class_ids))
    except Unavailable as error:
        print(f"bin/audit: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)


def _facts(section: ClassSection) -> dict[str, object]:
    return {
        "enrolled": section.current_enrollment,
        "waiting": section.current_waitlist,
        "seats": section.max_capacity,
        "places in line": section.waitlist_maximum,
        "instructor": section.instructor_id,
        "status": str(section.status),
        "paused": section.paused,
        "skipped": section.skipped,
        "open offers": section.open_offers,
        "waiting swaps": section.waiting_swaps,
        "promotion": str(section.promotion),
        "offer window": section.offer_window_s,
        "one section": str(section.rule.one_section),
        "course code": section.course_code,
        "section number": section.section_number,
        "title": section.class_name,
        "department": section.department,
    }


def _stored(state: State, record: Record) -> StoredRecord:
    """`state`: among whose students the record was found."""
    return StoredRecord(
        record.student_id,
        str(state) if record.state is state else f"{record.state} among those {state}",
        record.sequence_number,
        record.paused,
        record.offered_until_s,
        record.swap_from,
        record.skipped_for,
    )


def report(source: StoredClasses, class_ids: Iterable[int]) -> int:
    """Print what is found, and how far it is; the exit status."""
    checked = wrong = 0
    courses, swaps = Courses(), Swaps()
    for class_id in class_ids:
        checked += 1
        if found := audit(source, class_id, courses, swaps):
            wrong += 1
            print(f"class {class_id}: {found}")  # noqa: T201
        if checked % 500 == 0:
            print(f"{checked} classes held to their histories so far …", file=sys.stderr)  # noqa: T201
    for found in (*courses.wrong(source.has_seat), *swaps.wrong(source.entries)):
        wrong += 1
        print(found)  # noqa: T201
    print(f"{checked} classes held to their histories, {wrong} do not fit")  # noqa: T201
    return 1 if wrong else 0


def _all_classes(deps: Dependencies) -> Iterator[int]:
    for status in ClassStatus:
        for page in deps.classes.pages(status):
            for section in page:
                yield section.class_id
    yield from deps.rosters.history.removed_classes()


if __name__ == "__main__":
    main()
