"""Threads in the background. Nobody waits for them, so one that dies would be missed only by what it no longer does."""

import logging
import time
from collections.abc import Callable
from threading import Thread

from kit.concurrency.backoff import pauses

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
RAN_WELL_S = 60.0  # after so long a failure is a new one


def keep_running(name: str, run: Callable[[], object]) -> Thread:
    """A daemon thread that calls `run` until it returns: what it raises is logged, and after a pause it runs again."""
    return _start(name, lambda: _until_it_returns(name, run))


def run_once(name: str, run: Callable[[], object]) -> Thread:
    """A daemon thread that calls `run`; what it raises is logged, and ends the thread."""
    return _start(name, lambda: _succeeds(name, run))


def _start(name: str, run: Callable[[], object]) -> Thread:
    thread = Thread(target=run, name=name, daemon=True)  # bounded: guarded by its callers
    thread.start()
    return thread


def _until_it_returns(name: str, run: Callable[[], object]) -> None:
    waits = pauses(first_s=FIRST_PAUSE_S, longest_s=LONGEST_PAUSE_S)
    began = time.monotonic()
    while not _succeeds(name, run):
        if time.monotonic() - began > RAN_WELL_S:
            waits = pauses(first_s=FIRST_PAUSE_S, longest_s=LONGEST_PAUSE_S)
        time.sleep(next(waits))
        began = time.monotonic()


def _succeeds(name: str, run: Callable[[], object]) -> bool:
    try:
        run()
    except Exception:  # the guard of every background thread: there is nobody else who would learn of it
        log.exception("the thread %s failed", name)
        return False
    return True
