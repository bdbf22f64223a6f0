"""The heads of the lines of classes that this process has just changed, so that the next drop need not ask for them.

What a line is like follows from the history of its class, whose latest hash the class shows: with the same hash and the
same version, which rises with every change, nobody has changed it since. The class is still read each time, and what is
decided holds only if it is unchanged by then.
"""

from collections import OrderedDict
from threading import Lock
from typing import TypeAlias

from enrollment.domain.class_section import ClassSection
from enrollment.domain.history import Head
from enrollment.domain.record import Record
from enrollment.domain.roster import Roster

_Moment: TypeAlias = tuple[int, Head]  # a class's version, and the end of its history
AHEAD = 24  # so many more are read of a line that moves: with one query instead of as many
_MOST_CLASSES = 1_000


class KnownHeads:
    """Threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: OrderedDict[int, tuple[_Moment, list[Record]]] = OrderedDict()

    def get(self, section: ClassSection, most: int) -> list[Record] | None:
        """Copies of at least `most` of those who are in turn, or of all, next first; None if they are not known."""
        with self._lock:
            moment, heads = self._known.get(section.class_id, (None, []))
        if moment != _moment(section) or not _is_plain(section):
            return None
        return list(map(Record.copy, heads)) if len(heads) >= min(most, section.in_turn) else None

    def probable(self, class_id: int, most: int) -> list[int]:
        """The students who were next in line when this process saved the class last, at most so many."""
        with self._lock:
            _, heads = self._known.get(class_id, (None, []))
        return [record.student_id for record in heads[:most]]

    def ahead(self, section: ClassSection) -> int:
        """How many more than are needed are to be read."""
        with self._lock:
            return AHEAD if section.class_id in self._known and _is_plain(section) else 0

    def read(self, section: ClassSection, heads: list[Record]) -> None:
        """Those next in line, read after the section. Whoever finds the class as it was then finds them right."""
        with self._lock:
            self._known.pop(section.class_id, None)
            if _is_plain(section):
                self._remember(section, heads)

    def saved(self, roster: Roster) -> None:
        """This process has just saved it."""
        section = roster.section
        with self._lock:
            moment, heads = self._known.pop(section.class_id, (None, []))
            if not section.in_turn or not _is_plain(section):
                return
            only_newcomers = all(roster.loaded_records.get(student_id) is None for student_id in roster.touched)
            if roster.head or moment != _moment(roster.loaded) or not only_newcomers:
                heads = list(map(Record.copy, roster.head))
            self._remember(section, heads)

    def _remember(self, section: ClassSection, heads: list[Record]) -> None:
        self._known[section.class_id] = _moment(section), heads
        if len(self._known) > _MOST_CLASSES:
            self._known.popitem(last=False)


def _moment(section: ClassSection) -> _Moment:
    return section.version, section.history


def _is_plain(section: ClassSection) -> bool:
    """The next in line gets a seat whatever is the case in other classes, which need not be read."""
    return not section.rule.applies and not section.waiting_swaps
