"""tests/support/several.py shares tests out among processes, and what goes wrong in any of them fails the whole."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[3]
PASSES = "import time\ndef test_passes(): time.sleep(0.2)\n"
FAILS = "def test_fails():\n    print('a sign of it')\n    assert 'one' == 'another'\n"
# Each is long enough for all processes to take one.
DIES = """import os, time


def test_dies():
    time.sleep(0.5)
    if os.getppid() != int(os.environ["OUTER"]):
        os._exit(7)
"""


def run(folder: Path, *files: str, options: Sequence[str] = ()) -> tuple[int, str]:
    for number, text in enumerate(files):
        (folder / f"test_{number:03}.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "-p", "no:cacheprovider"]
    ended = subprocess.run(
        [*command, "-p", "tests.support.several", *options, folder],
        cwd=ROOT,
        env={**os.environ, "OUTER": str(os.getpid())},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return ended.returncode, ended.stdout


def test_each_file_is_run_once_and_each_failure_is_told(tmp_path: Path) -> None:
    status, said = run(tmp_path, *[PASSES] * 3, *[FAILS] * 6, *[PASSES] * 3)
    assert status == 1
    assert "6 failed, 6 passed" in said
    assert said.count("Captured stdout call") == 6
    assert said.count("FAILED ") == 6


def test_a_fork_begins_with_the_first_files_while_the_others_are_found(tmp_path: Path) -> None:
    files = ["def test_passes(): pass\n"] * 49 + [FAILS]
    status, said = run(tmp_path, *files, *files)
    assert status == 1
    assert "2 failed, 98 passed" in said
    status, said = run(tmp_path, *files, "def test_fails(: pass")
    assert status == 2
    assert "1 error during collection" in said
    status, said = run(tmp_path, *files, "def test_is_last(): pass", options=["-k", "is_last"])
    assert status == 0, said
    assert "1 passed" in said


def test_a_process_that_does_not_come_to_its_end_fails_all(tmp_path: Path) -> None:
    status, said = run(tmp_path, *[DIES] * 6)
    assert status == 2, said
    assert re.search(r"processes of the tests ended with \[7(, 7)*\], and no test says why", said)
