"""Waits until every check passes, and reports how it goes."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from console import Console
from outcomes import Failed
from readiness import Check

READY_WITHIN_S, CLUSTER_READY_WITHIN_S = 120.0, 240.0
NEWS_EVERY_S = 10.0  # when nothing becomes ready: what is missing, and why
PAUSE_S = 0.2


def wait_until_ready(checks: Mapping[str, Check], go_on: Callable[[], None], console: Console, within_s: float) -> None:
    """`go_on` raises when waiting has no point any more. Raises Failed naming what is not ready in time."""
    waiting = dict(checks)
    began = news = time.monotonic()
    # All at once: one that answers late must not hide that others are ready.
    with ThreadPoolExecutor(len(waiting)) as pool:
        while waiting:
            go_on()
            reasons = dict(zip(waiting, pool.map(lambda check: check(), waiting.values()), strict=True))
            missing = {name: reason for name, reason in reasons.items() if reason}
            now = time.monotonic()
            for name in waiting.keys() - missing.keys():
                del waiting[name]
                news = now
                console.progress(f"{name} is ready" + (f", {len(waiting)} to come" if waiting else ""))
            if missing and now - began >= within_s:
                raise Failed(f"Not ready after {within_s:.0f} s:\n{_lines(missing)}\nThe log says more.")
            if now - news >= NEWS_EVERY_S:
                news = now
                console.progress(f"still waiting for\n{_lines(missing)}")
            time.sleep(PAUSE_S)


def _lines(missing: Mapping[str, str]) -> str:
    return "\n".join(f"  {name}: {reason}" for name, reason in missing.items())
