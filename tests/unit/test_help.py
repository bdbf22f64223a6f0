"""`--help` in a fresh clone says how to use a command, and sets nothing up for it."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / "bin", folder / "bin", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Procfile", folder)
    return folder


@pytest.mark.parametrize("command", ["start", "bench", "test"])
def test_help_needs_nothing_set_up(clone: Path, command: str) -> None:
    said = subprocess.run([clone / "bin" / command, "--help"], text=True, capture_output=True, timeout=10, check=True)
    assert said.stdout.startswith(f"usage: bin/{command}")
    assert {entry.name for entry in clone.iterdir()} == {"bin", "Procfile"}
