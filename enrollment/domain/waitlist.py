"""A waitlist as a cache shows it: what a reading of it is worth, and the changes that keep it up to date.

The cache is written after the class is committed, so what it shows may be late; adapters.waitlist_cache says how that
is noticed. Nothing is decided from it.
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

from enrollment.domain.record import Record

# A younger mark is a commit under way; the line is right until it is shown, only a 304 must not be promised.
MARK_IS_YOUNG_S = 2


@dataclass(frozen=True)
class WaitlistChange:
    """One committed change: versions before and after, who has which place now, who is no longer in line.

    `whole`: the joined are the whole line. `clock_s`: the class's before the change.
    """

    class_id: int
    token: str
    before: int
    after: int
    joined: list[Record]
    gone: list[int]
    whole: bool = False
    clock_s: int | None = None


class Freshness(IntEnum):
    """Of what is shown; the numbers are those of position.lua."""

    UNKNOWN = 0
    CATCHING_UP = 1
    EXACT = 2


@dataclass(frozen=True)
class Reading:
    """What Redis says of a line; all who asked at the same time share it."""

    version: int | None
    stamp_s: int
    now_s: int
    length: int
    mark_age_s: int | None
    freshness: Freshness

    @cached_property
    def is_fresh(self) -> bool:
        """Redis shows the line as it is, or as it was a moment ago while a change is being committed."""
        return self.freshness is Freshness.EXACT and self._marks_are_young

    @property
    def is_catching_up(self) -> bool:
        """It will be fresh as soon as those who are committing have applied their changes."""
        return self.freshness is Freshness.CATCHING_UP and self.mark_age_s is not None and self._marks_are_young

    @property
    def no_pending_writes(self) -> bool:
        return self.mark_age_s is None

    @property
    def _marks_are_young(self) -> bool:
        return self.mark_age_s is None or self.mark_age_s <= MARK_IS_YOUNG_S


class StudentReading(NamedTuple):
    """What Redis says of one student in the line; `rank` 0 is next."""

    rank: int
    since_s: int
    paused: bool = False
    offered_until_s: int = 0


class Shown(IntEnum):
    """The outcome of a committed change; the numbers are those of commit.lua."""

    NOTHING_KNOWN = 0
    PREDECESSOR_MISSING = 1
    DONE = 2


class ServerReplaced(Exception):
    """Redis was emptied, started anew or replaced since the comparison began: begin anew."""


@dataclass(frozen=True)
class Comparison:
    """Of what Redis shows with DynamoDB: the changes under way when it began, and where Redis has noted that."""

    class_id: int
    note: str
    tokens: list[str]
