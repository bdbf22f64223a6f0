"""bin/load-students, bin/load-classes and bin/export-rosters with OneRoster packages, on the real stores."""

import asyncio
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from enrollment.adapters.instructors import Instructors
from enrollment.api.upload_bodies import SeatRow
from enrollment.cli.load_classes import load_package, seats
from enrollment.domain.class_section import ClassStatus, Promotion
from enrollment.domain.course_rule import OneSection
from enrollment.domain.record import State
from enrollment.service.oneroster_export import Frame, OneRosterExport
from enrollment.service.oneroster_import import Missing
from kit.bulk_load import BulkLoad
from kit.csv_files import FolderTarget
from tests.support.caller import Caller
from tests.support.campus import Campus, campus
from tests.support.waiting import until
from tests.support.world import World, fresh_world


@pytest.fixture(scope="module")
def students(here: Campus) -> list[int]:
    """The ids of s0, s1, …"""
    return here.add_people(*(f"s{number}" for number in range(110)))


def course_of(world: World, class_id: int) -> str:
    return world.deps.rosters.require_section(class_id).course_code


def loading(here: Campus, class_id: int, names: list[str], **more: object) -> tuple[BulkLoad[SeatRow], int]:
    load = seats(here.world.deps, here.people)
    row = {"course_code": course_of(here.world, class_id), "section_number": 1, **more}
    status = load.run_rows((f"line {n}", {**row, "student": name}) for n, name in enumerate(names, start=2))
    return load, status


