"""DynamoDB: the client, its errors in our words, counters, and tables that are made when absent.

A counter table has one string key `Key`; a counter is the item `next:<name>` with the number `Value` last given out.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from kit.concurrency.backoff import pauses
from kit.errors import Unavailable
from kit.settings import DynamoSettings

if TYPE_CHECKING:  # the types are a development dependency
    from types_boto3_dynamodb import DynamoDBClient

log = logging.getLogger(__name__)

INDEX_PAUSE_S = 0.5  # between two looks at an index that is being made

Item = dict[str, Any]  # in the wire's form: {"ClassID": {"N": "2"}, …}

THROTTLED = {"ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException"}
_PASSING = THROTTLED | {
    "InternalServerError",
    "ResourceNotFoundException",  # a table that is still being made
    "ServiceUnavailable",
    "TransactionConflictException",  # a single write met a transaction
    "TransactionInProgressException",
}


def connect(settings: DynamoSettings) -> "DynamoDBClient":
    """A client that threads may share. It keeps its connections and tries once more after a passing fault."""
    config = Config(
        max_pool_connections=64,
        connect_timeout=1,
        read_timeout=5,
        retries={"mode": "standard", "total_max_attempts": 2},
        tcp_keepalive=True,
        parameter_validation=False,  # our own code builds every request; the check costs as much as the call
    )
    local = "local" if settings.dynamodb_endpoint else None  # DynamoDB Local takes any credentials, but wants some
    return boto3.client(
        "dynamodb",
        region_name=settings.aws_default_region,
        endpoint_url=settings.dynamodb_endpoint,
        aws_access_key_id=local,
        aws_secret_access_key=local,
        config=config,
    )


@contextmanager
def translated() -> Iterator[None]:
    """Library errors that mean "not now" become Unavailable; anything else passes through."""
    try:
        yield
    except BotoCoreError as error:
        raise Unavailable("The database does not answer; ask again in a moment") from error
    except ClientError as error:
        if error.response["Error"]["Code"] not in _PASSING:
            raise
        raise Unavailable("The database is busy or not set up yet; ask again in a moment") from error


def number(value: int) -> dict[str, str]:
    return {"N": str(value)}


def text(value: str) -> dict[str, str]:
    return {"S": value}


def take_numbers(client: "DynamoDBClient", table: str, name: str, count: int = 1) -> int:
    """The first of `count` consecutive numbers nobody else gets. Atomic; numbers of a failed caller stay unused."""
    with translated():
        reply = client.update_item(
            TableName=table,
            Key={"Key": text(f"next:{name}")},
            UpdateExpression="ADD #value :count",
            ExpressionAttributeNames={"#value": "Value"},
            ExpressionAttributeValues={":count": number(count)},
            ReturnValues="UPDATED_NEW",
        )
    return int(reply["Attributes"]["Value"]["N"]) - count + 1


def ensure_table(client: "DynamoDBClient", definition: dict[str, Any]) -> None:
    """Make the table if it is absent and wait until it is active. Idempotent, also when many start at once."""
    name = definition["TableName"]
    with translated():
        try:
            client.create_table(BillingMode="PAY_PER_REQUEST", **definition)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceInUseException":
                raise
        client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    _add_missing_indexes(client, definition)


def _add_missing_indexes(client: "DynamoDBClient", definition: dict[str, Any]) -> None:
    """Those of the definition that a table made by an earlier version lacks. One at a time: DynamoDB takes no more."""
    name = definition["TableName"]
    while True:
        with translated():
            there = client.describe_table(TableName=name)["Table"].get("GlobalSecondaryIndexes", [])
        names = {index["IndexName"] for index in there}
        missing = [index for index in definition.get("GlobalSecondaryIndexes", []) if index["IndexName"] not in names]
        if not missing and all(index["IndexStatus"] == "ACTIVE" for index in there):
            return
        if missing:
            _begin_index(client, definition, missing[0])
        time.sleep(INDEX_PAUSE_S)


def _begin_index(client: "DynamoDBClient", definition: dict[str, Any], index: dict[str, Any]) -> None:
    with translated():
        try:
            client.update_table(
                TableName=definition["TableName"],
                AttributeDefinitions=definition["AttributeDefinitions"],
                GlobalSecondaryIndexUpdates=[{"Create": index}],  # type: ignore[typeddict-item]
            )
        except ClientError as error:  # being made already: by another process, or one index before this one
            begun = "already exists" in str(error)  # with the code ValidationException
            if not begun and error.response["Error"]["Code"] not in (
                "ResourceInUseException",
                "LimitExceededException",
            ):
                raise


def ensure_tables(client: "DynamoDBClient", definitions: list[dict[str, Any]]) -> None:
    """As ensure_table for each, trying for as long as the database is not there yet."""
    for pause_s in pauses(first_s=0.2, longest_s=2):
        try:
            for definition in definitions:
                ensure_table(client, definition)
        except Unavailable:
            log.info("waiting for DynamoDB")
            time.sleep(pause_s)
        else:
            return


def require_tables(client: "DynamoDBClient", definitions: Sequence[dict[str, Any]]) -> None:
    """Readiness probe: raises Unavailable unless all of them can be reached."""
    with translated():
        for definition in definitions:
            client.describe_table(TableName=definition["TableName"])
