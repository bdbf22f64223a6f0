"""bin/load-classes on the real stores."""

import subprocess
import uuid
from pathlib import Path

import httpx
import pytest

from enrollment.adapters.instructors import Instructors
from enrollment.cli.load_classes import loader
from enrollment.domain.class_section import ClassStatus
from tests.support.world import World

ROOT = Path(__file__).parents[3]
HEADER = "course_code,section_number,class_name,department,instructor_id,max_capacity,waitlist_maximum,status\n"


def teachers() -> Instructors:
    """A users service that knows one instructor, 5."""

    def answer(request: httpx.Request) -> httpx.Response:
        known = request.url.path in ("/getuser/5", "/getuser/by-name/hopper")
        return httpx.Response(200, json={"id": 5, "roles": ["instructor"]}) if known else httpx.Response(404)

    return Instructors(httpx.Client(transport=httpx.MockTransport(answer), base_url="http://users"))


def away() -> Instructors:
    return Instructors(httpx.Client(base_url="http://127.0.0.1:1"))


def test_classes_are_loaded_once_and_bad_rows_told(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    course = f"LOAD {uuid.uuid4().hex[:8]}"
    file = tmp_path / "classes.csv"
    file.write_text(
        HEADER
        + f"{course},1,Ünits,Physics,5,30,10,\n"
        + f"{course},2,Waves,Physics,5,20,0,inactive\n"
        + f"{course},3,Heat,Physics,99,20,5,active\n"
        + f"{course},4,Light,Physics,5,0,5,active\n"
        + f"{course},5,Light,Physics,5,9,5,closed\n"
    )
    assert loader(world.deps.catalog, teachers()).run(file) == 1
    said = capsys.readouterr()
    assert "2 added, 0 there already and left as they are, 3 bad rows" in said.out
    for reason in (
        "line 4: There is no instructor with id 99",
        "line 5: max_capacity: Input should be greater",
        "line 6: status: Input should be 'active' or 'inactive'",
    ):
        assert reason in said.err
    [made] = [f for page in world.deps.classes.pages(ClassStatus.ACTIVE) for f in page if f.course_code == course]
    assert (made.class_name, made.instructor_id, made.max_capacity, made.waitlist_maximum) == ("Ünits", 5, 30, 10)
    before = world.deps.classes.next_ids(1)[0]
    assert loader(world.deps.catalog, teachers()).run(file) == 1
    assert "0 added, 2 there already" in capsys.readouterr().out
    # Rows that name no instructor are tried again, and take no id either.
    assert world.deps.classes.next_ids(1)[0] == before + 1


def test_an_instructor_is_named_by_id_or_by_user_name(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    course = f"LOAD {uuid.uuid4().hex[:8]}"
    columns = (
        "course_code,section_number,class_name,department,instructor,instructor_id,max_capacity,waitlist_maximum\n"
    )
    (tmp_path / "classes.csv").write_text(
        columns
        + f"{course},1,Heat,Physics,hopper,,9,5\n"
        + f"{course},2,Heat,Physics,,5,9,5\n"
        + f"{course},3,Heat,Physics,no body,,9,5\n"
        + f"{course},4,Heat,Physics,,,9,5\n"
        + f"{course},5,Heat,Physics,hopper,5,9,5\n"
    )
    assert loader(world.deps.catalog, teachers()).run(tmp_path / "classes.csv") == 1
    said = capsys.readouterr()
    assert "2 added, 0 there already and left as they are, 3 bad rows" in said.out
    assert "line 4: There is no instructor of the name no body" in said.err
    for line in (5, 6):
        assert f"line {line}: instructor_id: give the instructor's id here, or the user name" in said.err
    pages = world.deps.classes.pages(ClassStatus.ACTIVE)
    assert [f.instructor_id for page in pages for f in page if f.course_code == course] == [5, 5]


def test_the_command_takes_paths_as_its_caller_means_them_and_says_what_is_wrong(world: World, tmp_path: Path) -> None:
    (tmp_path / "classes.csv").write_text("course,section\n")
    command = [ROOT / "bin" / "load-classes", "classes.csv"]
    done = subprocess.run(command, cwd=tmp_path, env=world.environment(), capture_output=True, text=True)
    assert done.returncode == 2
    assert "missing: course_code" in done.stderr


def test_instructors_that_can_not_be_asked_stop_the_load(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("kit.bulk_load.RETRY_DEADLINE_S", 0)

    (tmp_path / "classes.csv").write_text(f"{HEADER}LOAD {uuid.uuid4().hex[:8]},1,Heat,Physics,5,9,5,\n")
    assert loader(world.deps.catalog, away()).run(tmp_path / "classes.csv") == 69
    assert "users service" in capsys.readouterr().err
