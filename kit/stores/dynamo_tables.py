"""Tables of DynamoDB: what is missing of them is made, and whether they are there.

A table is described by what create_table takes, and TimeToLiveSpecification where items expire.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from kit.concurrency.retries import keep_trying
from kit.errors import Unavailable
from kit.stores import dynamo_errors
from kit.stores.dynamo import translated

if TYPE_CHECKING:  # the types are a development dependency
    from types_boto3_dynamodb import DynamoDBClient

log = logging.getLogger(__name__)

INDEX_PAUSE_S = 0.5  # between two looks at an index that is being made
_FRESH_S = 2.0  # what was answered so lately need not be asked again
_TTL = "TimeToLiveSpecification"


class MissingRight(Unavailable):
    """A table lacks something, and this process may not make it."""

    def __init__(self, right: str, wanted: str) -> None:
        made_by = "deploy etc/aws/template.json, or grant it"
        super().__init__(f"{wanted} is missing, and this process has no right to dynamodb:{right}: {made_by}", 30)


@contextmanager
def _needs(right: str, wanted: str) -> Iterator[None]:
    with translated():
        try:
            yield
        except ClientError as error:
            if dynamo_errors.code_of(error) in ("AccessDenied", "AccessDeniedException"):
                raise MissingRight(right, wanted) from error
            raise


def ensure_table(client: "DynamoDBClient", definition: dict[str, Any]) -> None:
    """Make what is missing of a table: itself, indexes, and that items expire. Returns once it is active.

    The definition is what create_table takes, and TimeToLiveSpecification where items expire. Idempotent, also when
    many start at once. What is there is only looked at, so that a process without the rights to make tables starts on
    those that were made for it (etc/aws). Raises Unavailable.
    """
    name = definition["TableName"]
    if not _is_there(client, name):
        wanted = {key: value for key, value in definition.items() if key != _TTL}
        with _needs("CreateTable", f"The table {name}"):
            try:
                client.create_table(BillingMode="PAY_PER_REQUEST", **wanted)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceInUseException":
                    raise
    with translated():
        client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    _add_missing_indexes(client, definition)
    if _TTL in definition:
        try:
            let_expire(client, name, definition[_TTL]["AttributeName"])
        except MissingRight as error:  # the table grows, and everything works
            log.warning("%s", error.detail)


def expires_by(attribute: str) -> dict[str, Any]:
    """The part of a table's definition that says in which attribute the Unix seconds are until which an item counts."""
    return {_TTL: {"AttributeName": attribute, "Enabled": True}}


def _is_there(client: "DynamoDBClient", table: str) -> bool:
    with _needs("DescribeTable", f"What is known of the table {table}"):
        try:
            client.describe_table(TableName=table)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return False
    return True


def _add_missing_indexes(client: "DynamoDBClient", definition: dict[str, Any]) -> None:
    """Those of the definition that a table made by an earlier version lacks. One at a time: DynamoDB takes no more."""
    name = definition["TableName"]
    # bounded: by who starts a process; nothing works without the index, however long DynamoDB takes to make it.
    while True:
        with translated():
            there = client.describe_table(TableName=name)["Table"].get("GlobalSecondaryIndexes", [])
        names = {index["IndexName"] for index in there}
        missing = [index for index in definition.get("GlobalSecondaryIndexes", []) if index["IndexName"] not in names]
        if not missing and all(index["IndexStatus"] == "ACTIVE" for index in there):
            return
        if missing:
            with _needs("UpdateTable", f"The index {missing[0]['IndexName']} of the table {name}"):
                _begin_index(client, definition, missing[0], names)
        time.sleep(INDEX_PAUSE_S)


def _begin_index(client: "DynamoDBClient", definition: dict[str, Any], index: dict[str, Any], there: set[str]) -> None:
    indexes = definition.get("GlobalSecondaryIndexes", []) + definition.get("LocalSecondaryIndexes", [])
    local = {each["IndexName"] for each in definition.get("LocalSecondaryIndexes", [])}
    in_use = [each for each in indexes if each["IndexName"] in there | local | {index["IndexName"]}]
    keyed = {key["AttributeName"] for each in (definition, *in_use) for key in each["KeySchema"]}
    try:
        client.update_table(
            TableName=definition["TableName"],
            # those of an index that comes after this one would be refused as not used
            AttributeDefinitions=[a for a in definition["AttributeDefinitions"] if a["AttributeName"] in keyed],
            GlobalSecondaryIndexUpdates=[{"Create": index}],  # type: ignore[typeddict-item]
        )
    except ClientError as error:  # being made already: by another process, or one index before this one
        begun = "already exists" in str(error)  # with the code ValidationException
        if not begun and error.response["Error"]["Code"] not in ("ResourceInUseException", "LimitExceededException"):
            raise


def ensure_tables(
    client: "DynamoDBClient", definitions: list[dict[str, Any]], stopped: Callable[[], bool] = lambda: False
) -> None:
    """As ensure_table for each, trying for as long as it does not succeed, or until `stopped`."""

    def ensure() -> None:
        for definition in definitions:
            ensure_table(client, definition)

    keep_trying(ensure, stopped)


def let_expire(client: "DynamoDBClient", table: str, attribute: str) -> None:
    """Have DynamoDB delete items once the Unix seconds in this attribute are over. Idempotent. Raises MissingRight."""
    wanted = f"That items of the table {table} expire"
    with _needs("DescribeTimeToLive", wanted):
        found = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if found.get("TimeToLiveStatus") in ("ENABLED", "ENABLING"):
        return
    with _needs("UpdateTimeToLive", wanted):
        try:
            client.update_time_to_live(
                TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute}
            )
        except ClientError as error:  # "TimeToLive is already enabled", or another process is just enabling it
            if error.response["Error"]["Code"] != "ValidationException":
                raise


class TableProbe:
    """Readiness probe: raises Unavailable unless the tables are there and the database has answered lately.

    It looks at what other calls have seen; only after a quiet while does it read one item, and never asks the control
    plane, which is limited for the whole account. A throttled database is there: taking instances out would not help.
    """

    def __init__(self, client: "DynamoDBClient", definitions: Sequence[dict[str, Any]]) -> None:
        self._client = client
        self._missing = list(definitions)
        self._any = definitions[0]
        self._answered_at = float("-inf")
        client.meta.events.register("after-call.dynamodb", self._answered)

    def __call__(self) -> None:
        for definition in self._missing:
            self._read_from(definition)
            # A list of its own: another thread may be looking at the same time.
            self._missing = [other for other in self._missing if other is not definition]
        if time.monotonic() - self._answered_at > _FRESH_S:
            self._read_from(self._any)

    def _answered(self, **_: Any) -> None:
        self._answered_at = time.monotonic()

    def _read_from(self, definition: dict[str, Any]) -> None:
        kinds = {each["AttributeName"]: each["AttributeType"] for each in definition["AttributeDefinitions"]}
        key = {each["AttributeName"]: {kinds[each["AttributeName"]]: "0"} for each in definition["KeySchema"]}
        with translated():
            try:
                self._client.get_item(TableName=definition["TableName"], Key=key)
            except ClientError as error:
                if not dynamo_errors.is_throttle(error):
                    raise
