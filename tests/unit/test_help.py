"""`--help` in a fresh clone says how to use a command, and sets nothing up for it."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("command", ["start", "bench", "test"])
def test_help_needs_nothing_set_up(tmp_path: Path, command: str) -> None:
    shutil.copytree(ROOT / "bin", tmp_path / "bin", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Procfile", tmp_path)
    said = subprocess.run(
        [tmp_path / "bin" / command, "--help"], text=True, capture_output=True, timeout=10, check=True
    )
    assert said.stdout.startswith(f"usage: bin/{command}")
    assert {entry.name for entry in tmp_path.iterdir()} == {"bin", "Procfile"}
