"""Endpoints of webhooks: which are paused, because nothing arrived there for days.

DynamoDB's table `webhook-endpoints` has an item for each student: `Paused`, the SHA-256 of each paused callback. How
long an endpoint fails already is counted in Redis, by adapters.delivery_log; losing that only starts the count anew.
"""

import hashlib
import time
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING

import redis

from kit.concurrency.group_commit import GroupCommit
from kit.stores import dynamo, redis_client
from kit.stores.dynamo import Item, number
from notification.adapters.tables import Tables

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_MOST = 100  # keys in one BatchGetItem
_ONE_ATTEMPT_S = 0.1  # the pause and the secrets of one attempt are asked for a moment apart
READ_AHEAD_S = 1.0  # and what was read for an attempt that is about to begin is good for so long
_MOST_KEPT = 1000
_MOST_WAITING = 10_000


class EndpointItems:
    """The items of the table, strongly consistent; who asks at the same time shares a round trip. Thread-safe."""

    def __init__(self, database: "DynamoDBClient", tables: Tables) -> None:
        self.database = database
        self.table = tables.endpoints
        self._reads: GroupCommit[int, Item] = GroupCommit(self._read, _MOST, threads=1, most_waiting=_MOST_WAITING)
        self._lock = Lock()
        self._kept: dict[int, tuple[float, Item]] = {}  # until when (monotonic)

    def of(self, student_id: int) -> Item:
        """The student's item, as it was a moment ago; its key alone if there is none."""
        with self._lock:
            until, item = self._kept.get(student_id, (0.0, {}))
        return item if time.monotonic() < until else self.now(student_id)

    def now(self, student_id: int) -> Item:
        """The student's item as it is. Raises Unavailable."""
        return self._reads.run(0, student_id)

    def read_ahead(self, student_ids: Sequence[int]) -> dict[int, Item]:
        """The items of students to whom webhooks are about to be sent; `of` has them for a second.

        Raises Unavailable.
        """
        ids = list(dict.fromkeys(student_ids))
        chunks = [self._fetch(ids[at : at + _MOST], READ_AHEAD_S) for at in range(0, len(ids), _MOST)]
        return {student_id: item for chunk in chunks for student_id, item in chunk.items()}

    def know(self, items: dict[int, Item]) -> None:
        """The item as just written for an attempt that is about to begin."""
        self._keep(items, time.monotonic() + READ_AHEAD_S)

    def forget(self, student_id: int) -> None:
        with self._lock:
            self._kept.pop(student_id, None)

    def _read(self, _: int, student_ids: Sequence[int]) -> list[Item | Exception]:
        items = self._fetch(list(dict.fromkeys(student_ids)), _ONE_ATTEMPT_S)
        return [items[student_id] for student_id in student_ids]

    def _fetch(self, student_ids: list[int], good_for_s: float) -> dict[int, Item]:
        until = time.monotonic() + good_for_s
        keys = [{"StudentID": number(student_id)} for student_id in student_ids]
        found = {
            int(item["StudentID"]["N"]): item
            for item in dynamo.batch_get(self.database, {self.table: keys})[self.table]
        }
        items = {student_id: found.get(student_id, {"StudentID": number(student_id)}) for student_id in student_ids}
        self._keep(items, until)
        return items

    def _keep(self, items: dict[int, Item], until: float) -> None:
        with self._lock:
            if len(self._kept) > _MOST_KEPT:
                self._kept.clear()
            self._kept |= {student_id: (until, item) for student_id, item in items.items()}


class Endpoints:
    """Thread-safe. All methods raise Unavailable when a store does not answer."""

    def __init__(self, items: EndpointItems, client: redis.Redis) -> None:
        self._items = items
        self._client = client

    def paused(self, student_id: int, proxy: str) -> bool:
        return field(proxy) in _paused(self._items.of(student_id))

    def pause(self, student_id: int, proxy: str) -> bool:
        """Send nothing there until the student resumes it. Idempotent; whether it was not paused before."""
        with dynamo.translated():
            reply = self._items.database.update_item(
                TableName=self._items.table,
                Key={"StudentID": number(student_id)},
                UpdateExpression="ADD Paused :one",
                ExpressionAttributeValues={":one": {"SS": [field(proxy)]}},
                ReturnValues="UPDATED_OLD",
            )
        self._items.forget(student_id)
        return field(proxy) not in _paused(reply.get("Attributes", {}))

    def resume(self, student_id: int, proxy: str) -> None:
        """Send there again, and forget that it failed. Idempotent; nothing changes where nothing is paused."""
        if field(proxy) not in _paused(self._items.now(student_id)):
            return
        with redis_client.translated():  # before: or the next failure would pause it again at once
            self._client.hdel(failing_key(student_id), field(proxy))
        with dynamo.translated():
            self._items.database.update_item(
                TableName=self._items.table,
                Key={"StudentID": number(student_id)},
                UpdateExpression="DELETE Paused :one",
                ExpressionAttributeValues={":one": {"SS": [field(proxy)]}},
            )
        self._items.forget(student_id)


def _paused(item: Item) -> list[str]:
    paused: list[str] = item.get("Paused", {}).get("SS", [])
    return paused


def failing_key(student_id: int) -> str:
    """Redis key of the endpoints that fail, see adapters.delivery_log."""
    return f"receivers:{{{student_id}}}"


def field(proxy: str) -> str:
    return hashlib.sha256(proxy.encode()).hexdigest()
