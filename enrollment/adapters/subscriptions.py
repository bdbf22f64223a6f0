"""Where students want to be told, read only: DynamoDB's table `subscriptions`, see etc.contracts.subscriptions.

Redis shows the same as `subscription:<student id>`, but may show it late or not at all, so it is asked only as long as
what version 1.1 kept there has not moved: string, JSON {"<class id>": {"email": …, "proxy": "<percent-encoded once>"}}.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import redis

from enrollment.domain.events import Subscription
from etc.contracts.subscriptions import MOVED, PROGRESS, SubscriptionItem, key
from kit.stores import dynamo
from kit.stores.dynamo import Item
from kit.stores.redis_client import translated

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

log = logging.getLogger(__name__)

_MOST = 99  # keys in one BatchGetItem, beside the one that says whether everything has moved


class Subscriptions:
    """Thread-safe. `table` is the name of the table, with its prefix."""

    def __init__(self, database: "DynamoDBClient", table: str, client: redis.Redis) -> None:
        self._database = database
        self._table = table
        self._client = client
        self._moved = False

    def keys(self, class_id: int, student_ids: Sequence[int]) -> dict[str, list[Item]]:
        """What is to be read for `found`, by table, beside something else; nothing as long as Redis is asked, too."""
        return {self._table: [key(student_id, class_id) for student_id in student_ids]} if self._moved else {}

    def found(self, read: Mapping[str, list[Item]], student_ids: Sequence[int]) -> dict[int, Subscription | None]:
        """Those of these students, None where there is none, if `keys` were read."""
        if self._table not in read:
            return {}
        return {**dict.fromkeys(student_ids), **dict(map(_subscription, read[self._table]))}

    def to_class(self, class_id: int, student_ids: list[int]) -> dict[int, Subscription]:
        """The subscriptions of these students to this class. Raises Unavailable."""
        found: dict[int, Subscription] = {}
        for start in range(0, len(student_ids), _MOST):
            found |= self._read(class_id, student_ids[start : start + _MOST])
        if self._moved or not student_ids:
            return found
        return self._kept_by_1_1(class_id, [one for one in student_ids if one not in found]) | found

    def _read(self, class_id: int, student_ids: list[int]) -> dict[int, Subscription]:
        keys = [key(student_id, class_id) for student_id in student_ids]
        asked = keys if self._moved else [PROGRESS, *keys]
        items = dynamo.batch_get(self._database, {self._table: asked})[self._table]
        found = {}
        for item in items:
            if item["StudentID"] == PROGRESS["StudentID"]:
                self._moved = MOVED in item
            else:
                student_id, subscription = _subscription(item)
                found[student_id] = subscription
        return found

    def _kept_by_1_1(self, class_id: int, student_ids: list[int]) -> dict[int, Subscription]:
        with translated():
            pipeline = self._client.pipeline(transaction=False)  # not MGET: on a cluster the keys live apart
            for student_id in student_ids:
                pipeline.get(f"subscription:{student_id}")
            values = pipeline.execute()
        found = {
            student_id: _entry(value, class_id)
            for student_id, value in zip(student_ids, values, strict=True)
            if value is not None
        }
        return {student_id: target for student_id, target in found.items() if target is not None}


def _subscription(item: Item) -> tuple[int, Subscription]:
    """The student, and where to tell them."""
    one = SubscriptionItem.of(item)
    return one.student_id, Subscription(one.email, one.proxy, one.language, one.webhook_format)


def _entry(value: str, class_id: int) -> Subscription | None:
    try:
        entry = json.loads(value).get(str(class_id))
        if entry is None:
            return None
        target = Subscription(email=entry.get("email") or None, proxy=entry.get("proxy") or None)
    except (ValueError, AttributeError):
        log.error("a subscription is not of the agreed shape; its student is not notified")
        return None
    return target if target.email or target.proxy else None
