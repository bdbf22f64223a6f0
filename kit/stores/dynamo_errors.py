"""What DynamoDB's errors mean to us: a place for each that the API reference documents.

Three kinds: refusals that belong to the request (a condition that does not hold), which pass through to the adapter
that made the call; "not now", which becomes Unavailable (503); and errors of our own making, which pass through and
are a 500, because hiding them would help nobody.
"""

import re

from botocore.exceptions import ClientError

from kit.errors import Unavailable

THROTTLES = {
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "Throttling",
    "ThrottledException",
    "ThrottlingError",
    "ThrottlingException",
    "TooManyRequestsException",
}
CONFLICTS = {
    "ReplicatedWriteConflictException",
    "TransactionConflict",
    "TransactionConflictException",
    "TransactionInProgressException",
}
FAULTS = {
    *("500", "502", "503", "504"),  # the status for a code, of an answer that no DynamoDB gave
    "InternalFailure",
    "InternalServerError",
    "PriorRequestNotComplete",
    "RequestAbortedException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
}
# An operator has to repair these: waiting is right for the caller, and the log says what to do.
CREDENTIALS = {
    "AccessDenied",
    "AccessDeniedException",
    "ExpiredToken",
    "ExpiredTokenException",
    "IDPCommunicationError",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "KMSAccessDeniedException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "NotAuthorized",
    "OptInRequired",
    "RequestExpired",  # the clock of this machine is a quarter of an hour wrong
    "UnrecognizedClientException",
}
LIMITS = {
    "ItemCollectionSizeLimitExceeded",
    "ItemCollectionSizeLimitExceededException",
    "RequestEntityTooLarge",
    "RequestEntityTooLargeException",
}
# A size limit otherwise comes as a validation error like any other, alone as among the reasons of a transaction.
INVALID = {"ValidationError", "ValidationException"}
_OF_SIZE = re.compile(r"size\b.*\bexceed", re.IGNORECASE | re.DOTALL)
BEING_MADE = {"ResourceInUseException", "ResourceNotFoundException", "TableNotFoundException"}

RETRIED = THROTTLES | CONFLICTS | FAULTS | {"ExpiredToken", "ExpiredTokenException"}


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def reasons_of(error: ClientError) -> list[str]:
    """Of a cancelled transaction: why each of its writes was not done, "None" for one that could have been."""
    return [str(reason.get("Code", "None")) for reason in error.response.get("CancellationReasons", [])]


def is_throttle(error: ClientError) -> bool:
    return code_of(error) in THROTTLES


def unavailable(error: ClientError) -> Unavailable | None:
    """The message for the caller when the error means "not now"; None when it does not."""
    codes = _codes(error)
    if codes & (INVALID | {"ConditionalCheckFailed", "DuplicateItem"}):
        return None
    if codes & (THROTTLES | CONFLICTS | FAULTS):
        return Unavailable("The database is busy; ask again in a moment")
    if codes & BEING_MADE:
        return Unavailable("The database is not set up yet; ask again in a moment")
    if codes & CREDENTIALS:
        return Unavailable("The database lets this service in no more; ask again later", retry_after_s=30)
    if codes & LIMITS:
        return Unavailable("The database has reached a limit of size; ask again later", retry_after_s=60)
    return None


def _codes(error: ClientError) -> set[str]:
    """Of one call, or of each write that stood in a transaction's way; one of LIMITS for each limit of size."""
    if code_of(error) == "TransactionCanceledException":
        reasons = error.response.get("CancellationReasons", [])
        return {_code(each.get("Code"), each.get("Message")) for each in reasons} - {"None"}
    return {_code(code_of(error), error.response.get("Error", {}).get("Message"))}


def _code(code: str | None, message: str | None) -> str:
    if code in INVALID and _OF_SIZE.search(message or ""):
        return "ItemCollectionSizeLimitExceeded"
    return code or "None"
