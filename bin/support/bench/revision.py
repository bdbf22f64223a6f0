"""Another revision of the project, to be measured beside this one: its services, with the packages it names.

What measures, and what makes tables, queues and data, is of this one: the other has to know their shapes.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench.processes import ROOT, Tree
from bench.samples import Comparison, Of

LOSS = 0.1
"""So much less than before shows."""
REQUIREMENTS = "requirements.txt"


def commit_of(revision: str) -> str:
    """Its abbreviated hash. Raises ValueError with a sentence for the user."""
    found = subprocess.run(
        ["git", "rev-parse", "--verify", "--quiet", "--short", f"{revision}^{{commit}}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    if found.returncode:
        raise ValueError(f"{revision} is neither a record of bin/bench nor a revision of this repository")
    return found.stdout.strip()


@contextmanager
def checked_out(commit: str, say: Callable[[str], None]) -> Iterator[Tree]:
    """A work tree of its own in a temporary folder, with a virtual environment if its requirements are others."""
    with tempfile.TemporaryDirectory(prefix="course-enrollment-bench-") as folder:
        root = Path(folder, "tree")
        _git("worktree", "add", "--quiet", "--detach", str(root), commit)
        try:
            programs = Path(sys.executable).parent
            if (root / REQUIREMENTS).read_bytes() != (ROOT / REQUIREMENTS).read_bytes():
                say(f"installing the packages of {commit}")
                programs = _installed(root, Path(folder, "venv"))
            yield Tree(commit, root, programs)
        finally:
            _git("worktree", "remove", "--force", str(root))


def beside(now: Comparison, then: Comparison, commit: str) -> Comparison:
    """The same row of both revisions: then takes the place of the floor."""
    kept = 1 - LOSS
    goal = kept if now.of is Of.RATE else 1 / kept
    return replace(now, floor=then.ours, floor_is=f"the same of {commit}", goal=goal, warm_floor=now.warm_up)


def _installed(root: Path, folder: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    options = ["--quiet", "--disable-pip-version-check", "--require-hashes", "-r", str(root / REQUIREMENTS)]
    subprocess.run([str(folder / "bin/python"), "-m", "pip", "install", *options], check=True)
    return folder / "bin"


def _git(*words: str) -> None:
    subprocess.run(["git", *words], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
