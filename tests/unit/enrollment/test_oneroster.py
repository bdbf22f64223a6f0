"""A OneRoster package holds to the binding, comes back as it was, and has a reason for each row that is not read."""

import csv
import io
import itertools
import re
import zipfile
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrollment.api.class_bodies import ClassRow
from enrollment.api.upload_bodies import SeatRow
from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.course_rule import NO_RULE, CourseRule, OneSection
from enrollment.domain.record import Record, State
from enrollment.service.oneroster_export import Frame, OneRosterExport
from enrollment.service.oneroster_import import Missing, Package
from enrollment.service.ports import Person
from etc.contracts import oneroster
from kit.bulk_load import Row
from kit.csv_files import FolderTarget, Unusable, zip_target
from tests.support.scripts import Script, scripts

FRAME = Frame("University of Öland", "2026", date(2026, 1, 1), date(2027, 1, 1))
SOURCED_ID = re.compile(r"[0-9A-Za-z._/@-]{1,255}")


class Rosters:
    """Classes with their students by id, in order, in memory."""

    def __init__(self) -> None:
        self.sections: list[ClassSection] = []
        self.seated: dict[int, list[int]] = {}
        self.waiting: dict[int, list[Record]] = {}

    def add(
        self,
        row: ClassRow,
        instructor_id: int,
        seated: Collection[int] = (),
        waiting: Collection[Record] = (),
        rule: CourseRule = NO_RULE,
    ) -> None:
        section = row.new_class(instructor_id).section(len(self.sections) + 1, rule)
        section.current_enrollment, section.current_waitlist = len(seated), len(waiting)
        self.sections.append(section)
        self.seated[section.class_id], self.waiting[section.class_id] = list(seated), list(waiting)

    def students(self, class_id: int, state: State, **_: object) -> Iterator[Record]:
        if state is State.WAITLISTED:
            return iter(self.waiting[class_id])
        return (Record(i, state) for i in self.seated[class_id])

    def require_section(self, class_id: int) -> ClassSection:
        raise NotImplementedError

    def of_student(self, student_id: int, after: int = 0) -> Iterator[tuple[ClassSection, Record]]:
        raise NotImplementedError


class People:
    def __init__(self, *absent: int) -> None:
        self.absent = absent

    def named(self, user_ids: Collection[int]) -> dict[int, Person]:
        return {i: Person(f"user-{i}", f"user-{i}@example.com") for i in user_ids if i not in self.absent}


def write(rosters: Rosters, folder: Path, *, people: People | None = None, whole: bool = True) -> dict[str, bytes]:
    exporting = OneRosterExport(rosters, people or People())
    exporting.read(rosters.sections, FRAME, whole=whole).write(FolderTarget(folder))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def read_back(package_at: Path) -> Rosters:
    """What a load into an empty system makes of it."""
    package, rosters = Package(package_at, Missing()), Rosters()
    classes, skipped = {}, set(package.skipped())
    for _, cells in package.classes():
        row = ClassRow.model_validate(cells)
        classes[row.section] = len(classes) + 1
        rule = RULE if row.section[0] in package.ruled() else NO_RULE
        rosters.add(row, int(str(row.instructor).removeprefix("user-")), rule=rule)
    for _, cells in package.students():
        student = SeatRow.model_validate(cells)
        class_id, number = classes[student.section], int(student.student.removeprefix("user-"))
        if student.waits:
            held = 99 if (student.section, student.student) in skipped else 0
            rosters.waiting[class_id].append(waits(number, paused=student.paused, skipped_for=held))
        else:
            rosters.seated[class_id].append(number)
    for section in rosters.sections:
        section.current_enrollment = len(rosters.seated[section.class_id])
        section.current_waitlist = len(rosters.waiting[section.class_id])
    return rosters


RULE = CourseRule(OneSection.ON, 1)


def waits(student_id: int, **more: int) -> Record:
    return Record(student_id, State.WAITLISTED, **more)


PAUSES: list[dict[str, int]] = [{}, {"paused": True}, {"paused": True, "skipped_for": 99}]
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"]), min_size=1, max_size=30).filter(
    str.strip
)
CODES = st.one_of(
    TEXT, st.sampled_from(["C#", "I/O", "100%", 'a "b", c', "CPSC 449", "C.1", "C_1", "Größe", "数学 101"])
)


