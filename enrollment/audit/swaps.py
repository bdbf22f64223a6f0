"""Swaps, held against what the histories of both classes tell: a seat is given up at the moment another is got."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from enrollment.audit.replayed_state import Half, ReplayedState

ReadEntries = Callable[[int], Iterable[Mapping[str, Any]]]
_Seen = tuple[int, Half]
"""A class, and what it tells."""


@dataclass
class Swaps:
    """Collects, class by class, the halves of swaps whose other halves are not known yet."""

    _alone: dict[_Seen, int] = field(default_factory=dict)

    def add(self, class_id: int, replayed: ReplayedState) -> None:
        for half, number in replayed.halves.items():
            if self._alone.pop(_other(class_id, half), None) is None:
                self._alone[class_id, half] = number

    def wrong(self, entries: ReadEntries) -> Iterator[str]:
        """The contradictions, in words. The classes were read one after the other, or not all of them, so `entries` is
        asked for what the other classes tell now."""
        told: dict[int, set[Half]] = {}
        for (class_id, half), number in sorted(self._alone.items()):
            other_class, other = _other(class_id, half)
            if other_class not in told:
                told[other_class] = set(_halves(entries(other_class)))
            if other not in told[other_class]:
                did = "gives up a seat for one in" if half.gives_up else "gets a seat for one in"
                said = f"student {half.student_id} {did} class {other_class}, whose history does not tell of it"
                yield f"class {class_id}: entry {number}: {said}"


def _other(class_id: int, half: Half) -> _Seen:
    return half.other_class, Half(half.student_id, class_id, half.at, not half.gives_up)


def _halves(entries: Iterable[Mapping[str, Any]]) -> Iterator[Half]:
    for entry in entries:
        for change in entry["changes"]:
            if change["what"] == "swapped":
                yield Half(change["student_id"], change["to"], entry["at"], gives_up=True)
            elif change["what"] in ("enrolled", "promoted", "accepted") and "swap_from" in change:
                yield Half(change["student_id"], change["swap_from"], entry["at"], gives_up=False)
