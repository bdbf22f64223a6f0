"""The waitlists in Redis as readers ask for them, in one round trip for all who ask. Keys: see waitlist_cache."""

import asyncio
from collections.abc import Hashable, Sequence
from functools import lru_cache
from typing import Any

from enrollment.adapters.waitlist_cache import Keys, reading_of, script, student_reading_of
from enrollment.domain.waitlist import Reading, StudentReading
from kit.stores.redis_async import RoundTrips, Script
from kit.stores.redis_client import in_our_words

_Read = tuple[Reading, StudentReading | None]
_Question = list[tuple[int | None, "asyncio.Future[_Read]"]]
_Asked = dict[int, _Question]


class WaitlistReader:
    """Readers' side, for one event loop. Requests that come while a reading is under way share the next one.

    So however many students refresh, Redis sees one command per class and round trip, each sent after all whom it
    answers have asked. On a cluster each node has readings of its own: one that is silent keeps nobody else waiting.
    """

    def __init__(self, redis: RoundTrips) -> None:
        self._redis = redis
        self._script = Script(redis, script("position"))
        self._asked: dict[Hashable, _Asked] = {}
        self._readings: dict[Hashable, asyncio.Task[None]] = {}

    async def read(self, class_id: int, student_id: int | None = None) -> _Read:
        """What Redis says of a line and, if one is named, of a student in it. Raises Unavailable."""
        answer: asyncio.Future[_Read] = asyncio.get_running_loop().create_future()
        node = self._redis.node_of(_slot_key(class_id))
        self._asked.setdefault(node, {}).setdefault(class_id, []).append((student_id, answer))
        if node not in self._readings:
            self._readings[node] = asyncio.create_task(self._read_all(node))
        return await answer

    async def shown(self, class_ids: Sequence[int]) -> list[int | None]:
        """The versions of lines as Redis has them, in one round trip. Raises Unavailable."""
        replies = await self._redis.send([("HGET", Keys(class_id).head, "version") for class_id in class_ids])
        return [None if version is None else int(version) for version in _answered(replies)]

    async def believed(self, class_ids: Sequence[int]) -> list[int | None]:
        """As `shown`, and None for a line that must be compared with DynamoDB before it is believed."""
        replies = _answered(await self._ask({class_id: [] for class_id in class_ids}))
        readings = [None if reply is None else reading_of(reply) for reply in replies]
        return [each.version if each and (each.is_fresh or each.is_catching_up) else None for each in readings]

    async def _read_all(self, node: Hashable) -> None:
        while asked := self._asked.pop(node, None):
            try:
                replies = await self._ask(asked)
            except Exception as error:  # everybody who asked must be answered
                replies = [error] * len(asked)
            for question, reply in zip(asked.values(), replies, strict=True):
                _answer(question, reply)
        del self._readings[node]

    async def _ask(self, asked: _Asked) -> list[Any]:
        """The reply of each class, or its error."""
        words = [
            (5, *Keys(class_id).of_position, *(student for student, _ in question if student is not None))
            for class_id, question in asked.items()
        ]
        return await self._script.run(words)


@lru_cache(maxsize=1024)  # thousands ask for few classes
def _slot_key(class_id: int) -> str:
    return Keys(class_id).stamp_text


def _answer(question: _Question, reply: Any) -> None:
    waiting = [answer for _, answer in question]
    if isinstance(reply, Exception):
        error = in_our_words(reply)
        for answer in waiting:
            if not answer.done():  # its request may have been cancelled
                answer.set_exception(error)
        return
    of_line, of_students = reading_of(reply), zip(reply[6::2], reply[7::2], strict=True)
    for student, answer in question:
        place = None if student is None else student_reading_of(*next(of_students))
        if not answer.done():
            answer.set_result((of_line, place))


def _answered(replies: list[Any]) -> list[Any]:
    """None for each class whose node of a cluster is away. Raises Unavailable when there was no answer at all."""
    failed = [reply for reply in replies if isinstance(reply, Exception)]
    if failed and len(failed) == len(replies):
        raise in_our_words(failed[0])
    return [None if isinstance(reply, Exception) else reply for reply in replies]
