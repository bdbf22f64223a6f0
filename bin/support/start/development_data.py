"""Loads the development data of a service as soon as the service has made its tables."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from outcomes import Failed
from readiness import Check

MOST_TRIES = 4


class DevelopmentData:
    """A readiness check that starts `python -m SERVICE.cli.development_data` once, and is ready when that is done.

    The module fills empty tables only. That it has done so is noted beside the tables, which spares every
    later start a second.
    """

    def __init__(self, service: str, service_is_ready: Check, environment: Mapping[str, str], root: Path) -> None:
        self._module = f"{service}.cli.development_data"
        tables = environment.get("TABLE_PREFIX", "") + service
        self._note = Path(environment["VAR_DIR"], "dynamodb", f"{tables}.development-data-loaded")
        self._service_is_ready = service_is_ready
        self._environment = dict(environment)
        self._root = root
        self._process: subprocess.Popen[str] | None = None
        self._tries = 0

    def __call__(self) -> str | None:
        if self._note.exists():
            return None
        if self._process is None:
            if reason := self._service_is_ready():
                return reason
            self._tries += 1
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module],
                cwd=self._root,
                env=self._environment,
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        if self._process.poll() is None:
            return "being loaded"
        output, _ = self._process.communicate()
        if status := self._process.returncode:
            if self._tries < MOST_TRIES:  # a busy machine's database may answer too late once
                self._process = None
                return f"tried {self._tries} times"
            raise Failed(f"python -m {self._module} failed with status {status}:\n{output}")
        self._note.touch()
        return None
