"""DynamoDB: the client, its errors in our words, transactions, batches and counters.

A counter table has one string key `Key`; a counter is the item `next:<name>` with the number `Value` last given out.
"""

from collections.abc import Iterator, Set
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from kit.concurrency.backoff import pauses
from kit.errors import Unavailable
from kit.settings import DynamoSettings
from kit.stores import dynamo_errors, dynamo_wire
from kit.stores.dynamo_calls import MOST_TRIES, READ_TIMEOUT_S, CallPolicy, pause

if TYPE_CHECKING:  # the types are a development dependency
    from types_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]  # in the wire's form: {"ClassID": {"N": "2"}, …}


def connect(settings: DynamoSettings, read_timeout_s: float = READ_TIMEOUT_S) -> "DynamoDBClient":
    """A client that threads may share. How its calls are bounded and repeated: kit.stores.dynamo_calls."""
    config = Config(
        max_pool_connections=64,
        connect_timeout=0.5,
        read_timeout=read_timeout_s,
        retries={"mode": "standard", "total_max_attempts": 1},
        tcp_keepalive=True,
        parameter_validation=False,  # our own code builds every request; the check costs as much as the call
        user_agent="course-enrollment",  # botocore's own is composed anew for each call, a twelfth of what one costs
    )
    local = "local" if settings.dynamodb_endpoint else None  # DynamoDB Local takes any credentials, but wants some
    client = boto3.client(
        "dynamodb",
        region_name=settings.aws_default_region,
        endpoint_url=settings.dynamodb_endpoint,
        aws_access_key_id=local,
        aws_secret_access_key=local,
        config=config,
    )
    # All calls go to the client's endpoint. botocore would look through each, and all that a transaction writes, for a
    # reason to go elsewhere: a quarter of what a call costs us.
    client._ruleset_resolver = None  # type: ignore[attr-defined]
    dynamo_wire.write_in(client)
    CallPolicy(read_timeout_s).attach(client)
    return client


@contextmanager
def translated() -> Iterator[None]:
    """Library errors that mean "not now" become Unavailable (kit.stores.dynamo_errors); anything else passes."""
    try:
        yield
    except BotoCoreError as error:
        raise Unavailable("The database does not answer; ask again in a moment") from error
    except ClientError as error:
        unavailable = dynamo_errors.unavailable(error)
        if unavailable is None:
            raise
        raise unavailable from error


def transacted(client: "DynamoDBClient", writes: list[dict[str, Any]], unless: Set[str]) -> bool:
    """Whether all writes are done, in one transaction; False, with none done, when one of these reasons
    (kit.stores.dynamo_errors.reasons_of) stood in the way. Raises Unavailable.
    """
    with translated():
        try:
            client.transact_write_items(TransactItems=writes)  # type: ignore[arg-type]
        except ClientError as error:
            if set(dynamo_errors.reasons_of(error)) & unless:
                return False
            raise
    return True


def write_once(client: "DynamoDBClient", write: dict[str, Any]) -> bool:
    """Whether this write is done; False when its condition does not hold. Raises Unavailable.

    In a transaction of its own, at twice the price: a single write whose reply was lost is tried again, and finds its
    own change in its way. The token of a transaction (kit.stores.dynamo_calls) tells that from a refusal.
    """
    for pause_s in islice(pauses(first_s=0.03, longest_s=0.3), MOST_TRIES):
        with translated():
            try:
                client.transact_write_items(TransactItems=[write])  # type: ignore[list-item]
            except ClientError as error:
                [reason] = dynamo_errors.reasons_of(error) or [""]
                if reason == "ConditionalCheckFailed":
                    return False
                if reason not in dynamo_errors.CONFLICTS | dynamo_errors.THROTTLES:
                    raise
            else:
                return True
        pause(pause_s)
    raise Unavailable("The database is busy; ask again in a moment")


def condition_failed(error: ClientError) -> bool:
    """Whether the condition of a single write did not hold."""
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"


def number(value: int) -> dict[str, str]:
    return {"N": str(value)}


def text(value: str) -> dict[str, str]:
    return {"S": value}


def reserve_ids(client: "DynamoDBClient", table: str, name: str, count: int = 1) -> int:
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


def batch_get(client: "DynamoDBClient", requests: dict[str, list[Item]]) -> dict[str, list[Item]]:
    """The items with these keys, by table, read consistently. At most 100 keys. Raises Unavailable.

    What DynamoDB leaves unprocessed, which is how it throttles, is asked again after growing pauses.
    """
    found: dict[str, list[Item]] = {table: [] for table in requests}
    left: Any = {table: {"Keys": keys, "ConsistentRead": True} for table, keys in requests.items() if keys}
    waits = pauses(first_s=0.03, longest_s=0.5)
    while left:
        with translated():
            reply = client.batch_get_item(RequestItems=left)
        for table, some in reply["Responses"].items():
            found[table] += some
        if left := reply.get("UnprocessedKeys"):
            pause(next(waits))
    return found


def batch_write(client: "DynamoDBClient", requests: dict[str, list[dict[str, Any]]]) -> None:
    """Puts and deletes, at most 25, each for itself. Raises Unavailable. Repeats as `batch_get` does."""
    left: Any = requests
    waits = pauses(first_s=0.03, longest_s=0.5)
    while left:
        with translated():
            left = client.batch_write_item(RequestItems=left)["UnprocessedItems"]
        if left:
            pause(next(waits))
