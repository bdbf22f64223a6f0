"""How long a call to DynamoDB may take and when it is tried again, for every call of a client.

A call is begun only when it can end before the deadline of the request it is made for (kit.concurrency.deadline), and
not while the database is silent (kit.concurrency.circuit_breaker). Passing refusals and broken connections are tried
again after jittered pauses while there is time. A transaction carries the same token at each try (botocore sees to
it), so one that had been carried out already is not carried out twice, and is not reported as a conflict.
"""

import logging
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ConnectTimeoutError, HTTPClientError, ReadTimeoutError

from kit.concurrency import deadline
from kit.concurrency.backoff import pauses
from kit.concurrency.circuit_breaker import CircuitBreaker
from kit.stores import dynamo_errors

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

log = logging.getLogger(__name__)

READ_TIMEOUT_S = 1.4
MOST_TRIES = 4
PROBE_AFTER_S = 1.0

_BEGAN = "kit.began"
_PAUSES = "kit.pauses"


def pause(seconds: float) -> None:
    """Sleep before a further call, unless the deadline comes first. Raises Unavailable."""
    deadline.require(seconds)
    time.sleep(seconds)


class CallPolicy:
    def __init__(self, read_timeout_s: float) -> None:
        self._read_timeout_s = read_timeout_s
        self.breaker = CircuitBreaker("The database", PROBE_AFTER_S)

    def attach(self, client: "DynamoDBClient") -> None:
        client.meta.events.register("before-call.dynamodb", self._before)
        client.meta.events.register("needs-retry.dynamodb", self._after)  # type: ignore[arg-type]

    def _before(self, params: dict[str, Any], **_: Any) -> None:
        deadline.require(self._read_timeout_s)
        params["context"][_BEGAN] = self.breaker.admit()

    def _after(
        self, response: Any, caught_exception: Any, attempts: int, request_dict: dict[str, Any], **_: Any
    ) -> float | None:
        """After each try: what it says of the database, and the seconds to wait before the next one, if any."""
        context = request_dict["context"]
        if caught_exception is None:
            self.breaker.answered()
            passing = response[1].get("Error", {}).get("Code", "") in dynamo_errors.RETRIED
        elif isinstance(caught_exception, ReadTimeoutError | ConnectTimeoutError):
            self.breaker.silent(context[_BEGAN])
            passing = not self.breaker.open
        else:
            passing = isinstance(caught_exception, HTTPClientError)
        if not passing or attempts >= MOST_TRIES:
            return None
        pause_s: float = next(context.setdefault(_PAUSES, pauses(first_s=0.03, longest_s=0.3)))
        if deadline.remaining() < pause_s + self._read_timeout_s:
            return None
        context[_BEGAN] = time.monotonic() + pause_s
        return pause_s
