"""What has no floor: the memory of each process, and how long bin/start takes the second time."""

import os
from collections.abc import Iterator
from pathlib import Path

from bench.context import Context
from bench.processes import system_memory
from bench.samples import Figure

MOST_MIB = 120.0
MOST_START_S = 6.0
# What we did not write is shown, but has nothing to reach.
OURS = (
    "users",
    "enrollment",
    "notification",
    "pages",
    "email_consumer",
    "webhook_consumer",
    "outbox_relay",
    "reconciler",
)


def start_time() -> Figure:
    """bin/bench notes how long the second bin/start took."""
    figure = Figure("start", "bin/start to all ready, second time", unit="s", goal=f"≤ {MOST_START_S:.0f} s")
    if seconds := os.environ.get("BENCH_START_S"):
        figure.ours = {"seconds": float(seconds)}
        figure.reached = float(seconds) <= MOST_START_S
    else:
        figure.notes.append("not measured: bin/bench did not start the system twice")
    return figure


def idle_memory() -> dict[str, float]:
    return system_memory(Path(os.environ["VAR_DIR"]))


def memory(context: Context, idle: dict[str, float]) -> Iterator[Figure]:
    """The system's processes, and those of the measurement's own, which bore the load."""
    now = idle_memory()
    for name, after in now.items():
        yield _figure(name, f"{name} of the system", idle.get(name), after)
    yield _figure("all", "all of our own processes of the system together", _together(idle), _together(now))
    for number, process in enumerate(context.watched, start=1):
        if process.popen.poll() is None:
            yield _figure(
                f"{process.name}-{number}", f"{process.name} under load", process.idle_mib, process.memory_mib()
            )


def _is_ours(name: str) -> bool:
    return name.partition(".")[0].partition("-")[0] in OURS


def _together(memory: dict[str, float]) -> float:
    return sum(mib for name, mib in memory.items() if _is_ours(name))


def _figure(name: str, what: str, idle: float | None, after: float) -> Figure:
    figure = Figure(
        f"memory-{name}", f"memory: {what}", unit="MiB", ours={"idle_mib": idle, "after_mib": round(after, 1)}
    )
    if _is_ours(name):
        figure.goal = f"≤ {MOST_MIB:.0f} MiB"
        figure.reached = after <= MOST_MIB
    return figure
