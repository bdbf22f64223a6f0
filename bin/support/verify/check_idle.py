"""With no request under way nothing of the system works: what does is stuck, as is what stands still (SIGSTOP).

A thread that reads a store for ever, or asks again without a pause, answers its health checks and shows only here.
"""

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from verify import columns, targets
from verify.history import Violation
from verify.system import System

BUSY_ABOVE = 0.3  # of one core; the reconciler and the relay look now and then
WATCHED_S = 3.0
STOPPED = "T"
OURS = (
    "users",
    "enrollment",
    "notification",
    "email_consumer",
    "webhook_consumer",
    "outbox_relay",
    "reconciler",
    "pages",
)
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """A process at one moment: its state as in proc(5), and the CPU seconds of all its threads so far."""

    state: str
    cpu_s: float


def check(before: Mapping[str, Usage], after: Mapping[str, Usage], seconds: float) -> list[Violation]:
    """Usages by process name; one that was started again between the two tells nothing."""
    found = []
    for name in sorted(before.keys() & after.keys()):
        share = (after[name].cpu_s - before[name].cpu_s) / seconds
        if after[name].state == STOPPED:
            found.append(Violation(columns.BUSY, f"{name} is stopped"))
        elif share > BUSY_ABOVE:
            found.append(Violation(columns.BUSY, f"{name} uses {share:.0%} of a core, and nobody asks for anything"))
    return found


def watch(system: System) -> list[Violation]:
    """Looks at our processes for some seconds."""
    names = [name for name in system.processes if name.partition(".")[0] in OURS]
    before, began_s = usages(system, names), time.monotonic()
    time.sleep(WATCHED_S)
    return check(before, usages(system, names), time.monotonic() - began_s)


def usages(system: System, names: Iterable[str]) -> dict[str, Usage]:
    found = {}
    for name in names:
        try:
            if pid := targets.pid_of(system.data, name):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                found[name] = Usage(fields[0], (int(fields[11]) + int(fields[12])) / _TICKS)
        except OSError:
            continue  # it has just ended; that is for another check
    return found
