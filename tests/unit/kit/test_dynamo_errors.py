"""What becomes of each error that DynamoDB documents: asked again, 503, or left to who made the call.

The errors: API reference, "Errors" of each operation and "Common error types"; the reasons of a cancelled transaction:
"TransactWriteItems".
"""

from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from kit.stores import dynamo_errors

OPERATIONS = (
    *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem"),
    *("TransactGetItems", "TransactWriteItems", "DescribeTable", "CreateTable", "UpdateTable"),
    *("DescribeTimeToLive", "UpdateTimeToLive"),
)
ASKED_AGAIN = {  # after a pause, and 503 when it does not pass in time
    *("InternalFailure", "InternalServerError", "ServiceUnavailable", "RequestTimeoutException"),
    *("LimitExceededException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"),
    *("ThrottlingException", "ReplicatedWriteConflictException", "TransactionConflictException"),
    *("TransactionInProgressException", "RequestAbortedException", "ExpiredTokenException", "ExpiredToken"),
    *("500", "502", "503", "504"),  # from something before the database, which names no error
}
NOT_NOW = {  # 503 at once
    *("AccessDeniedException", "IncompleteSignature", "NotAuthorized", "OptInRequired", "RequestExpired"),
    *("UnrecognizedClientException", "InvalidClientTokenId", "MissingAuthenticationToken"),
    *("RequestEntityTooLarge", "RequestEntityTooLargeException", "ItemCollectionSizeLimitExceededException"),
    *("ResourceInUseException", "ResourceNotFoundException"),
}
OF_THE_CALL = {  # a rule's answer, which the adapter gives, or a defect of ours, which is a 500
    *("ConditionalCheckFailedException", "IdempotentParameterMismatchException"),
    *("MalformedHttpRequestException", "UnknownOperationException", "ValidationException", "ValidationError"),
}
TOO_LARGE = [
    "Item size has exceeded the maximum allowed size",
    "Item size to update has exceeded the maximum allowed size",
    "Transaction size exceeded the limit of 4 MB",
    "Aggregate size of items in the transaction exceeds 4MB",
]


def error_of(code: str, message: str = "", reasons: list[tuple[str, str]] | None = None) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    if reasons is not None:
        response["CancellationReasons"] = [{"Code": code, "Message": message} for code, message in reasons]
    return ClientError(response, "PutItem")


def cancelled_for(*reasons: str | tuple[str, str]) -> ClientError:
    named = [reason if isinstance(reason, tuple) else (reason, "") for reason in reasons]
    return error_of("TransactionCanceledException", "Transaction cancelled, please refer to the reasons", named)


def test_every_error_that_a_call_of_ours_may_end_with_has_its_place() -> None:
    model = botocore.session.get_session().get_service_model("dynamodb")
    documented = {shape.name for name in OPERATIONS for shape in model.operation_model(name).error_shapes}

    assert documented - ASKED_AGAIN - NOT_NOW - OF_THE_CALL == {"TransactionCanceledException"}  # by its reasons, below


@pytest.mark.parametrize("code", sorted(ASKED_AGAIN | NOT_NOW))
def test_what_passes_is_503_with_a_time_to_ask_again(code: str) -> None:
    found = dynamo_errors.unavailable(error_of(code))

    assert found is not None
    assert found.retry_after_s >= 1


def test_what_passes_by_itself_and_nothing_else_is_asked_again() -> None:
    assert ASKED_AGAIN <= dynamo_errors.RETRIED
    assert not (NOT_NOW | OF_THE_CALL) & dynamo_errors.RETRIED


@pytest.mark.parametrize("code", sorted(OF_THE_CALL))
def test_what_is_a_rules_answer_or_a_defect_is_left_to_who_made_the_call(code: str) -> None:
    assert dynamo_errors.unavailable(error_of(code)) is None


@pytest.mark.parametrize("message", TOO_LARGE)
def test_what_is_too_large_is_503_for_one_write_as_for_a_transaction_and_its_reason(message: str) -> None:
    alone = error_of("ValidationException", message)
    whole = error_of("ValidationException", f"1 validation error detected: {message}")
    for error in (alone, whole, cancelled_for("None", ("ValidationError", message))):
        found = dynamo_errors.unavailable(error)
        assert found is not None
        assert found.retry_after_s == 60


@pytest.mark.parametrize(
    "reason",
    [
        *("TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded", "ItemCollectionSizeLimitExceeded"),
        *("AccessDenied", "InternalServerError"),
    ],
)
def test_a_transaction_cancelled_for_what_passes_is_503(reason: str) -> None:
    assert dynamo_errors.unavailable(cancelled_for("None", reason)) is not None


@pytest.mark.parametrize("reason", ["ConditionalCheckFailed", "DuplicateItem", "ValidationError"])
def test_a_transaction_with_a_reason_of_the_call_is_left_to_it_whatever_else_stood_in_its_way(reason: str) -> None:
    assert dynamo_errors.unavailable(cancelled_for(reason)) is None
    assert dynamo_errors.unavailable(cancelled_for("TransactionConflict", reason)) is None
    assert dynamo_errors.unavailable(cancelled_for(reason, ("ValidationError", TOO_LARGE[0]))) is None
