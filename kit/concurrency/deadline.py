"""The moment at which the reply to a request must be out: every wait and every call to a store on its behalf fits in.

Kept in a context variable, so that threads started with the request's context know it, too. Where nobody set one, in
background workers, there is none.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf

from kit.errors import Unavailable

_ends_at: ContextVar[float] = ContextVar("deadline", default=inf)


def start(seconds: float) -> None:
    """From here to the end of this task or thread, everything must be over in so many seconds."""
    _ends_at.set(time.monotonic() + seconds)


def current() -> float:
    """The deadline on the monotonic clock; infinite where there is none."""
    return _ends_at.get()


def remaining(most: float = inf) -> float:
    """Seconds left, at least 0 and no more than `most`."""
    return max(0.0, min(most, _ends_at.get() - time.monotonic()))


def require(seconds: float) -> None:
    """Raises Unavailable unless so much time is left: what cannot end in time is better not begun."""
    if _ends_at.get() - time.monotonic() < seconds:
        raise Unavailable("The service is busy; ask again in a moment", retry_after_s=1)


@contextmanager
def until(moment: float) -> Iterator[None]:
    """In here this deadline (monotonic clock) holds instead of the present one."""
    token = _ends_at.set(moment)
    try:
        yield
    finally:
        _ends_at.reset(token)
