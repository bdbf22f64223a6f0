"""Test support under the names it had before it was put together here, until nothing uses them any more."""

import importlib
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

NOTIFICATION = ("consumers", "mailbox", "post_office", "tcp_proxy", "certificates")
MOVED = {
    **{f"tests.{name}": f"tests.support.{name}" for name in ("waiting", "load", "metrics", "model", "secrets")},
    **{f"tests.integration.{name}": f"tests.support.{name}" for name in ("servers", "supervised")},
    **{f"tests.integration.notification.{name}": f"tests.support.{name}" for name in NOTIFICATION},
    "tests.integration.notification.receivers": "tests.support.receiver",
    "tests.integration.enrollment.world": "tests.support.world",
    "tests.integration.ops.processes": "tests.support.processes",
    "tests.integration.users.serving": "tests.support.serving",
}


class _Moved:
    def find_spec(self, name: str, path: Sequence[str] | None = None, target: object = None) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name in MOVED else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return importlib.import_module(MOVED[spec.name])

    def exec_module(self, module: ModuleType) -> None:
        """It has been run under its new name."""


sys.meta_path.insert(0, _Moved())  # type: ignore[arg-type]
