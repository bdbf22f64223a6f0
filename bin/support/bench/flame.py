"""A flame graph of the process that does the work of a row: py-spy looks at it while it works.

It shows the threads that hold the interpreter's lock. Those that wait would cover them up: where py-spy cannot ask the
kernel which threads sleep, in some containers, it takes every pool's idle threads for busy ones.
"""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.samples import Pid

PROGRAM = Path(sys.executable).with_name("py-spy")
RATE_PER_S = 200
POLL_S = 0.05
WRITES_WITHIN_S = 60.0


class NotDrawn(Exception):
    pass


@contextmanager
def drawn(pid: Pid, target: Path) -> Iterator[None]:
    """From when there is the process until the end of the block, or its own. Raises NotDrawn."""
    if not PROGRAM.exists():
        raise NotDrawn("py-spy is not installed: bin/setup --tests")
    target.parent.mkdir(parents=True, exist_ok=True)
    ended = threading.Event()
    started: list[subprocess.Popen[str]] = []

    def look() -> None:
        while not ended.is_set():
            if (found := pid()) is not None:
                started.append(_start(found, target))
                return
            ended.wait(POLL_S)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield
    finally:
        ended.set()
        looking.join()
        said = [_stop(process) for process in started]
    if not target.exists():
        raise NotDrawn("; ".join(said)[:300] or "there was no process to look at")


def _start(pid: int, target: Path) -> "subprocess.Popen[str]":
    options = ["--format", "flamegraph", "--threads", "--gil", "--rate", str(RATE_PER_S), "--output", str(target)]
    command = [str(PROGRAM), "record", "--pid", str(pid), *options]
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def _stop(process: "subprocess.Popen[str]") -> str:
    """It writes the picture when it is interrupted; what it said."""
    process.send_signal(signal.SIGINT)
    try:
        return process.communicate(timeout=WRITES_WITHIN_S)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()[0]
