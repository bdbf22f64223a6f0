"""Transactions of writes that have nothing to do with each other: together they cost a round trip, not one each.

One alone is written without a transaction, which costs half as much.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from kit.stores import dynamo
from kit.stores.dynamo import Item

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


def transact_each(database: "DynamoDBClient", writes: Sequence[dict[str, Any]]) -> list[bool | Item]:
    """The outcome of each write, at most 100, of as many items. All are done, or none is.

    Returns: for each True if it is done; the item that was there if its condition failed; False if it is to be tried
    again, without those.
    Raises: Unavailable.
    """
    if len(writes) == 1:
        return [_write_alone(database, writes[0])]
    with dynamo.translated():
        try:
            database.transact_write_items(TransactItems=writes)  # type: ignore[arg-type]
        except ClientError as error:
            # Before it is translated: a conflict would be Unavailable.
            reasons: Any = error.response.get("CancellationReasons", [])
            if not reasons or not {reason["Code"] for reason in reasons} <= _OUTCOMES:
                raise
            return [reason.get("Item", {}) if reason["Code"] == _CONDITION else False for reason in reasons]
    return [True] * len(writes)


def _write_alone(database: "DynamoDBClient", write: dict[str, Any]) -> bool | Item:
    [(kind, words)] = write.items()
    call: Any = {"Put": database.put_item, "Update": database.update_item, "Delete": database.delete_item}[kind]
    try:
        with dynamo.translated():
            call(**words)
    except ClientError as error:
        if not dynamo.condition_failed(error):
            raise
        found: Item = error.response.get("Item", {})  # type: ignore[assignment]
        return found
    return True


_CONDITION = "ConditionalCheckFailed"
# Besides failed conditions: not this one's fault, another transaction has the item, and throttling.
_OUTCOMES = {_CONDITION, "None", "ProvisionedThroughputExceeded", "ThrottlingError", "TransactionConflict"}
