"""bin/verify-guards takes guards away; each of them must still be where it is taken away."""

import os
import subprocess
import sys

from verify.guards import TRIALS, UNDONE

from tests.support.processes import ROOT


def test_each_guard_can_be_undone_and_has_its_trial() -> None:
    undo_all = "import sitecustomize as s\nfor name, undo in s.GUARDS.items(): undo(); print(name)"
    environment = os.environ | {"PYTHONPATH": f"{UNDONE}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-c", undo_all], env=environment, text=True, capture_output=True, timeout=60, check=True
    )
    assert set(done.stdout.split()) | {"none", "none-cluster"} == set(TRIALS)
