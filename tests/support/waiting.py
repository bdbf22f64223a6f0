"""Waiting for what must come true, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(condition: Callable[[], T], why: str = "it did not come true", *, timeout_s: float = 20) -> T:
    """The first truthy result; fails with `why` when there is none in time."""
    end = time.monotonic() + timeout_s
    while not (result := condition()):
        assert time.monotonic() < end, f"{why} (waited {timeout_s:g} s, the last result was {result!r})"
        time.sleep(0.03)
    return result
