"""The lines in Redis, for fast answers. DynamoDB holds the truth; everything here can be restored from it.

Keys of class 4 (all in one cluster slot, that of the text `last-modified:4`):

    last-modified:4                       string  HTTP-date of the last change, as the founding document shows it
    waitlist:{last-modified:4}            zset    student id → place in line
    waitlist-since:{last-modified:4}      hash    student id → Unix seconds since when the student waits
    waitlist-head:{last-modified:4}       hash    version: the line's version; stamp: the date in Unix seconds
    waitlist-pending:{last-modified:4}    hash    token → "<version after> <Unix seconds>": changes under way

A change is marked here before it is committed and applied after. Who finds a mark gets no 304; an old mark means that
its writer died, and the line is restored from DynamoDB before anybody is answered. A change whose predecessor is
missing is not applied: the line is restored instead. So a lost or emptied Redis, or a process killed between the two
stores, is noticed by the next reader or writer. The clock is Redis's own, the same for every instance.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import redis
import redis.asyncio

from enrollment.domain.roster import Record
from kit.stores.redis_client import translated

# Who has marked a change commits it within this time or never: longer than all tries of a DynamoDB request together.
MARK_EXPIRES_S = 60
# A younger mark is a commit under way; the line is right until it is applied, only a 304 must not be promised.
MARK_IS_YOUNG_S = 2


def _script(name: str) -> str:
    return (files("enrollment.adapters") / "lua" / f"{name}.lua").read_text()


@dataclass(frozen=True)
class Keys:
    class_id: int

    @property
    def stamp_text(self) -> str:
        return f"last-modified:{self.class_id}"

    def _beside(self, name: str) -> str:
        return f"{name}:{{{self.stamp_text}}}"

    @property
    def line(self) -> str:
        return self._beside("waitlist")

    @property
    def since(self) -> str:
        return self._beside("waitlist-since")

    @property
    def head(self) -> str:
        return self._beside("waitlist-head")

    @property
    def pending(self) -> str:
        return self._beside("waitlist-pending")

    @property
    def all(self) -> list[str]:
        return [self.line, self.since, self.stamp_text, self.head, self.pending]


@dataclass(frozen=True)
class Change:
    """One committed change: versions before and after, who has which place now, who is no longer in line."""

    class_id: int
    token: str
    before: int
    after: int
    joined: list[Record]
    gone: list[int]


@dataclass(frozen=True)
class Reading:
    """What Redis says of one student in one line."""

    version: int | None
    stamp_s: int
    now_s: int
    rank: int | None
    since_s: int
    length: int
    mark_age_s: int | None

    @property
    def trustworthy(self) -> bool:
        """Redis shows the line as it is, or as it was a moment ago while a change is being committed."""
        return self.version is not None and (self.mark_age_s is None or self.mark_age_s <= MARK_IS_YOUNG_S)

    @property
    def at_rest(self) -> bool:
        return self.mark_age_s is None


_Asked = dict[int, list[tuple[int, "asyncio.Future[Reading]"]]]


class Line:
    """Writers' and restorers' side; threads may share it."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._begin = client.register_script(_script("begin"))
        self._apply = client.register_script(_script("stamp") + _script("apply"))
        self._restore = client.register_script(_script("stamp") + _script("restore"))

    def begin(self, class_id: int, token: str, after: int) -> None:
        """Mark a change that is about to be committed. Raises Unavailable, and then nothing may be committed."""
        with translated():
            self._begin(keys=[Keys(class_id).pending], args=[token, after])

    def abandon(self, class_id: int, token: str) -> None:
        """Take back the mark of a change that was certainly not committed."""
        with translated():
            self._client.hdel(Keys(class_id).pending, token)

    def apply(self, change: Change) -> bool:
        """Show a committed change; False when an earlier one is missing, so that the line must be restored."""
        places = _places(change.joined)
        args: list[str | int] = [change.token, change.before, change.after, len(change.joined), *places, *change.gone]
        with translated():
            return bool(self._apply(keys=Keys(change.class_id).all, args=args))

    def restore(self, class_id: int, version: int, waiting: list[Record]) -> bool:
        """Show the line as it is in DynamoDB at this version; True when something else was shown before."""
        args = [version, MARK_EXPIRES_S, *_places(waiting)]
        with translated():
            return bool(self._restore(keys=Keys(class_id).all, args=args))

    def versions(self, class_ids: list[int]) -> list[int | None]:
        """The version shown for each class in one round trip; None if unknown or if marks have been left behind."""
        with translated():
            pipeline = self._client.pipeline(transaction=False)
            for class_id in class_ids:
                pipeline.hget(Keys(class_id).head, "version")
                pipeline.hlen(Keys(class_id).pending)
            answers = pipeline.execute()
        return [
            int(version) if version is not None and not marks else None
            for version, marks in zip(answers[::2], answers[1::2], strict=True)
        ]

    def show(self, class_id: int) -> list[int]:
        """The students in line as Redis has them, next first."""
        with translated():
            students: Any = self._client.zrange(Keys(class_id).line, 0, -1)
        return [int(student_id) for student_id in students]

    def forget(self, class_id: int) -> None:
        """Leave nothing of a class that is no more."""
        with translated():
            self._client.delete(*Keys(class_id).all)

    def ping(self) -> None:
        with translated():
            self._client.ping()


class LineReader:
    """Readers' side, for one event loop. Who asks while a reading is under way shares the next one.

    So however many students refresh, Redis sees one command per class and round trip, each sent after all whom it
    answers have asked.
    """

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._client = client
        self._script = _script("position")
        self._sha = hashlib.sha1(self._script.encode(), usedforsecurity=False).hexdigest()
        self._asked: _Asked = {}
        self._reading: asyncio.Task[None] | None = None

    async def read(self, class_id: int, student_id: int) -> Reading:
        """What Redis says of one student. Raises Unavailable."""
        answer: asyncio.Future[Reading] = asyncio.get_running_loop().create_future()
        self._asked.setdefault(class_id, []).append((student_id, answer))
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_all())
        return await answer

    async def _read_all(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, {}
            try:
                with translated():
                    replies = await self._ask(asked)
            except Exception as error:  # everybody who asked must be answered
                for question in asked.values():
                    for _, answer in question:
                        if not answer.done():
                            answer.set_exception(error)
                continue
            for question, reply in zip(asked.values(), replies, strict=True):
                for (_, answer), rank, since in zip(question, reply[5::2], reply[6::2], strict=True):
                    if not answer.done():  # its request may have been cancelled
                        answer.set_result(_reading(reply, rank, since))
        self._reading = None

    async def _ask(self, asked: _Asked) -> list[list[Any]]:
        pipeline = self._client.pipeline(transaction=False)
        for class_id, question in asked.items():
            keys = Keys(class_id)
            students = [student for student, _ in question]
            pipeline.evalsha(self._sha, 4, keys.line, keys.since, keys.head, keys.pending, *students)
        try:
            return await pipeline.execute()
        except redis.exceptions.NoScriptError:  # Redis has been restarted or emptied of scripts
            await self._client.script_load(self._script)
            return await self._ask(asked)


def _places(records: list[Record]) -> list[int]:
    return [part for record in records for part in (record.student_id, record.place, record.since_s)]


def _reading(reply: list[Any], rank: int | None, since: str | None) -> Reading:
    version, stamp, now, length, mark_age = reply[:5]
    return Reading(
        version=int(version) if version is not None else None,
        stamp_s=int(stamp or now),
        now_s=now,
        rank=rank,
        since_s=int(since or 0),
        length=length,
        mark_age_s=mark_age if mark_age >= 0 else None,
    )
