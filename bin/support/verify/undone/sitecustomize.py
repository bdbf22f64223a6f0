"""A system without one of its guards, to see that bin/verify notices: Python imports this before anything else.

bin/verify-guards starts one after the other in this way, by UNDONE, and has the faults that find each:

    claim    consumers send a notice without claiming it
    stamp    Last-Modified is what Redis's clock says, also when that was put back
    mark     a change of a line is not marked before it is committed
    fence    what was decided before a line is compared with DynamoDB may be committed afterwards: a transaction, say,
             that the network has held back
    replid   a Redis that was promoted or started anew is believed
"""

import os
import re
import sys
from pathlib import Path
from typing import Any

SERVICES = ("enrollment.app:create_app", "enrollment.workers.", "notification.consume")


def _replace(owner: type, name: str, by: Any) -> None:
    """Raises AttributeError where there is no such guard any more."""
    getattr(owner, name)
    setattr(owner, name, by)


def claim() -> None:
    from notification.adapters.dedup_store import DedupStore
    from notification.domain.claim import Claim

    _replace(DedupStore, "claim", lambda _, notices: [Claim.OURS] * len(notices))
    _replace(DedupStore, "holds", lambda _, notice: True)


def stamp() -> None:
    from enrollment.adapters import waitlist_cache

    whole, begins = waitlist_cache.script, "local function next_stamp(last, clock, now)\n"

    def script(*names: str) -> str:
        return whole(*names).replace(begins, f"{begins}  do return now end\n")

    assert script("stamp") != whole("stamp")
    waitlist_cache.script = script


def mark() -> None:
    from enrollment.adapters.waitlist_cache import WaitlistCache

    _replace(WaitlistCache, "mark_pending", lambda *_: 0)


def fence() -> None:
    from enrollment.adapters.roster_store import RosterStore

    _replace(RosterStore, "fence", RosterStore.require_section)


def replid() -> None:
    from enrollment.adapters import waitlist_cache

    whole = waitlist_cache.script

    def script(*names: str) -> str:
        return re.sub(r"redis\.call\('INFO', 'replication'\):match\([^)]*\)'\)", "'0'", whole(*names))

    assert all(script(name) != whole(name) for name in ("view", "position"))
    waitlist_cache.script = script


GUARDS = {"claim": claim, "stamp": stamp, "mark": mark, "fence": fence, "replid": replid}

if any(word.startswith(SERVICES) for word in sys.orig_argv):
    sys.path.insert(0, str(Path(__file__).resolve().parents[4]))
    GUARDS[os.environ["UNDONE"]]()
