"""What DynamoDB's errors mean to us: a place for each that the API reference documents.

Three kinds: refusals that belong to the request (a condition that does not hold), which pass through to the adapter
that made the call; "not now", which becomes Unavailable (503); and errors of our own making, which pass through and
are a 500, because hiding them would help nobody.
"""

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
    "InternalFailure",
    "InternalServerError",
    "PriorRequestNotComplete",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
}
# What an operator has to repair: waiting is right for the caller, and the log says what to do.
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
    "UnrecognizedClientException",
}
LIMITS = {"ItemCollectionSizeLimitExceeded", "ItemCollectionSizeLimitExceededException"}
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
    codes = {code_of(error)}
    if codes == {"TransactionCanceledException"}:
        codes = set(reasons_of(error)) - {"None"}
        if codes & {"ConditionalCheckFailed", "DuplicateItem", "ValidationError"}:
            return None
    if codes & (THROTTLES | CONFLICTS | FAULTS):
        return Unavailable("The database is busy; ask again in a moment")
    if codes & BEING_MADE:
        return Unavailable("The database is not set up yet; ask again in a moment")
    if codes & CREDENTIALS:
        return Unavailable("The database lets this service in no more; ask again later", retry_after_s=30)
    if codes & LIMITS or (codes == {"ValidationException"} and "size has exceeded" in str(error)):
        return Unavailable("The database has reached a limit of size; ask again later", retry_after_s=60)
    return None
