"""Gives processes clocks that can be put forward and back: see clocks/__init__.py, not on this program's path."""

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from cluster import is_consumer
from outcomes import Failed

FOLDER, LIBRARY, SOURCE = "clocks", "faulty_clock.so", "clocks/faulty_clock.c"
# Processes that compare their clock with times that others wrote. Tokens tell times, too: the gateway and the users
# service, which read each other's, are no part of it.
FAULTY = ("redis", "enrollment", "notification", "outbox_relay", "reconciler")  # and the consumers


def with_faulty_clocks(settings: Mapping[str, str], data: Path) -> dict[str, str]:
    """The settings by which bin/support/supervise finds them."""
    return {**settings, "FAULTY_CLOCKS": str(data / FOLDER)}


def prepare(data: Path, processes: Iterable[str]) -> None:
    """A clock for each of these that gets one, right at first; before they start. Raises Failed."""
    folder = data / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    build(folder / LIBRARY)
    for name in processes:
        process = name.partition(".")[0]
        if process in FAULTY or is_consumer(process):
            (folder / name).write_bytes(bytes(8))


def build(library: Path) -> None:
    """Raises Failed when there is no compiler."""
    source = Path(__file__).resolve().parents[1] / SOURCE
    try:
        done = subprocess.run(
            ["cc", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", str(library), str(source)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except FileNotFoundError:
        raise Failed("--clock-faults needs a C compiler, and there is no cc: bin/setup --tests installs one") from None
    if done.returncode:
        raise Failed(f"{source} cannot be compiled:\n{done.stdout}")
