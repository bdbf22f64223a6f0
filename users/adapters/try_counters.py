"""How often something was tried, counted in DynamoDB, so that all instances of the service count together.

Table `SignInTries`, string key `Key`:
    <whatever is counted>   Tries, and ExpiresAt (seconds since 1970), after which DynamoDB deletes the item
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kit.errors import Unavailable
from kit.stores.dynamo import number, text
from kit.stores.dynamo_tables import expires_by
from users.adapters.transactions import table_expected

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class RateCounters:
    def __init__(self, client: "DynamoDBClient", table_prefix: str) -> None:
        self._client = client
        self._table = f"{table_prefix}SignInTries"

    @property
    def definition(self) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "AttributeDefinitions": [{"AttributeName": "Key", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "Key", "KeyType": "HASH"}],
            **expires_by("ExpiresAt"),
        }

    def add(self, key: str, expires_at_s: int) -> int:
        """Count one more; how many there are now. Atomic."""
        with table_expected():
            reply = self._client.update_item(
                TableName=self._table,
                Key={"Key": text(key)},
                UpdateExpression="SET ExpiresAt = :expires ADD Tries :one",
                ExpressionAttributeValues={":one": number(1), ":expires": number(expires_at_s)},
                ReturnValues="UPDATED_NEW",
            )
        return int(reply["Attributes"]["Tries"]["N"])

    def read(self, keys: Sequence[str]) -> list[int]:
        """How many there are of each, in one round trip."""
        wanted: Any = {self._table: {"Keys": [{"Key": text(key)} for key in keys], "ConsistentRead": True}}
        with table_expected():
            reply = self._client.batch_get_item(RequestItems=wanted)
        if reply.get("UnprocessedKeys"):
            raise Unavailable("The database is busy; ask again in a moment")
        counts = {item["Key"]["S"]: int(item["Tries"]["N"]) for item in reply["Responses"].get(self._table, [])}
        return [counts.get(key, 0) for key in keys]
