"""A system without one of its guards, to see that bin/verify notices: Python imports this before anything else.

In one terminal, and in another:

    bin/start --fresh --set PYTHONPATH=$PWD/bin/support/verify/undone --set UNDONE=claim
    bin/verify --faults duplicate        # duplicate notices: exit status 1

    UNDONE   what is missing then                                              found with --faults
    claim    consumers send a notice without claiming it                       duplicate
    stamp    Last-Modified is what Redis's clock says, also when that was      clock (bin/start --clock-faults)
             put back
    mark     a change of a line is not marked before it is committed           stop (of Redis)
"""

import os
import sys
from pathlib import Path
from typing import Any

SERVICES = ("enrollment.app:create_app", "enrollment.workers.", "notification.consume")


def claim() -> None:
    from notification.adapters.dedup_store import DedupStore
    from notification.domain.claim import Claim

    setattr(DedupStore, "claim", lambda _, notices: [Claim.OURS] * len(notices))  # noqa: B010 - mypy
    setattr(DedupStore, "holds", lambda _, notice: True)  # noqa: B010


def stamp() -> None:
    from enrollment.adapters import waitlist_cache

    whole, begins = waitlist_cache.script, "local function next_stamp(last, clock, now)\n"

    def script(*names: str) -> str:
        return whole(*names).replace(begins, f"{begins}  do return now end\n")

    assert script("stamp") != whole("stamp")
    waitlist_cache.script = script


def mark() -> None:
    from enrollment.adapters.waitlist_cache import WaitlistCache

    def nothing(*_: Any) -> None:
        return None

    setattr(WaitlistCache, "mark_pending", nothing)  # noqa: B010


if any(word.startswith(SERVICES) for word in sys.orig_argv):
    sys.path.insert(0, str(Path(__file__).resolve().parents[4]))
    {"claim": claim, "stamp": stamp, "mark": mark}[os.environ["UNDONE"]]()