def rosters(script: Script, said: list[str]) -> Rosters:
    """Up to six sections; what their texts say is the least that hypothesis draws one by one."""
    made, taken, rules = Rosters(), set[tuple[str, int]](), dict[str, CourseRule]()
    for _ in range(script.number(0, 6)):
        row = ClassRow(
            course_code=script.one_of(said),
            section_number=script.number(1, 5),
            class_name=script.one_of(said),
            department=script.one_of(said),
            instructor_id=1,
            max_capacity=script.number(1, 99),
            waitlist_maximum=script.number(0, 9),
            status=script.one_of(["active", "inactive"]),
            promotion=script.one_of(["automatic", "offer"]),
            offer_window_s=script.number(60, 604_800),
        )
        if row.section not in taken:
            taken.add(row.section)
            students = list({script.number(20, 60): None for _ in range(script.number(0, 8))})
            seats = script.number(0, len(students))
            line = [waits(i, **script.one_of(PAUSES)) for i in students[seats:]]
            rule = rules.setdefault(row.section[0], script.one_of([RULE, NO_RULE]))
            made.add(row, script.number(1, 5), students[:seats], line, rule)
    return made


@settings(max_examples=60)  # each reads and writes ten files twice
@given(script=scripts(about=120), said=st.lists(CODES, min_size=1, max_size=6))
def test_a_round_trip_loses_nothing(tmp_path_factory: pytest.TempPathFactory, script: Script, said: list[str]) -> None:
    original = rosters(script, said)
    first = tmp_path_factory.getbasetemp() / "round-trip.zip"
    first.write_bytes(packed(original))
    assert packed(read_back(first)) == first.read_bytes()
    with zipfile.ZipFile(first) as archive:
        for name in archive.namelist():
            holds_to_the_binding(name, archive.read(name).decode())


def packed(rosters: Rosters) -> bytes:
    file = io.BytesIO()
    with zip_target(file) as target:
        OneRosterExport(rosters, People()).read(rosters.sections, FRAME, whole=True).write(target)
    return file.getvalue()


def holds_to_the_binding(name: str, content: str) -> None:
    """Section 3: the columns in their order, each sourcedId of permitted characters and there once, rows in bulk."""
    header, *rows = csv.reader(content.splitlines(keepends=True))
    assert tuple(header) == oneroster.COLUMNS[name]
    assert rows, "files without rows are not permitted"
    if header[0] == "sourcedId":
        assert len({row[0] for row in rows}) == len(rows)
        assert all(SOURCED_ID.fullmatch(row[0]) and row[1:3] == ["", ""] for row in rows)


def test_the_manifest_says_what_is_there(tmp_path: Path) -> None:
    written = Rosters()
    written.add(class_row("C#"), 1, [20])
    package = write(written, tmp_path, whole=False)
    content = package["manifest.csv"].decode()
    assert all(name.endswith(".csv") for name in package), "strict readers refuse other files"
    assert not any(b"metadata." in cells for cells in package.values()), "other systems may refuse it"
    [(_, row)] = Package(tmp_path, Missing(9, 2)).classes()
    assert ClassRow.model_validate(row) == class_row("C#").model_copy(
        update={"instructor_id": None, "instructor": "user-1"}
    )
    manifest = dict(csv.reader(content.splitlines()))
    assert (manifest["manifest.version"], manifest["oneroster.version"]) == ("1.0", "1.2")
    bulk = {name for name, mode in manifest.items() if mode == "bulk"}
    files = ("academicSessions", "orgs", "courses", "classes", "users", "roles", "enrollments")
    assert bulk == {f"file.{name}" for name in files}
    assert manifest["file.demographics"] == "absent"


def test_a_package_of_no_classes_is_whole_and_can_be_read(tmp_path: Path) -> None:
    assert set(write(Rosters(), tmp_path)) == {"manifest.csv", "academicSessions.csv", "orgs.csv"}
    assert list(Package(tmp_path, Missing()).students()) == []


def test_whoever_has_no_account_is_left_out_and_counted(tmp_path: Path) -> None:
    written = Rosters()
    written.add(class_row("C#"), 1, [20, 21])
    found = OneRosterExport(written, People(21)).read(written.sections, FRAME)
    assert found.left_out == 1
    found.write(FolderTarget(tmp_path))
    assert "user-21" not in (tmp_path / "enrollments.csv").read_text()


def test_ids_are_of_permitted_characters_and_differ() -> None:
    names = ["C#", "C_23", "c#", "C.1", "C", "I/O", "I O", "Ä" * 100, "Ä" * 99 + "B", "a" * 300]
    ids = [oneroster.sourced_id(name, "1") for name in names]
    assert len(set(ids)) == len(ids)
    assert all(SOURCED_ID.fullmatch(i) for i in ids)
    pairs = itertools.product(["A", "A.1", "A.1.1"], ["1", "1.1"])
    assert len({oneroster.sourced_id(*pair) for pair in pairs}) == 6


def class_row(code: str) -> ClassRow:
    return ClassRow(
        course_code=code,
        section_number=1,
        class_name="Sharp",
        department="CS",
        instructor_id=1,
        max_capacity=9,
        waitlist_maximum=2,
    )


