"""A system without one of its guards, to see that bin/verify notices: Python imports this before anything else.

In one terminal, and in another:

    bin/start --fresh --set PYTHONPATH=$PWD/bin/support/verify/undone --set UNDONE=claim
    bin/verify --faults duplicate        # duplicate notices: exit status 1

    UNDONE   what is missing then                                              found with --faults
    claim    consumers send a notice without claiming it                       duplicate
    stamp    Last-Modified is what Redis's clock says, also when that was      clock (bin/start --clock-faults)
             put back
    mark     a change of a line is not marked before it is committed           stop (of Redis)
    fence    what was decided before a line is compared with DynamoDB may be   stop (of enrollment)
             committed afterwards
    replid   a Redis that was promoted or started anew is believed             failover (bin/start --cluster)
"""

import os
import re
import sys
from pathlib import Path

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

    setattr(WaitlistCache, "mark_pending", lambda *_: 0)  # noqa: B010


def fence() -> None:
    from enrollment.adapters.roster_store import RosterStore

    setattr(RosterStore, "fence", RosterStore.require_section)  # noqa: B010


def replid() -> None:
    from enrollment.adapters import waitlist_cache

    whole = waitlist_cache.script

    def script(*names: str) -> str:
        return re.sub(r"redis\.call\('INFO', 'replication'\):match\([^)]*\)'\)", "'0'", whole(*names))

    assert all(script(name) != whole(name) for name in ("view", "position"))
    waitlist_cache.script = script


if any(word.startswith(SERVICES) for word in sys.orig_argv):
    sys.path.insert(0, str(Path(__file__).resolve().parents[4]))
    {"claim": claim, "stamp": stamp, "mark": mark, "fence": fence, "replid": replid}[os.environ["UNDONE"]]()
