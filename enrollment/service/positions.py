"""Positions in line: answered from Redis in one round trip, after a comparison with DynamoDB when they may be stale."""

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool

from enrollment.domain.conditional import Validators
from enrollment.domain.errors import NotWaiting
from enrollment.domain.waitlist import Reading, StudentReading
from enrollment.service.ports import WaitlistReadings
from enrollment.service.waitlist_rebuilder import WaitlistRebuilder
from kit.errors import NotFound, Unavailable

REBUILT_WITHIN_S = 2.0  # else the reply is a 503; the rebuilding goes on
LOOK_AGAIN_S = 0.01


class Position(NamedTuple):
    """`position` 1 is the first of the line. A `paused` student is passed over; a seat is held until `offered_until_s`
    (0: none is). `no_pending_writes`: no change was under way when it was read; a 304 may be promised."""

    position: int
    length: int
    since_s: int
    validators: Validators
    no_pending_writes: bool
    paused: bool = False
    offered_until_s: int = 0


class Positions:
    def __init__(
        self,
        readings: WaitlistReadings,
        rebuilder: WaitlistRebuilder,
        classes_waited_for: Callable[[int], list[int]],
    ) -> None:
        self._readings = readings
        self._rebuilder = rebuilder
        self._classes_waited_for = classes_waited_for

    async def unchanged(self, student_id: int, class_id: int, etag: str) -> Validators | None:
        """The validators if this is the entity tag, and no change is under way. Raises Unavailable.

        Nobody is looked up in the line: who got the tag was in it, and leaves it with a change.
        """
        reading, _ = await self._readings.read(class_id)
        if not (reading.is_fresh and reading.no_pending_writes):
            return None
        validators = _validators(student_id, reading)
        return validators if validators.etag == etag else None

    async def of(self, student_id: int, class_id: int) -> Position:
        """The student's place in the line. Raises NotWaiting, ClassUnknown, Unavailable."""
        reading, place = await self._readings.read(class_id, student_id)
        if not reading.is_fresh:
            reading, place = await self._fresh(class_id, student_id, reading)
        if place is None:
            raise NotWaiting(student_id, class_id)
        return Position(
            place.rank + 1,
            reading.length,
            place.since_s,
            _validators(student_id, reading),
            reading.no_pending_writes,
            place.paused,
            place.offered_until_s,
        )

    async def compare(self, class_id: int) -> None:
        """Compare the line that Redis shows with DynamoDB, once for all who ask. Raises ClassUnknown, Unavailable."""
        await self._rebuilder.rebuilt(class_id, REBUILT_WITHIN_S)

    async def all_of(self, student_id: int) -> list[tuple[int, Position]]:
        """Every class the student waits for and the place in its line, by class id. Raises Unavailable."""
        class_ids = await run_in_threadpool(self._classes_waited_for, student_id)
        found = await asyncio.gather(*(self.of(student_id, i) for i in class_ids), return_exceptions=True)
        positions = []
        for class_id, position in zip(class_ids, found, strict=True):
            if isinstance(position, Position):
                positions.append((class_id, position))
            elif not isinstance(position, NotFound):  # no longer in that line: the index lags
                raise position
        return positions

    async def _fresh(self, class_id: int, student_id: int, reading: Reading) -> tuple[Reading, StudentReading | None]:
        """A reading that can be believed: after a rebuilding, which all who ask share, or when changes have arrived."""
        give_up_at = time.monotonic() + REBUILT_WITHIN_S
        while True:
            left_s = give_up_at - time.monotonic()
            if left_s <= 0:
                raise Unavailable(f"The waitlist of class {class_id} is being rebuilt; ask again in a moment")
            if reading.is_catching_up:
                await asyncio.sleep(LOOK_AGAIN_S)
            else:
                await self._rebuilder.rebuilt(class_id, left_s)
            reading, place = await self._readings.read(class_id, student_id)
            if reading.is_fresh:
                return reading, place


def _validators(student_id: int, reading: Reading) -> Validators:
    return Validators(student_id, reading.version or 0, reading.stamp_s, reading.now_s)
