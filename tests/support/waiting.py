"""Waiting for what must come true, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(
    condition: Callable[[], T], why: str | Callable[[], str] = "it did not come true", *, timeout_s: float = 20
) -> T:
    """The first truthy result; fails with `why` when there is none in time. A function says it at that moment."""
    end = time.monotonic() + timeout_s
    while not (result := condition()):
        if time.monotonic() >= end:
            said = why if isinstance(why, str) else why()
            raise AssertionError(f"{said} (waited {timeout_s:g} s, the last result was {result!r})")
        time.sleep(0.03)
    return result
