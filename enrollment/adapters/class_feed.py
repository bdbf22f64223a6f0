"""All classes in Redis, so that the list of every instance follows what all commit, and one reads for all.

Keys (in one cluster slot, that of the text `class-list:<table prefix>`):

    classes:{…}           hash    class id → "<line version> <version> <the item as DynamoDB has it, as JSON>"
    classes-changed:{…}   zset    class id → the sequence number of its last change
    classes-head:{…}      hash    sequence: the last number; reading: the name of the last whole reading, read_at: when
                                  it ended (Unix seconds, Redis's clock)
    classes-reader:{…}    string  who reads all classes from DynamoDB at the moment; expires

It is a view: each commit is published afterwards, and every whole reading repairs what a process killed in between, or
a Redis that lost something, has left out. Nothing is decided from it.
"""

import json
import uuid
from collections.abc import Collection, Sequence
from typing import Any

import redis

from enrollment.adapters import items
from enrollment.adapters.waitlist_cache import script
from enrollment.domain.class_section import ClassSection
from enrollment.service.ports import Changes, Cursor
from kit.errors import Unavailable
from kit.stores.redis_client import translated

PAGE = 500  # classes a script handles at a time: about a millisecond of Redis's time
_MOST_PAGES = 1_000  # a reading of one instance, restarts included


def slot_of(table_prefix: str) -> str:
    return f"{{class-list:{table_prefix}}}"


class ClassFeed:
    def __init__(self, client: redis.Redis, table_prefix: str) -> None:
        self._client = client
        slot = slot_of(table_prefix)
        self._classes, self._changed, self._head = f"classes:{slot}", f"classes-changed:{slot}", f"classes-head:{slot}"
        self._reader = f"classes-reader:{slot}"
        self._publish = client.register_script(script("publish_classes"))
        self._end = client.register_script(script("end_reading"))
        self._changes = client.register_script(script("changed_classes"))
        self._touch = client.register_script(script("touch_classes"))

    def publish(self, sections: Sequence[ClassSection]) -> None:
        """Let all know of classes as they were committed. Idempotent. Raises Unavailable."""
        for start in range(0, len(sections), PAGE):
            args: list[Any] = []
            for section in sections[start : start + PAGE]:
                item = json.dumps(items.class_to_item(section))
                args += (section.class_id, section.line_version, section.version, item)
            with translated():
                self._publish(keys=[self._classes, self._changed, self._head], args=args)

    def changes(self, after: Cursor) -> Changes:
        """The changes since. Raises Unavailable."""
        found = Changes(after)
        for _ in range(_MOST_PAGES):
            with translated():
                keys = [self._classes, self._changed, self._head]
                reply: Any = self._changes(keys=keys, args=[found.cursor.reading, found.cursor.sequence, PAGE])
            reading, age_s, anew, last, *values = reply
            if anew:
                found = Changes(after, whole=True)
            found.cursor = Cursor(reading or "", int(float(last)))
            found.read_age_s = age_s if reading else None
            found.sections += [items.class_from_item(json.loads(v.split(" ", 2)[2])) for v in values if v]
            if reading is None or len(values) < PAGE:
                return found
        raise Unavailable("The list of classes changes too fast; ask again in a moment")

    def touch(self, class_ids: Collection[int]) -> None:
        """Let those who follow changes look at these classes: nobody knows what became of them. Raises Unavailable."""
        if class_ids:
            with translated():
                self._touch(keys=[self._changed, self._head], args=[*class_ids])

    def sequence(self) -> int:
        """The number of the last change. Raises Unavailable."""
        with translated():
            return int(self._client.hget(self._head, "sequence") or 0)

    def changed_ids(self, after: int) -> tuple[int, set[int]] | None:
        """The number of the last change, and the classes that changed after that number; None if Redis has lost some.

        Raises Unavailable.
        """
        last = self.sequence()
        if last < after:
            return None
        with translated():
            found: Any = self._client.zrangebyscore(self._changed, f"({after}", "+inf", withscores=True)
        return max([last, *(int(number) for _, number in found)]), {int(class_id) for class_id, _ in found}

    def begin_reading(self, lease_s: float) -> bool:
        """Whether the caller is to read all classes now; for so long, nobody else is."""
        with translated():
            return bool(self._client.set(self._reader, uuid.uuid4().hex, nx=True, px=round(lease_s * 1000)))

    def put_off_reading(self, pause_s: float) -> None:
        """The reading failed: the next may begin after a pause."""
        with translated():
            self._client.pexpire(self._reader, round(pause_s * 1000))

    def class_ids(self) -> set[int]:
        with translated():
            ids: Any = self._client.hkeys(self._classes)
        return {int(class_id) for class_id in ids}

    def end_reading(self, gone: Collection[int]) -> None:
        """All classes there are have been published; forget those that are gone. Others may read again."""
        keys = [self._classes, self._changed, self._head, self._reader]
        with translated():
            self._end(keys=keys, args=[uuid.uuid4().hex, *gone])