def test_a_class_is_filled_in_the_order_of_the_file_and_not_beyond(
    here: Campus, students: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    world, class_id = here.world, here.world.add_class(capacity=103, places=5)
    names = [f"S{n}" if n % 2 else f"s{n}" for n in range(105)]
    load, status = loading(here, class_id, [*names[:50], "no,body", *names[50:], "s1"])
    assert (status, load.counts) == (1, {"added": 103, "kept": 0, "bad": 4})
    said = capsys.readouterr().err
    for reason in (
        "line 52: There is no student of the name no,body",
        f"line 106: All 103 seats of class {class_id} are taken",
        f"line 107: All 103 seats of class {class_id} are taken",
        "line 108: the same as line 3",
    ):
        assert reason in said
    assert world.seated(class_id) == students[:103]
    world.check(class_id)
    entries = list(world.deps.rosters.history.entries(class_id))
    assert [len(entry["changes"]) for entry in entries] == [1, 96, 7], "one commit for as many as one can hold"


def test_loading_again_changes_nothing_not_even_who_has_dropped(here: Campus, students: list[int]) -> None:
    world, class_id = here.world, here.world.add_class(capacity=3, places=5)
    assert loading(here, class_id, ["s0", "s1", "s2"])[1] == 0
    assert loading(here, class_id, ["s3"], waits=True)[1] == 0
    world.deps.enrollments.load(class_id, [], waits=False, though_closed=False)
    before = world.deps.rosters.require_section(class_id)
    load, status = loading(here, class_id, ["s0", "s1", "s2"])
    assert (status, load.counts) == (0, {"added": 0, "kept": 3, "bad": 0})
    assert world.deps.rosters.require_section(class_id) == before
    assert world.line(class_id) == [students[3]]


def test_who_has_dropped_is_not_enrolled_again(here: Campus, students: list[int], calls: Caller) -> None:
    world, class_id = here.world, here.world.add_class(capacity=2, places=5)
    assert loading(here, class_id, ["s0", "s1"])[1] == 0
    assert calls.drop(students[0], class_id)[0] == 200
    load, _ = loading(here, class_id, ["s0", "s1"])
    assert load.counts == {"added": 0, "kept": 2, "bad": 0}
    assert world.seated(class_id) == [students[1]]
    world.check(class_id)


def test_who_waits_is_not_seated_past_others(
    here: Campus, students: list[int], calls: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    world, class_id = here.world, here.world.add_class(capacity=1, places=5)
    for student in students[:3]:
        assert calls.enroll(student, class_id)[0] == 200
    load, _ = loading(here, class_id, ["s2", "s4"])
    assert load.counts == {"added": 0, "kept": 0, "bad": 2}
    assert f"Student {students[2]} is already on the waitlist" in capsys.readouterr().err
    assert world.line(class_id) == students[1:3]
    world.check(class_id)


@pytest.mark.parametrize(("though_closed", "added"), [(True, 2), (False, 0)])
def test_a_closed_class_takes_them_if_the_file_knows_that_it_is_closed(
    here: Campus, students: list[int], though_closed: bool, added: int
) -> None:
    world = here.world
    class_id = world.add_class(capacity=2, places=0, status=ClassStatus.INACTIVE)
    for _ in range(2):
        load, _ = loading(here, class_id, ["s0", "s1"], though_closed=though_closed)
    assert world.seated(class_id) == students[:added]
    assert world.deps.rosters.require_section(class_id).status is ClassStatus.INACTIVE
    assert load.counts["kept"] == added
    world.check(class_id)


def test_a_load_races_students_who_come_and_go(here: Campus, students: list[int], three: Caller) -> None:
    """In whatever order: no seat twice, nobody lost, and the history tells it all."""
    world, class_id = here.world, here.world.add_class(capacity=70, places=60)
    with ThreadPoolExecutor(9) as pool:
        for student in students[:20]:
            pool.submit(three.enroll, student, class_id)
        loads = [pool.submit(loading, here, class_id, [f"s{n}" for n in range(start, 100)]) for start in (0, 10)]
        for student in students[15:30]:
            pool.submit(three.enroll, student, class_id)
            pool.submit(three.drop, student, class_id)
    for load in loads:
        counts = load.result()[0].counts
        assert sum(counts.values()) in (100, 90)
    world.check(class_id)
    # Seats are free only where nobody came after the last who left.
    assert len(world.seated(class_id)) >= 70 - 15


@pytest.mark.parametrize("point", ["commit.marked", "commit.committed", "load.chunk"])
def test_a_load_that_is_killed_is_repeated_to_the_end(
    here: Campus, students: list[int], tmp_path: Path, point: str
) -> None:
    teacher = f"teach-{point.split('.')[1]}"
    here.add_people(teacher, role="instructor")
    code = f"KILL {point}"
    package(tmp_path, code, teacher, [f"s{number}" for number in range(100)])
    killed = here.run("load-classes", tmp_path, FAULT_POINT=point)
    assert killed.returncode == -9, killed.stderr
    assert load_package(here.world.deps, Instructors(here.users), here.people, tmp_path, Missing()) == 0
    class_id = here.world.deps.classes.ids_of([(code.lower(), 1)])[code.lower(), 1]
    assert here.world.seated(class_id) == students[:100]
    here.world.check(class_id, shown=False)


def test_a_load_of_many_classes_that_is_killed_midway_fits_its_histories_then_and_at_the_end(
    here: Campus, students: list[int], tmp_path: Path
) -> None:
    here.add_people("teach-many", role="instructor")
    code, sections = "KILL MANY", 12
    package(tmp_path, code, "teach-many", [f"s{number}" for number in range(30)], sections)
    killed = here.run("load-classes", tmp_path, FAULT_POINT="load.chunk:5")
    assert killed.returncode == -9, killed.stderr
    wanted = [(code.lower(), number) for number in range(1, sections + 1)]
    there = here.world.deps.classes.ids_of(wanted)

    def fit() -> bool:
        """What it had asked for when it was killed is still carried out, between one read of ours and the next."""
        with suppress(AssertionError):
            for class_id in there.values():
                here.world.check(class_id, shown=False)
            return True
        return False

    until(fit, "a class does not fit its history")
    seated = [here.world.seated(there[section]) for section in wanted]
    assert all(some in ([], students[:30]) for some in seated), seated  # all of its students or none yet
    assert [] in seated, "it was killed midway"
    again = here.run("load-classes", tmp_path)
    assert (again.returncode, again.stderr) == (0, "")
    for class_id in there.values():
        assert here.world.seated(class_id) == students[:30]
        here.world.check(class_id, shown=False)


def package(folder: Path, code: str, teacher: str, students: list[str], sections: int = 1) -> None:
    """As another system writes it: all of these students in each section."""
    people, numbers = [teacher, *students], range(1, sections + 1)
    files = {
        "manifest": "propertyName,value\noneroster.version,1.2\n"
        + "".join(f"file.{name},bulk\n" for name in ("courses", "classes", "users", "roles", "enrollments")),
        "courses": f'sourcedId,title\nc1,"{code}"\n',
        "classes": "sourcedId,title,courseSourcedId,classCode,subjects,metadata.maxCapacity,metadata.waitlistMaximum\n"
        + "".join(f"k{n},A class,c1,{n},Physics,{len(students)},0\n" for n in numbers),
        "users": "sourcedId,username,email\n" + "".join(f"u-{name},{name},{name}@example.com\n" for name in people),
        "roles": f"userSourcedId,role\nu-{teacher},teacher\n" + "".join(f"u-{name},student\n" for name in students),
        "enrollments": "classSourcedId,userSourcedId,role,primary\n"
        + "".join(f"k{n},u-{teacher},teacher,true\n" for n in numbers)
        + "".join(f"k{n},u-{name},student,\n" for n in numbers for name in students),
    }
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content)


def test_what_one_system_exports_another_one_loads_and_exports_alike(here: Campus, tmp_path: Path) -> None:
    """By the commands, as an operator would: students, classes, rosters, lines, pauses, policies and rules."""
    code = "C# & I/O, \u2018\u00e9\u2019"
    sections = [(code.lower(), number) for number in (1, 2, 3)]
    with fresh_world() as elsewhere:
        elsewhere.deps.make_tables()
        with campus(elsewhere, tmp_path / "keys") as there:
            until(lambda: there.users.get("/health/ready").status_code == 200, "the users service is not ready")
            names = ["ada", "bob", "eve"]
            there.add_people("knuth", role="instructor")
            waiting = there.add_people(*names, "zoe", "amy")[3:]
            package(tmp_path, code, "knuth", names, len(sections))
            assert load_package(elsewhere.deps, Instructors(there.users), there.people, tmp_path, Missing()) == 0
            make_lines(elsewhere, [elsewhere.deps.classes.ids_of([one])[one] for one in sections], waiting)
            exported = there.run("export-rosters", tmp_path / "one.zip")
            assert exported.returncode == 0, exported.stderr
    made = here.run("load-students", tmp_path / "one.zip")
    assert (made.returncode, made.stderr) == (0, "")
    assert "6 made-up passwords" in made.stdout
    loaded = here.run("load-classes", tmp_path / "one.zip")
    assert (loaded.returncode, loaded.stderr) == (0, "")
    class_ids = [here.world.deps.classes.ids_of([section])[section] for section in sections]
    until(
        lambda: here.world.deps.classes.courses.course(code.lower())[0].one_section is OneSection.ON,
        "the rule is not on",
    )
    here.world.check_course(class_ids)
    lines = [list(here.world.deps.rosters.students(class_id, State.WAITLISTED)) for class_id in class_ids]
    assert [[(one.paused, bool(one.skipped_for), bool(one.offered_until_s)) for one in line] for line in lines] == LINES
    two = of_classes(here, class_ids, tmp_path / "two")
    assert two == unpacked(tmp_path / "one.zip")
    assert here.run("load-classes", tmp_path / "one.zip").returncode == 0
    assert of_classes(here, class_ids, tmp_path / "three") == two, "loading it again changes nothing"


# Of each of three sections who pauses, is passed over for a seat elsewhere, and has an offer.
LINES = [
    [(False, False, False), (True, False, False)],
    [(True, True, False)],
    [(True, False, False), (False, False, True)],
]


def make_lines(world: World, class_ids: list[int], waiting: list[int]) -> None:
    """The lines above. The last student in the seats of all three moves into the second line; then the rule begins."""
    enrollments, (first, second, third), (one, other) = world.deps.enrollments, class_ids, waiting
    enrollments.resize(first, 3, 5)
    enrollments.load(first, [one], waits=True, though_closed=False)
    enrollments.load(first, [other], waits=True, though_closed=False, paused=True)
    held = world.seated(second)[-1]
    asyncio.run(enrollments.drop(held, second))
    enrollments.resize(second, 2, 5)
    asyncio.run(enrollments.enroll(held, second))
    world.deps.courses.set_one_section(world.deps.rosters.require_section(first).course, on=True)
    enrollments.resize(second, 3, 5)
    enrollments.set_policy(third, Promotion.OFFER, 3600)
    enrollments.resize(third, 4, 5)
    enrollments.load(third, [other], waits=True, though_closed=False, paused=True)
    enrollments.load(third, [one], waits=True, though_closed=False)


def of_classes(here: Campus, class_ids: list[int], folder: Path) -> dict[str, bytes]:
    """The files of a package of these classes alone."""
    found = here.world.deps.rosters.sections_of(class_ids)
    folder.mkdir()
    exporting = OneRosterExport(here.world.deps.rosters, here.people)
    exporting.read(found, Frame.of_this_year(), whole=True).write(FolderTarget(folder))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def unpacked(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_an_export_says_whom_it_leaves_out_and_what_it_cannot_reach(here: Campus, tmp_path: Path) -> None:
    class_id = here.world.add_class(capacity=2, places=0)
    here.world.deps.enrollments.load(class_id, [10**9], waits=False, though_closed=False)
    done = here.run("export-rosters", tmp_path / "rosters")
    assert (done.returncode, "students without an account" in done.stderr) == (1, True)
    assert {path.name for path in (tmp_path / "rosters").iterdir()} >= {"manifest.csv", "classes.csv"}
    assert here.run("export-rosters", tmp_path / "rosters").returncode == 2, "nothing is overwritten"
    alone = here.run("export-rosters", tmp_path / "other", USERS_URL="http://127.0.0.1:1")
    assert (alone.returncode, alone.stderr.strip()[:18]) == (69, "Stopped: The users")
    assert not (tmp_path / "other").exists()


def test_a_package_that_cannot_be_used_is_refused_with_the_reason(
    here: Campus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "manifest.csv").write_text("propertyName,value\noneroster.version,1.1\n")
    assert load_package(here.world.deps, Instructors(here.users), here.people, tmp_path, Missing()) == 2
    assert "oneroster.version" in capsys.readouterr().err
    done = here.run("load-students", tmp_path)
    assert (done.returncode, "oneroster.version" in done.stderr) == (2, True)
