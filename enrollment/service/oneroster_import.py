"""A OneRoster package (etc.contracts.oneroster) as rows of classes and of students in them.

Each row has file and line, and is what enrollment.api makes a ClassRow or a SeatRow of, or says why it cannot be one.
Everything here raises kit.csv_files.Unusable where the package as a whole cannot be read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from enrollment.domain.sections import normalized_code
from etc.contracts import oneroster
from kit.bulk_load import Row
from kit.csv_files import Cells, CsvFolder, Line, Unusable

_DELETED = "is to be deleted, and a load takes nothing away"


@dataclass(frozen=True)
class Missing:
    """A class's sizes where the package does not say them; None: then the class is a bad row."""

    max_capacity: int | None = None
    waitlist_maximum: int | None = None


class Package:
    def __init__(self, path: Path, missing: Missing) -> None:
        self._folder = CsvFolder(path)
        self._missing = missing
        self._manifest = oneroster.properties(self._lines(oneroster.MANIFEST))
        if why := oneroster.unreadable(self._manifest):
            raise Unusable(why)

    def classes(self) -> Iterator[Row]:
        for line, cells in self._all_of_classes():
            yield f"{oneroster.CLASSES}, line {line}", cells if isinstance(cells, str) else self._class(cells)

    def students(self) -> Iterator[Row]:
        """Those who are to have a seat, then those who wait, in their order."""
        for line, cells in self._present(oneroster.ENROLLMENTS):
            row = cells if isinstance(cells, str) else self._enrollment(line, cells)
            if row is not None:
                yield f"{oneroster.ENROLLMENTS}, line {line}", row
        for line, cells in self._ours(oneroster.WAITLISTS):
            row = cells if isinstance(cells, str) else self._waiting(cells)
            yield f"{oneroster.WAITLISTS}, line {line}", row

    def ruled(self) -> set[str]:
        """The codes of the courses of which only one section may be held, normalized."""
        found = (cells for _, cells in self._all_of_classes() if isinstance(cells, dict))
        courses = (self._courses.get(each.get("courseSourcedId", ""), {}) for each in found if _is_ruled(each))
        return {normalized_code(code) for course in courses if (code := _code(course))}

    def skipped(self) -> Iterator[tuple[tuple[str, int], str]]:
        """Section and user name of those whom that rule passes over in line."""
        for _, cells in self._ours(oneroster.WAITLISTS):
            if isinstance(cells, dict) and cells.get(oneroster.PAUSE) == oneroster.SKIPPED:
                row = self._waiting(cells)
                if isinstance(row, dict) and row["course_code"] and str(row["section_number"]).isdigit():
                    yield (normalized_code(row["course_code"]), int(row["section_number"])), row["student"].lower()

    def _class(self, cells: Cells) -> dict[str, Any] | str:
        if cells.get("status") == oneroster.DELETED:
            return _DELETED
        course = self._courses.get(cells.get("courseSourcedId", ""))
        teacher = self._teachers.get(cells.get("sourcedId", ""))
        if course is None:
            return f"courseSourcedId: {cells.get('courseSourcedId', 'nothing')} is not in {oneroster.COURSES}"
        if teacher is None:
            return f"has no teacher in {oneroster.ENROLLMENTS}"
        if teacher[1] not in self._users:
            return f"its teacher {teacher[1]} is not in {oneroster.USERS}"
        found = {
            "course_code": _code(course),
            "section_number": _section_number(cells),
            "class_name": cells.get("title"),
            "department": self._department(cells, course),
            "instructor": self._users[teacher[1]].get("username"),
            "max_capacity": cells.get(oneroster.MAX_CAPACITY, self._missing.max_capacity),
            "waitlist_maximum": cells.get(oneroster.WAITLIST_MAXIMUM, self._missing.waitlist_maximum),
            "status": cells.get(oneroster.CLASS_STATUS),
            "promotion": cells.get(oneroster.PROMOTION),
            "offer_window_s": cells.get(oneroster.OFFER_WINDOW),
        }
        return {name: value for name, value in found.items() if value is not None}

    def _department(self, cells: Cells, course: Cells) -> str | None:
        org = self._orgs.get(course.get("orgSourcedId", ""), {})
        of_course = org.get("name") if org.get("type") == "department" else None
        subjects = cells.get("subjects") or course.get("subjects") or ""
        return cells.get(oneroster.DEPARTMENT) or of_course or subjects.split(",")[0] or org.get("name")

    def _enrollment(self, line: int, cells: Cells) -> dict[str, Any] | str | None:
        if cells.get("status") == oneroster.DELETED:
            return _DELETED
        role = cells.get("role", "")
        if role == oneroster.TEACHER:
            first = self._teachers[cells.get("classSourcedId", "")][0] == line
            return None if first else "role: the class has another teacher, and one is kept"
        if role != oneroster.STUDENT:
            return f"role: {role or 'nothing'} is neither student nor teacher"
        return self._student(cells, waits=False)

    def _waiting(self, cells: Cells) -> dict[str, Any] | str:
        row = self._student(cells, waits=True)
        return row if isinstance(row, str) else row | {"paused": oneroster.PAUSE in cells}

    def _student(self, cells: Cells, *, waits: bool) -> dict[str, Any] | str:
        found = self._sections.get(cells.get("classSourcedId", ""))
        user = self._users.get(cells.get("userSourcedId", ""))
        if found is None:
            return f"classSourcedId: {cells.get('classSourcedId', 'nothing')} is not in {oneroster.CLASSES}"
        if user is None:
            return f"userSourcedId: {cells.get('userSourcedId', 'nothing')} is not in {oneroster.USERS}"
        return {**found, "student": user.get("username"), "waits": waits}

    @cached_property
    def _users(self) -> dict[str, Cells]:
        return self._by_id(oneroster.USERS)

    @cached_property
    def _courses(self) -> dict[str, Cells]:
        return self._by_id(oneroster.COURSES)

    @cached_property
    def _orgs(self) -> dict[str, Cells]:
        return self._by_id(oneroster.ORGS)

    @cached_property
    def _sections(self) -> dict[str, dict[str, Any]]:
        """By class, what a student's row says of it."""
        return {
            class_id: {
                "course_code": _code(self._courses.get(cells.get("courseSourcedId", ""), {})),
                "section_number": _section_number(cells),
                "though_closed": cells.get(oneroster.CLASS_STATUS) == "inactive",
            }
            for _, cells in self._all_of_classes()
            if isinstance(cells, dict) and (class_id := cells.get("sourcedId"))
        }

    def _all_of_classes(self) -> Iterator[Line]:
        """The rows of classes.csv with what the package says more of each."""
        for line, cells in self._present(oneroster.CLASSES):
            more = {} if isinstance(cells, str) else self._more.get(cells.get("sourcedId", ""), {})
            yield line, cells if isinstance(cells, str) else {**cells, **more}

    @cached_property
    def _more(self) -> dict[str, Cells]:
        rows = [cells for _, cells in self._ours(oneroster.MORE_OF_CLASSES) if isinstance(cells, dict)]
        return {cells.pop("classSourcedId", ""): cells for cells in rows}

    def _ours(self, file: str) -> Iterator[Line]:
        return self._lines(file) if file in self._folder else iter(())

    @cached_property
    def _teachers(self) -> dict[str, tuple[int, str]]:
        """By class line and user of its teacher: the first who is called primary, else the first."""
        found: dict[str, tuple[bool, int, str]] = {}
        for line, cells in self._present(oneroster.ENROLLMENTS):
            if isinstance(cells, dict) and cells.get("role") == oneroster.TEACHER:
                teacher = (cells.get("primary") != "true", line, cells.get("userSourcedId", ""))
                class_id = cells.get("classSourcedId", "")
                found[class_id] = min(teacher, found.get(class_id, teacher))
        return {class_id: (line, user) for class_id, (_, line, user) in found.items()}

    def _by_id(self, file: str) -> dict[str, Cells]:
        found: dict[str, Cells] = {}
        for _, cells in self._present(file):
            if isinstance(cells, dict) and "sourcedId" in cells:
                found.setdefault(cells["sourcedId"], cells)
        return found

    def _present(self, file: str) -> Iterator[Line]:
        """Nothing where the manifest says that there is no such file, since files without rows are not permitted."""
        return self._lines(file) if oneroster.is_present(self._manifest, file) else iter(())

    def _lines(self, file: str) -> Iterator[Line]:
        return self._folder.lines(file, oneroster.REQUIRED[file])


def _code(course: Cells) -> str | None:
    return course.get("courseCode") or course.get("title")


def _is_ruled(cells: Cells) -> bool:
    return cells.get(oneroster.ONE_SECTION) == "true"


def _section_number(cells: Cells) -> str | None:
    """The number given, or the digits that the class's code ends with, as in BIO-101-02."""
    ending = re.search(r"(\d+)\s*$", cells.get("classCode", ""))
    return cells.get(oneroster.SECTION_NUMBER) or (str(int(ending[1])) if ending else None)
