"""Positions in line: answered from Redis in one round trip, from DynamoDB's truth when Redis cannot be trusted."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakValueDictionary

from starlette.concurrency import run_in_threadpool

from enrollment.adapters.waitlist_cache import LineReader, Reading
from enrollment.domain.conditional import Validators
from enrollment.domain.errors import NotWaiting
from kit.errors import NotFound, Unavailable


@dataclass(frozen=True)
class Position:
    """`position` 1 is next. `settled`: no change was under way when this was read, so a 304 may be promised."""

    position: int
    length: int
    since_s: int
    validators: Validators
    settled: bool


class Positions:
    def __init__(
        self,
        reader: LineReader,
        restore_line: Callable[[int], bool],
        classes_waited_for: Callable[[int], list[int]],
    ) -> None:
        self._reader = reader
        self._restore_line = restore_line
        self._classes_waited_for = classes_waited_for
        self._restoring: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def of(self, student_id: int, class_id: int) -> Position:
        """The student's place in the line. Raises NotWaiting, ClassUnknown, Unavailable."""
        reading, restored = await self._reader.read(class_id, student_id), False
        if not reading.trustworthy:
            reading, restored = await self._restore(class_id, student_id)
        if reading.rank is None:
            raise NotWaiting(student_id, class_id)
        if reading.version is None:
            raise Unavailable("Redis has just been emptied; ask again in a moment")
        validators = Validators(reading.version, reading.stamp_s, reading.now_s)
        settled = restored or reading.at_rest
        return Position(reading.rank + 1, reading.length, reading.since_s, validators, settled)

    async def all_of(self, student_id: int) -> list[tuple[int, Position]]:
        """Every class the student waits for and the place in its line, by class id. Raises Unavailable."""
        class_ids = await run_in_threadpool(self._classes_waited_for, student_id)
        found = await asyncio.gather(*(self.of(student_id, i) for i in class_ids), return_exceptions=True)
        places = []
        for class_id, place in zip(class_ids, found, strict=True):
            if isinstance(place, Position):
                places.append((class_id, place))
            elif not isinstance(place, NotFound):  # no longer in that line: the index lags
                raise place
        return places

    async def _restore(self, class_id: int, student_id: int) -> tuple[Reading, bool]:
        """Restore the line, once for all who ask at the same time, and read again."""
        lock = self._restoring.setdefault(class_id, asyncio.Lock())
        async with lock:
            reading = await self._reader.read(class_id, student_id)
            if reading.trustworthy:
                return reading, False
            await run_in_threadpool(self._restore_line, class_id)
        return await self._reader.read(class_id, student_id), True
