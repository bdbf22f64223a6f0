"""Requests that wait for a line to move: held back without a thread, woken by one look at the versions of all lines.

Each process looks in Redis for itself, so it does not matter which instance commits, and nothing is lost with a message
or a connection. A line that Redis does not show, or may not show as it is, is compared with DynamoDB once for all who
wait; while a store is away they go on waiting, and who looks last finds out.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable

from enrollment import metrics
from enrollment.service.ports import LineVersions
from enrollment.service.positions import Position, Positions
from kit.errors import AppError, Unavailable

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.025
LONGEST_PAUSE_S = 0.2
PAUSE_PER_LOOK = 9  # a look may take a tenth of the time, where very many lines are watched
COMPARE_EVERY_S = 1.0  # how soon a replaced Redis, or a change that its process did not show, is noticed
MOST_OF_ONE_STUDENT = 16  # lines and tabs


class Waiter:
    """One request: the line's version it knows, and whether it is over."""

    def __init__(self) -> None:
        self.version = 0
        self.is_over = False
        self._moved: asyncio.Future[None] | None = None

    async def until_moved(self) -> None:
        """Returns when it is woken, or over."""
        if not self.is_over:
            self._moved = asyncio.get_running_loop().create_future()
            await self._moved

    def wake(self) -> None:
        if self._moved is not None and not self._moved.done():
            self._moved.set_result(None)

    def end(self) -> None:
        self.is_over = True
        self.wake()


class PositionWatch:
    """For one event loop. `most` requests wait at a time; the others are answered at once."""

    def __init__(self, versions: LineVersions, positions: Positions, most: int, longest_s: float) -> None:
        self._versions = versions
        self._positions = positions
        self._most = most
        self._longest_s = longest_s
        self._waiting: dict[int, set[Waiter]] = {}
        self._of_student: Counter[int] = Counter()
        self._watching: asyncio.Task[None] | None = None
        self._comparing: dict[int, asyncio.Task[None]] = {}
        self._compare_at = 0.0
        self._is_closed = False

    def admits(self, student_id: int) -> bool:
        """Whether there is room for another request of this student."""
        return (
            not self._is_closed
            and self._of_student.total() < self._most
            and self._of_student[student_id] < MOST_OF_ONE_STUDENT
        )

    def bounded(self, wait_s: int) -> float:
        """How long a request that would wait so long may wait."""
        return min(wait_s, self._longest_s)

    async def next(
        self, student_id: int, class_id: int, known: Position, waiter: Waiter, is_news: Callable[[Position], bool]
    ) -> Position:
        """The first position that is news, or the present one when the waiter is over. Raises as Positions.of."""
        self._of_student[student_id] += 1
        try:
            while not waiter.is_over:
                await self._moved(class_id, known.validators.version, waiter)
                known = await self._positions.of(student_id, class_id)
                if is_news(known):
                    break
            return known
        finally:
            self._of_student[student_id] -= 1
            if not self._of_student[student_id]:
                del self._of_student[student_id]

    def close(self) -> None:
        """Answer all who wait, and let nobody wait any more: this process is about to end."""
        self._is_closed = True
        for waiters in self._waiting.values():
            for waiter in waiters:
                waiter.end()

    async def _moved(self, class_id: int, version: int, waiter: Waiter) -> None:
        waiter.version = version
        self._waiting.setdefault(class_id, set()).add(waiter)
        metrics.WAITING_REQUESTS.inc()
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        try:
            await waiter.until_moved()
        finally:
            metrics.WAITING_REQUESTS.dec()
            waiters = self._waiting[class_id]
            waiters.discard(waiter)
            if not waiters:
                del self._waiting[class_id]

    async def _watch(self) -> None:
        try:
            while self._waiting:
                began = time.monotonic()
                await self._look(began)
                took_s = time.monotonic() - began
                await asyncio.sleep(min(max(LOOK_EVERY_S, PAUSE_PER_LOOK * took_s), LONGEST_PAUSE_S))
        except Exception:  # nobody may wait for a task that is no more
            log.exception("who waits for a line to move is answered now")
            for waiters in self._waiting.values():
                for waiter in waiters:
                    waiter.end()
        finally:
            self._watching = None

    async def _look(self, now: float) -> None:
        """Wake who knows another version than there is, and compare with DynamoDB what is not to be believed."""
        class_ids = list(self._waiting)
        try:
            if now >= self._compare_at:
                self._compare_at = now + COMPARE_EVERY_S
                versions = await self._versions.believed(class_ids)
            else:
                versions = await self._versions.shown(class_ids)
        except Unavailable:
            return
        for class_id, version in zip(class_ids, versions, strict=True):
            if version is None:
                self._compare(class_id)
            else:
                self._wake(class_id, version)

    def _wake(self, class_id: int, version: int) -> None:
        for waiter in self._waiting.get(class_id, ()):
            if waiter.version != version:
                waiter.wake()

    def _compare(self, class_id: int) -> None:
        if class_id not in self._comparing:
            task = self._comparing[class_id] = asyncio.create_task(self._compared(class_id))
            task.add_done_callback(lambda _: self._comparing.pop(class_id))

    async def _compared(self, class_id: int) -> None:
        try:
            await self._positions.compare(class_id)
        except Unavailable as reason:
            log.debug("class %d is not compared: %s", class_id, reason)
        except AppError:  # there is no such class any more
            self._wake(class_id, version=0)
