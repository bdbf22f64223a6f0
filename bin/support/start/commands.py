"""Runs other programs: the project's own modules, and the command given to bin/start."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from outcomes import Failed

COMMAND_TIMEOUT_S = 10.0


def run_module(module: str, *words: str, environment: Mapping[str, str], root: Path) -> None:
    """Raises Failed, with what the module printed."""
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=root,
        env=dict(environment),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        raise Failed(f"python -m {module} failed with status {done.returncode}:\n{done.stdout}")


def run_command(command: list[str], environment: Mapping[str, str], go_on: Callable[[], None]) -> int:
    """The status of the command, 128 + the signal if it was killed. `go_on` raises when it is to be ended early."""
    child = subprocess.Popen(command, env=dict(environment))
    try:
        while (status := child.poll()) is None:
            go_on()
            time.sleep(0.1)
        return status if status >= 0 else 128 - status
    finally:
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(COMMAND_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
