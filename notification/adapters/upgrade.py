"""Data that version 1.1 kept in Redis alone moves to DynamoDB, once, before this version uses it.

    subscription:<student-id>            → table `subscriptions`; the key stays, as a view
    webhook-secret:<student-id>          → `Secrets` of `webhook-endpoints`
    receivers:{<student-id>}             → `Paused` of `webhook-endpoints`, from the fields "paused …"
    sent:<channel>:<event>[:<replay>]    → table `sent`, with what is left of their lifetime

The item 0, 0 of `subscriptions` says how far it is: Owner and LeaseUntil (Unix ms) while one process moves, Moved (RFC
3339) afterwards. Every transaction renews the lease as well as it writes, so a mover that was paused and overtaken
writes nothing; one that dies is followed by the next, which begins anew: writing a thing twice changes nothing, and
nobody changes anything before Moved is there (require_moved). Processes of 1.1 have to be stopped before.
"""

import json
import logging
import time
import uuid
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import redis
from botocore.exceptions import ClientError

from etc.contracts.subscriptions import MOVED, PROGRESS
from kit import faults
from kit.errors import AppError, Unavailable
from kit.moments import rfc3339
from kit.stores import dynamo, redis_client
from kit.stores.dynamo import Item, number, text
from notification.adapters.subscriptions import to_item
from notification.adapters.tables import EXPIRES_AT, Tables
from notification.domain.subscription import Subscriptions

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

log = logging.getLogger(__name__)

LEASE_S = 15.0
_MOST = 99  # writes beside the lease in one transaction
_SCANNED = 1000  # keys looked at in one command

Write = dict[str, Any]


