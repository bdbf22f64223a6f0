"""The transactional outbox: an event is written with the promotion it tells of, and deleted when the broker has it.

Item: Shard (N), Written (S, "<RFC 3339 time>#<event id>", so that a shard is in order of time), Body (B, the event),
Headers (M, the message's headers), Type (S, the event's).
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from enrollment.adapters.tables import OUTBOX_SHARDS, Tables
from enrollment.domain.events import PROMOTED, Event
from kit.stores.dynamo import Item, batch_write, number, text, translated

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

BATCH = 25  # the most BatchWriteItem takes
FEW = 100
_MOST_PAGES = 5  # of 1 MB each


@dataclass(frozen=True)
class Backlog:
    """The content of the outbox; `oldest` is when it was written (RFC 3339), None if nothing is there."""

    count: int
    oldest: str | None


@dataclass(frozen=True)
class OutboxRecord:
    """An event in the outbox, and its key."""

    shard: int
    written: str
    event: Event

    @classmethod
    def of(cls, event: Event) -> "OutboxRecord":
        shard = zlib.crc32(event.event_id.encode()) % OUTBOX_SHARDS
        return cls(shard, f"{event.occurred_at}#{event.event_id}", event)


class Outbox:
    def __init__(self, client: "DynamoDBClient", tables: Tables) -> None:
        self._client = client
        self._table = tables.outbox

    def write_of(self, event: Event) -> dict[str, Any]:
        """The event as one write of a transaction."""
        return {"Put": {"TableName": self._table, "Item": self._item(event)}}

    def add(self, events: Sequence[Event]) -> None:
        """Write these events (at most BATCH), each for itself. Idempotent."""
        batch_write(self._client, {self._table: [{"PutRequest": {"Item": self._item(event)}} for event in events]})

    def _item(self, event: Event) -> dict[str, Any]:
        record = OutboxRecord.of(event)
        headers = {"M": {name: text(value) for name, value in event.headers.items()}}
        return {
            "Shard": number(record.shard),
            "Written": text(record.written),
            "Body": {"B": event.body},
            "Headers": headers,
            "Type": text(event.type),
        }

    def all_if_few(self) -> list[OutboxRecord] | None:
        """All records, of each shard the oldest first; None if there are more than one read of FEW shows."""
        with translated():
            page = self._client.scan(TableName=self._table, ConsistentRead=True, Limit=FEW)
        return None if "LastEvaluatedKey" in page else [_record(item) for item in page["Items"]]

    def pending(self, shard: int, most: int = 100) -> Iterator[OutboxRecord]:
        """Up to `most` records of a shard, oldest first."""
        with translated():
            page = self._client.query(
                TableName=self._table,
                KeyConditionExpression="#shard = :shard",
                ExpressionAttributeNames={"#shard": "Shard"},  # a reserved word
                ExpressionAttributeValues={":shard": number(shard)},
                ConsistentRead=True,
                Limit=most,
            )
        yield from map(_record, page["Items"])

    def backlog(self) -> Backlog:
        """How much waits. Read page by page, up to a few thousand records a shard: more than that is "very much"."""
        if (few := self.all_if_few()) is not None:
            return Backlog(len(few), min((record.event.occurred_at for record in few), default=None))
        count, oldest = 0, list[str]()
        for shard in range(OUTBOX_SHARDS):
            if first := list(self.pending(shard, most=1)):
                oldest.append(first[0].event.occurred_at)
                count += self._count(shard)
        return Backlog(count, min(oldest, default=None))

    def _count(self, shard: int) -> int:
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "#shard = :shard",
            "ExpressionAttributeNames": {"#shard": "Shard"},
            "ExpressionAttributeValues": {":shard": number(shard)},
            "Select": "COUNT",
        }
        count = 0
        for _ in range(_MOST_PAGES):
            with translated():
                page = self._client.query(**request)
            count += page["Count"]
            if "LastEvaluatedKey" not in page:
                break
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        return count

    def delete_published(self, events: Sequence[Event]) -> None:
        """Forget events that this process wrote and the broker has confirmed. Idempotent."""
        self.delete([OutboxRecord.of(event) for event in events])

    def delete(self, records: list[OutboxRecord]) -> None:
        """Forget records as they were read, once the broker has confirmed them. Idempotent."""
        for start in range(0, len(records), BATCH):
            chunk = {record.written: record for record in records[start : start + BATCH]}.values()
            deletes = [
                {"DeleteRequest": {"Key": {"Shard": number(record.shard), "Written": text(record.written)}}}
                for record in chunk
            ]
            batch_write(self._client, {self._table: deletes})


def _record(item: Item) -> OutboxRecord:
    headers = {name: value["S"] for name, value in item.get("Headers", {}).get("M", {}).items()}
    type_ = item["Type"]["S"] if "Type" in item else PROMOTED  # 1.1 wrote none
    written = item["Written"]["S"]
    occurred_at, _, event_id = written.partition("#")
    event = Event(event_id, occurred_at, bytes(item["Body"]["B"]), headers, type_)
    return OutboxRecord(int(item["Shard"]["N"]), written, event)
