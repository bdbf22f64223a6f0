"""Waits until every check is content, and tells how it goes."""

import time
from collections.abc import Callable, Mapping

from console import Console
from outcomes import Failed
from readiness import Check

READY_WITHIN_S = 120.0


def wait_until_ready(checks: Mapping[str, Check], go_on: Callable[[], None], console: Console) -> None:
    """`go_on` raises when waiting has no point any more. Raises Failed naming what is not ready in time."""
    waiting = dict(checks)
    deadline = time.monotonic() + READY_WITHIN_S
    while waiting:
        missing: dict[str, str] = {}
        for name, check in list(waiting.items()):
            go_on()
            if reason := check():
                missing[name] = reason
                continue
            del waiting[name]
            console.progress(f"{name} is ready" + (f", waiting for {', '.join(waiting)}" if waiting else ""))
        if missing and time.monotonic() >= deadline:
            lines = (f"  {name}: {reason}" for name, reason in missing.items())
            raise Failed("\n".join([f"Not ready after {READY_WITHIN_S:.0f} s:", *lines, "The log says more."]))
        time.sleep(0.1)