class Upgrade:
    """Thread-safe."""

    def __init__(
        self, database: "DynamoDBClient", tables: Tables, client: redis.Redis, lease_s: float = LEASE_S
    ) -> None:
        self._database = database
        self._tables = tables
        self._client = client
        self._lease_s = lease_s
        self._owner = uuid.uuid4().hex
        self._moved = False

    def require_moved(self) -> None:
        """Raises Unavailable until everything has moved. Asks no store once it has."""
        if not self._moved:
            self.ping()

    def ping(self) -> None:
        """Readiness probe: raises Unavailable when DynamoDB does not answer, or not everything has moved."""
        with dynamo.translated():
            reply = self._database.get_item(TableName=self._tables.subscriptions, Key=PROGRESS, ConsistentRead=True)
        if MOVED not in reply.get("Item", {}):
            raise Unavailable("What version 1.1 kept in Redis is being moved; ask again in a moment")
        self._moved = True

    def run(self) -> None:
        """Move what there is. Raises Unavailable, also while another is at it."""
        if not self._take_lease():
            return self.require_moved()
        moved = 0
        with redis_client.translated():
            for prefix in ("subscription", "webhook-secret", "receivers", "sent"):
                for writes in _chunks(self._writes(prefix)):
                    if not self._write(writes):
                        return self.require_moved()  # we were away for so long that another took over
                    moved += len(writes)
                    faults.point("upgrade.chunk")
        faults.point("upgrade.written")
        if not self._renew("SET Moved = :moved REMOVE LeaseUntil", {":moved": text(rfc3339(int(time.time())))}):
            return self.require_moved()
        log.info("%d things that version 1.1 kept in Redis are in DynamoDB now", moved)
        return self.require_moved()

    # --- the lease

    def _take_lease(self) -> bool:
        values = {":now": number(_now_ms()), ":until": self._lease_until(), ":owner": text(self._owner)}
        return self._update(
            "SET LeaseUntil = :until, #owner = :owner",
            "attribute_not_exists(Moved) AND (attribute_not_exists(LeaseUntil) OR LeaseUntil < :now)",
            values,
        )

    def _renew(self, update: str, values: Item) -> bool:
        return self._update(update, _OURS, {**values, ":owner": text(self._owner)})

    def _update(self, update: str, condition: str, values: Item) -> bool:
        try:
            with dynamo.translated():
                self._database.update_item(**self._progress(update, condition, values))
        except ClientError as error:
            if not dynamo.condition_failed(error):
                raise
            return False
        return True

    def _progress(self, update: str, condition: str, values: Item) -> Write:
        return {
            "TableName": self._tables.subscriptions,
            "Key": PROGRESS,
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {"#owner": "Owner"},
            "ExpressionAttributeValues": values,
        }

    def _lease_until(self) -> Item:
        return number(_now_ms() + round(self._lease_s * 1000))

    def _write(self, writes: list[Write]) -> bool:
        """Whether the lease was still ours, and these are written."""
        values = {":owner": text(self._owner), ":until": self._lease_until()}
        lease = {"Update": self._progress("SET LeaseUntil = :until", _OURS, values)}
        try:
            with dynamo.translated():
                self._database.transact_write_items(TransactItems=[lease, *writes])  # type: ignore[list-item]
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            reasons: Any = error.response["CancellationReasons"]
            if reasons[0]["Code"] == "ConditionalCheckFailed":
                return False
            raise Unavailable("The database is busy; the move begins again") from error
        return True

    # --- what 1.1 kept

    def _writes(self, prefix: str) -> Iterator[Write]:
        seen: set[str] = set()  # SCAN may show a key twice, and a transaction takes an item once
        for key in self._client.scan_iter(f"{prefix}:*", count=_SCANNED):
            if key not in seen:
                seen.add(key)
                yield from self._of(prefix, key)

    def _of(self, prefix: str, key: str) -> Iterator[Write]:
        """The writes for one key; none for one that is gone by now, or not of the shape 1.1 wrote."""
        reading = {
            "subscription": self._subscriptions,
            "webhook-secret": self._secrets,
            "receivers": self._paused,
            "sent": self._sent,
        }
        try:
            return iter(reading[prefix](key))
        except (ValueError, AttributeError, AppError, redis.ResponseError) as error:
            if isinstance(error, Unavailable):
                raise
            log.error("%s is not of the shape 1.1 wrote and stays in Redis: %s", key, type(error).__name__)
            return iter(())

    def _subscriptions(self, key: str) -> list[Write]:
        student_id = int(key.split(":")[1])
        held: Any = self._client.get(key)
        found = Subscriptions.from_json(held).by_class.items()
        items = [to_item(student_id, class_id, subscription) for class_id, subscription in found]
        return [{"Put": {"TableName": self._tables.subscriptions, "Item": item}} for item in items]

    def _secrets(self, key: str) -> list[Write]:
        held: Any = self._client.get(key)
        if held is None or not json.loads(held)[0]["secret"]:
            return []
        return [self._endpoint(int(key.split(":")[1]), "SET Secrets = :secrets", {":secrets": text(held)})]

    def _paused(self, key: str) -> list[Write]:
        fields: Any = self._client.hgetall(key)
        paused = [field for field, value in fields.items() if value.startswith("paused")]
        student_id = int(key.split(":")[1].strip("{}"))
        return [self._endpoint(student_id, "ADD Paused :paused", {":paused": {"SS": paused}})] if paused else []

    def _sent(self, key: str) -> list[Write]:
        sent_at, left_s = self._client.get(key), int(self._client.ttl(key))
        if sent_at is None:
            return []
        expires = number(int(time.time()) + max(left_s, 0))
        item = {"Key": text(key.removeprefix("sent:")), "SentAt": text(str(sent_at)), EXPIRES_AT: expires}
        return [{"Put": {"TableName": self._tables.sent, "Item": item}}]

    def _endpoint(self, student_id: int, update: str, values: Item) -> Write:
        return {
            "Update": {
                "TableName": self._tables.endpoints,
                "Key": {"StudentID": number(student_id)},
                "UpdateExpression": update,
                "ExpressionAttributeValues": values,
            }
        }


_OURS = "#owner = :owner AND attribute_not_exists(Moved)"


def _chunks(writes: Iterator[Write]) -> Iterator[list[Write]]:
    while chunk := list(islice(writes, _MOST)):
        yield chunk


def _now_ms() -> int:
    return round(time.time() * 1000)
