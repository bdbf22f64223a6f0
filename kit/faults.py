"""Named places where a test can make the process die at once, as `kill -9` would, to prove what survives.

`FAULT_POINT=commit.committed` dies the first time that point is passed, `commit.committed:3` the third time.
Off unless armed, and settings refuse to arm it in production.
"""

import os
import signal
from threading import Lock

_lock = Lock()
_armed: str | None = None
_passes_left = 0


def arm(setting: str | None) -> None:
    """Arm the point named by the setting (see above), or disarm with None."""
    global _armed, _passes_left
    name, _, nth = (setting or "").partition(":")
    _armed, _passes_left = name or None, int(nth or 1)


def point(name: str) -> None:
    """Die here if this point is armed."""
    global _passes_left
    if _armed != name:
        return
    with _lock:
        _passes_left -= 1
        if _passes_left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
