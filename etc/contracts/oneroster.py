"""OneRoster 1.2, CSV binding (1EdTech, final release 1.2.1 of 2023): the files in which campuses exchange rosters.

https://www.imsglobal.org/spec/oneroster/v1p2/bind/csv. What of it is used here:

- Section 2, the package: files in one folder or ZIP archive beside `manifest.csv`, which says of each file the binding
  knows whether it is `absent`, `bulk` or `delta`. Files without rows are not permitted, so they are absent.
- Section 3, the format: RFC 4180 in UTF-8, no line breaks within a cell; all columns, in this order and case, and
  extensions named `metadata.…` behind them. In bulk files `status` and `dateLastModified` are empty. Dates are
  YYYY-MM-DD; the end of an academic session is the first day after it. A sourcedId has 1 to 255 of 0-9 A-Z a-z . - _
  / @.

What the binding has no place for travels in two more files, CSV as well but not called so, and not named by the
manifest: `classes-more.txt`, whose columns are called as extensions of classes.csv would be (which are read there,
too), and `waitlists.txt`, who waits, in order. For Moodle's enrol_oneroster refuses columns, and files called .csv,
that it does not know; it and Canvas's SIS import (which says so) pass over files called otherwise. Strict readers, such
as LongsightGroup's oneroster, refuse those too: packages for them have neither.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping

VERSION = "1.2"
MANIFEST, SESSIONS, ORGS = "manifest.csv", "academicSessions.csv", "orgs.csv"
COURSES, CLASSES, USERS, ROLES, ENROLLMENTS = "courses.csv", "classes.csv", "users.csv", "roles.csv", "enrollments.csv"
MORE_OF_CLASSES, WAITLISTS = "classes-more.txt", "waitlists.txt"

CLASS_EXTENSIONS = (
    SECTION_NUMBER := "metadata.sectionNumber",
    MAX_CAPACITY := "metadata.maxCapacity",
    WAITLIST_MAXIMUM := "metadata.waitlistMaximum",
    DEPARTMENT := "metadata.department",
    CLASS_STATUS := "metadata.classStatus",
    PROMOTION := "metadata.promotion",
    OFFER_WINDOW := "metadata.offerWindow",  # in seconds
    ONE_SECTION := "metadata.oneSection",  # "true": of the course only one section may be held
)
PAUSE = "pause"
PAUSED, SKIPPED = "paused", "skipped"  # as the student asked, and by the rule of one section per course


def _columns(names: str) -> tuple[str, ...]:
    return ("sourcedId", "status", "dateLastModified", *names.split())


COLUMNS: dict[str, tuple[str, ...]] = {
    MANIFEST: ("propertyName", "value"),
    SESSIONS: _columns("title type startDate endDate parentSourcedId schoolYear"),
    ORGS: _columns("name type identifier parentSourcedId"),
    COURSES: _columns("schoolYearSourcedId title courseCode grades orgSourcedId subjects subjectCodes"),
    CLASSES: _columns(
        "title grades courseSourcedId classCode classType location schoolSourcedId termSourcedIds subjects subjectCodes"
        " periods"
    ),
    USERS: _columns(
        "enabledUser username userIds givenName familyName middleName identifier email sms phone agentSourcedIds grades"
        " password userMasterIdentifier preferredGivenName preferredMiddleName preferredFamilyName primaryOrgSourcedId"
        " pronouns"
    ),
    ROLES: _columns("userSourcedId roleType role beginDate endDate orgSourcedId userProfileSourcedId"),
    ENROLLMENTS: _columns("classSourcedId schoolSourcedId userSourcedId role primary beginDate endDate"),
    MORE_OF_CLASSES: ("classSourcedId", *CLASS_EXTENSIONS),
    WAITLISTS: ("classSourcedId", "userSourcedId", PAUSE),
}
"""The columns of each file, in the order in which they are written (section 3, tables)."""

REQUIRED: dict[str, tuple[str, ...]] = {
    MANIFEST: ("propertyName", "value"),
    COURSES: ("sourcedId", "title"),
    ORGS: ("sourcedId", "name", "type"),
    CLASSES: ("sourcedId", "title", "courseSourcedId"),
    USERS: ("sourcedId", "username"),
    ROLES: ("userSourcedId", "role"),
    ENROLLMENTS: ("classSourcedId", "userSourcedId", "role"),
    MORE_OF_CLASSES: ("classSourcedId",),
    WAITLISTS: ("classSourcedId", "userSourcedId"),
}
"""The columns without which a file cannot be read here."""

_FILES = """academicSessions categories classes classResources courses courseResources demographics enrollments
lineItemLearningObjectiveIds lineItems lineItemScoreScales orgs resources resultLearningObjectiveIds results
resultScoreScales roles scoreScales userProfiles userResources users"""

STUDENT, TEACHER = "student", "teacher"
DELETED = "tobedeleted"
_LONGEST_ID = 200


def manifest(written: set[str]) -> list[tuple[str, str]]:
    """The rows of the manifest of a package with these files, all of them bulk (section 3, manifest.csv)."""
    files = [(f"file.{name}", "bulk" if f"{name}.csv" in written else "absent") for name in _FILES.split()]
    return [("manifest.version", "1.0"), ("oneroster.version", VERSION), *files]


def row(file: str, **cells: str) -> tuple[str, ...]:
    """A row of this file, empty where nothing is given. No line breaks."""
    given = {name: one_line(cell) for name, cell in cells.items()}
    found = tuple(given.pop(column, "") for column in COLUMNS[file])
    assert not given, f"{file} has no {given}"
    return found


def one_line(cell: str) -> str:
    return _ONE_LINE.sub(" ", cell)


_ONE_LINE = re.compile(r"[\r\n]+")


def sourced_id(*names: str) -> str:
    """The same for the same names in every system, and another one for others. Readable where they are short."""
    return joined(*(_escaped(name) for name in names))


def joined(*ids: str) -> str:
    """The sourcedId of what is known by several of them."""
    text = ".".join(ids)
    if len(text) <= _LONGEST_ID:
        return text
    return f"{text[: _LONGEST_ID - 65]}_{hashlib.sha256(text.encode()).hexdigest()}"


def _escaped(name: str) -> str:
    """Letters and digits as they are, other bytes of UTF-8 as _XX: without a dot, so names can be joined by one."""
    return re.sub(r"[^0-9A-Za-z-]", lambda found: "".join(f"_{byte:02X}" for byte in found[0].encode()), name)


def properties(rows: Iterable[tuple[int, dict[str, str] | str]]) -> dict[str, str]:
    """What the rows of a manifest say."""
    return {cells.get("propertyName", ""): cells.get("value", "") for _, cells in rows if isinstance(cells, dict)}


def unreadable(properties: Mapping[str, str]) -> str | None:
    """Why a package with this manifest cannot be read; None if it can."""
    version = properties.get("oneroster.version")
    if version != VERSION:
        return f"{MANIFEST} names {version or 'none'} as its oneroster.version, and {VERSION} is what is read"
    return None


def is_present(properties: Mapping[str, str], file: str) -> bool:
    """Whether the manifest says that the package has this file."""
    return properties.get(f"file.{file.removesuffix('.csv')}", "absent") != "absent"
