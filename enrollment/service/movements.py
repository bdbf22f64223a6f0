"""How many got a seat, joined a line, came from a line into a seat or gave a seat up, minute by minute, and which lines
grow fastest: counted as it is committed, over all instances.

For pictures alone (kit.stores.minute_counts): what dies with a process or with Redis is not counted.
"""

from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import Any

from enrollment.domain.history import Change, What
from enrollment.domain.roster import Roster
from enrollment.service.demand import line_of
from enrollment.service.ports import KnownSections, MinuteCounts
from kit.stores.minute_counts import began

MINUTES = 180  # told of
GROWTH_MINUTES = 5  # in which lines are compared
MOST_GROWING = 20

NAMES = {
    What.ENROLLED: "enrolled",
    What.JOINED: "joined",
    What.PROMOTED: "promoted",
    What.ACCEPTED: "promoted",
    What.DROPPED: "dropped",
    What.SWAPPED: "dropped",
    What.LEFT: "left",
    What.DECLINED: "left",
    What.EXPIRED: "left",
}


class Movements:
    """`counts` are kept for MINUTES; `growth`, by class id, for GROWTH_MINUTES."""

    def __init__(self, counts: MinuteCounts, growth: MinuteCounts, known: KnownSections) -> None:
        self._counts = counts
        self._growth = growth
        self._known = known

    def committed(self, rosters: Iterable[Roster]) -> None:
        """Count what has just been committed. Raises nothing and waits for nobody."""
        for roster in rosters:
            self._counts.add_later(partial(_counts_of, roster.changes))
            if grown := roster.section.current_waitlist - roster.loaded.current_waitlist:
                self._growth.add({str(roster.section.class_id): grown})

    def recent(self) -> dict[str, Any]:
        """As JSON: the minutes in which something happened, oldest first, and the lines that grew most.

        Raises Unavailable.
        """
        now, counts = self._counts.series()
        grown = [(int(class_id), by) for class_id, by in self._growth.most(MOST_GROWING)]
        known = {section.class_id: section for section in self._known.sections([class_id for class_id, _ in grown])}
        return {
            "until": began(now),
            "minutes": [{"minute": began(minute), **_row(of)} for minute, of in sorted(counts.items())],
            "growing_lines": [{**line_of(known[i]), "growth": by} for i, by in grown if i in known],
        }

    def close(self) -> None:
        self._counts.close()
        self._growth.close()


def _counts_of(changes: Iterable[Change]) -> Counter[str]:
    return Counter(NAMES[change.what] for change in changes if change.what in NAMES)


def _row(counts: dict[str, int]) -> dict[str, int]:
    return {name: counts.get(name, 0) for name in dict.fromkeys(NAMES.values())}