OTHERS = {
    "manifest.csv": "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\n"
    "file.orgs,bulk\nfile.users,delta\nfile.courses,bulk\nfile.classes,bulk\nfile.enrollments,bulk\n",
    "orgs.csv": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n"
    "o1,,,State University,school,,\no2,,,Biology,department,,o1\n",
    "courses.csv": "sourcedId,title,courseCode,orgSourcedId\nc1,Life,BIO-101,o2\nc2,Physics of Everything,,o1\n",
    "classes.csv": "sourcedId,status,title,courseSourcedId,classCode\n"
    "k1,,Life I,c1,BIO-101-02\nk2,,Physics,c2,7\nk3,,Lost,c9,1\n"
    "k4,,Untaught,c1,1\nk5,tobedeleted,Old,c1,3\nk6,,No code,c1,\n",
    "users.csv": "sourcedId,username,email\nu1,ada,ada@x.org\nu2,bob,bob@x.org\nu3,eve,eve@x.org\n",
    "enrollments.csv": "sourcedId,status,classSourcedId,userSourcedId,role,primary\n"
    "e1,,k1,u1,teacher,false\ne2,,k1,u2,teacher,true\ne3,,k1,u3,student,\ne4,,k2,u1,teacher,\ne5,,k6,u1,teacher,\n"
    "e6,tobedeleted,k1,u3,student,\ne7,,k9,u3,student,\ne8,,k1,u9,student,\ne9,,k1,u3,proctor,\n",
}


def others(folder: Path, **changes: str) -> Path:
    """The package of another system, which knows nothing of our extensions."""
    for name, content in {**OTHERS, **{f"{name}.csv": content for name, content in changes.items()}}.items():
        (folder / name).write_text(content)
    return folder


def told(rows: Iterator[Row]) -> dict[int, object]:
    return {int(str(place).split()[-1]): cells for place, cells in rows}


def test_the_package_of_another_system_is_understood(tmp_path: Path) -> None:
    classes = told(Package(others(tmp_path), Missing(30, 5)).classes())
    given = {"max_capacity": 30, "waitlist_maximum": 5}
    life = {"course_code": "BIO-101", "section_number": "2", "class_name": "Life I", "department": "Biology"}
    assert classes[2] == {**life, "instructor": "bob", **given}, "who is called primary teaches it"
    physics = {"course_code": "Physics of Everything", "section_number": "7", "class_name": "Physics"}
    assert classes[3] == {**physics, "department": "State University", "instructor": "ada", **given}
    assert classes[4] == "courseSourcedId: c9 is not in courses.csv"
    assert classes[5] == "has no teacher in enrollments.csv"
    assert classes[6] == "is to be deleted, and a load takes nothing away"
    assert isinstance(classes[7], dict)
    assert "section_number" not in classes[7]


def test_each_student_row_has_its_class_and_name_or_a_reason(tmp_path: Path) -> None:
    rows = told(Package(others(tmp_path), Missing()).students())
    assert rows == {
        2: "role: the class has another teacher, and one is kept",
        4: {"course_code": "BIO-101", "section_number": "2", "though_closed": False, "student": "eve", "waits": False},
        7: "is to be deleted, and a load takes nothing away",
        8: "classSourcedId: k9 is not in classes.csv",
        9: "userSourcedId: u9 is not in users.csv",
        10: "role: proctor is neither student nor teacher",
    }


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"manifest": "propertyName,value\noneroster.version,1.1\n"}, "names 1.1 as its oneroster.version"),
        ({"manifest": "propertyName,value\n"}, "names none as its oneroster.version"),
        ({"manifest": "name,value\n"}, "missing: propertyName"),
        (
            {"classes": "sourcedId,title\n"},
            "classes.csv: the first line must name the columns; missing: courseSourcedId",
        ),
    ],
)
def test_a_package_that_cannot_be_meant_is_refused_as_a_whole(
    tmp_path: Path, changes: dict[str, str], reason: str
) -> None:
    with pytest.raises(Unusable, match=reason):
        list(Package(others(tmp_path, **changes), Missing()).classes())


def test_a_closed_class_takes_those_whom_the_package_says_to_be_in_it(tmp_path: Path) -> None:
    written = Rosters()
    written.add(class_row("C#").model_copy(update={"status": "inactive"}), 1, [20])
    write(written, tmp_path)
    [(_, student)] = Package(tmp_path, Missing()).students()
    assert SeatRow.model_validate(student).though_closed
    [(_, row)] = Package(tmp_path, Missing()).classes()
    assert ClassRow.model_validate(row).new_class(1).status is ClassStatus.INACTIVE
