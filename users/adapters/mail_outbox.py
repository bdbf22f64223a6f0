"""Mails about accounts on their way to the broker: written with what they tell of, deleted when the broker has them.

Table `AccountMails`, Shard (N, always 0: these mails are few) and Written (S, "<RFC 3339 time>#<event id>"):
    Body (B, the event, etc.contracts.account_mails)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kit.stores.dynamo import batch_write, number, text
from users.adapters.transactions import Write, table_expected

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

BATCH = 25  # the most BatchWriteItem takes


@dataclass(frozen=True)
class PendingMail:
    written: str
    body: bytes

    @property
    def event_id(self) -> str:
        return self.written.partition("#")[2]


class MailOutbox:
    def __init__(self, client: "DynamoDBClient", table_prefix: str) -> None:
        self._client = client
        self._table = f"{table_prefix}AccountMails"

    @property
    def definition(self) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "AttributeDefinitions": [
                {"AttributeName": "Shard", "AttributeType": "N"},
                {"AttributeName": "Written", "AttributeType": "S"},
            ],
            "KeySchema": [
                {"AttributeName": "Shard", "KeyType": "HASH"},
                {"AttributeName": "Written", "KeyType": "RANGE"},
            ],
        }

    def write_of(self, event_id: str, body: bytes, now: str) -> Write:
        """The mail as one write of a transaction."""
        item = {"Shard": number(0), "Written": text(f"{now}#{event_id}"), "Body": {"B": body}}
        put: Any = {"TableName": self._table, "Item": item}
        return Write({"Put": put}, AssertionError("it has no condition"))

    def pending(self) -> list[PendingMail]:
        """Those that the broker may not have, oldest first, so many as are sent at a time."""
        query: Any = {
            "TableName": self._table,
            "KeyConditionExpression": "#shard = :shard",
            "ExpressionAttributeNames": {"#shard": "Shard"},  # a reserved word
            "ExpressionAttributeValues": {":shard": number(0)},
            "ConsistentRead": True,
            "Limit": BATCH,
        }
        with table_expected():
            found = self._client.query(**query)["Items"]
        return [PendingMail(item["Written"]["S"], bytes(item["Body"]["B"])) for item in found]

    def delete(self, mails: Sequence[PendingMail]) -> None:
        """At most BATCH, each for itself. Idempotent."""
        keys = [{"Shard": number(0), "Written": text(mail.written)} for mail in mails]
        if keys:
            batch_write(self._client, {self._table: [{"DeleteRequest": {"Key": key}} for key in keys]})
