"""The log of sessions that are over (kit.sessions), in DynamoDB, written in the transaction that ends them.

Table `EndedSessions`, string keys `Log` and `At`:
    ended, <milliseconds since 1970, 13 digits>#<what ended>    ExpiresAt (seconds since 1970), after which DynamoDB
                                                                deletes the item

Dated by the database's clock, one for all hosts. One partition takes 1,000 units a second: 500 that log out.
"""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from kit.sessions import KEPT_S
from kit.stores.dynamo import number, text, translated
from kit.stores.dynamo_tables import expires_by

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_LOG = "ended"


class EndedSessionLog:
    def __init__(self, client: "DynamoDBClient", table_prefix: str, clock: Callable[[], float] = time.time) -> None:
        """`clock`: kit.stores.database_clock's where hosts may differ."""
        self._client = client
        self._table = f"{table_prefix}EndedSessions"
        self._clock = clock

    @property
    def definition(self) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "AttributeDefinitions": [
                {"AttributeName": "Log", "AttributeType": "S"},
                {"AttributeName": "At", "AttributeType": "S"},
            ],
            "KeySchema": [
                {"AttributeName": "Log", "KeyType": "HASH"},
                {"AttributeName": "At", "KeyType": "RANGE"},
            ],
            **expires_by("ExpiresAt"),
        }

    def now_s(self) -> float:
        return self._clock()

    def write_of(self, ended: str) -> dict[str, Any]:
        """The part of a transaction that says that this ended."""
        now_s = self.now_s()
        expires_at = number(int(now_s) + KEPT_S)
        item = {"Log": text(_LOG), "At": text(f"{_moment(now_s)}#{ended}"), "ExpiresAt": expires_at}
        return {"Put": {"TableName": self._table, "Item": item}}

    def since(self, at_s: float) -> Sequence[str]:
        query: Any = {
            "TableName": self._table,
            "KeyConditionExpression": "#log = :log AND #at > :at",
            "ExpressionAttributeNames": {"#log": "Log", "#at": "At"},
            "ExpressionAttributeValues": {":log": text(_LOG), ":at": text(_moment(at_s))},
            "ProjectionExpression": "#at",
        }
        found: list[str] = []
        while True:  # bounded: by what ended since
            with translated():
                reply = self._client.query(**query)
            found += [item["At"]["S"].partition("#")[2] for item in reply["Items"]]
            if "LastEvaluatedKey" not in reply:
                return found
            query["ExclusiveStartKey"] = reply["LastEvaluatedKey"]


def _moment(at_s: float) -> str:
    return f"{max(0, int(at_s * 1000)):013d}"
