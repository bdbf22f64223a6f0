"""How often a client may register, log in or check a password in a minute.

KrakenD cannot do this for the login: it skips a route's rate limit where it signs. And only here is there a reply that
says how long to wait. Counted in DynamoDB, so that all instances of the service count together.

Table `SignInTries`, string key `Key`:
    <client address> <minute>   RateLimiter, and ExpiresAt (seconds since 1970), after which DynamoDB deletes the item
"""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from kit.stores.dynamo import number, text
from users.adapters.account_store import table_expected
from users.domain.errors import RateLimited

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

WINDOW_S = 60


class RateLimiter:
    def __init__(self, client: "DynamoDBClient", table_prefix: str, limit: int) -> None:
        self._client = client
        self._table = f"{table_prefix}SignInTries"
        self._limit = limit

    @property
    def definition(self) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "AttributeDefinitions": [{"AttributeName": "Key", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "Key", "KeyType": "HASH"}],
        }

    def count(self, address: str, now_s: int) -> None:
        """Count one try. Raises RateLimited above the limit, with the seconds until the next minute begins."""
        if not self._limit:
            return
        minute = now_s // WINDOW_S
        with table_expected():
            reply = self._client.update_item(
                TableName=self._table,
                Key={"Key": text(f"{address} {minute}")},
                UpdateExpression="SET ExpiresAt = :expires ADD Tries :one",
                ExpressionAttributeValues={":one": number(1), ":expires": number((minute + 2) * WINDOW_S)},
                ReturnValues="UPDATED_NEW",
            )
        if int(reply["Attributes"]["Tries"]["N"]) > self._limit:
            raise RateLimited(retry_after_s=WINDOW_S - now_s % WINDOW_S)

    def let_expire(self) -> None:
        """Have DynamoDB delete what expired. Idempotent."""
        try:
            self._client.update_time_to_live(
                TableName=self._table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ExpiresAt"}
            )
        except ClientError as error:  # "TimeToLive is already enabled", or another instance is just enabling it
            if error.response["Error"]["Code"] != "ValidationException":
                raise
