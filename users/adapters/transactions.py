"""Writing to the users tables: errors in our words, and several writes that happen together or not at all."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError
from tenacity import stop_after_attempt

from kit.concurrency.retries import retried
from kit.errors import Unavailable
from kit.stores.dynamo import translated

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_TRIES = 5
# Why AWS cancels a transaction that may pass the next time; DynamoDB Local never does.
_PASSING = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}


@dataclass(frozen=True)
class Write:
    """A part of a transaction, and what it means when its condition does not hold."""

    item: "TransactWriteItemTypeDef"
    refusal: Exception


def write_together(client: "DynamoDBClient", writes: Sequence[Write]) -> None:
    """All or nothing. Raises the refusal of the first write whose condition does not hold."""
    try:
        retried(lambda: _try(client, writes), _Passing, first_s=0.02, longest_s=0.2, stop=stop_after_attempt(_TRIES))
    except _Passing:
        raise Unavailable("The database is busy; ask again in a moment") from None


class _Passing(Exception):
    """Somebody else's transaction, or too many of them, stood in the way."""


def _try(client: "DynamoDBClient", writes: Sequence[Write]) -> None:
    with table_expected():
        try:
            client.transact_write_items(TransactItems=[write.item for write in writes])
        except ClientError as error:
            reasons = _cancellation_reasons(error)
            if "ConditionalCheckFailed" in reasons:
                raise writes[reasons.index("ConditionalCheckFailed")].refusal from None
            if not _PASSING.intersection(reasons):
                raise
            raise _Passing from None


def _cancellation_reasons(error: ClientError) -> list[str]:
    """One for each write of the transaction, in their order."""
    response = cast("dict[str, Any]", error.response)
    return [reason.get("Code", "") for reason in response.get("CancellationReasons", [])]


@contextmanager
def table_expected() -> Iterator[None]:
    """As kit.stores.dynamo.translated; a table that is not there is one that is just being made."""
    with translated():
        try:
            yield
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            raise Unavailable("The tables are being made; ask again in a moment") from error
