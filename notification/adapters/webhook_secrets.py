"""The secrets that webhooks are signed with: attribute `Secrets` of DynamoDB's table `webhook-endpoints`.

A string of JSON, the current secret first:

    [{"secret": "whsec_…", "until": null}, {"secret": "whsec_…", "until": 1765432100}]

`until` (seconds since 1970) is when an older secret stops signing. The first is made when the student subscribes a
callback or it is first asked for, and never again: one that cannot be read is Unavailable, not replaced.
"""

import json
import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from kit import faults, idempotency
from kit.errors import Unavailable
from kit.idempotency import KeyedRequest
from kit.stores.dynamo import Item, number, text
from kit.stores.idempotency_keys import IdempotencyKeys
from notification.adapters.endpoints import EndpointItems
from notification.adapters.transactions import transact_each
from notification.domain.signature import MOST_SECRETS, OVERLAP, SigningSecrets, new_secret

log = logging.getLogger(__name__)

_MOST = 100  # writes in one transaction
_MOST_TRIES = 10


class WebhookSecrets:
    """Thread-safe. All methods raise Unavailable when DynamoDB does not answer."""

    def __init__(
        self,
        items: EndpointItems,
        keys: IdempotencyKeys,
        make: Callable[[], str] = new_secret,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._items = items
        self._keys = keys
        self._make = make
        self._clock = clock

    def of(self, student_id: int) -> SigningSecrets:
        """The student's secrets, made if there are none yet. Atomic: two who ask first get the same."""
        kept = _kept(self._items.of(student_id))
        return _signing(kept, self._clock()) if kept else self._change(student_id, lambda kept: kept or self._first())

    def ensure(self, student_id: int) -> None:
        """Make the student's first secret if there is none yet."""
        item = self._items.of(student_id)
        if "Secrets" not in item:
            self._make_missing([item])

    def read_ahead(self, student_ids: Sequence[int]) -> None:
        """Have `of` answer for these students at once, in the next second; who has no secret yet gets one.

        Raises nothing: `of` finds out what could not be read.
        """
        try:
            items = self._items.read_ahead(student_ids)
            self._make_missing([item for item in items.values() if "Secrets" not in item])
        except Unavailable as unavailable:
            log.info("secrets could not be read ahead: %s", unavailable.detail)

    def _make_missing(self, items: list[Item]) -> None:
        """One transaction for up to a hundred students. A secret stored elsewhere meanwhile is kept."""
        for at in range(0, len(items), _MOST):
            with_secrets = [{**item, "Secrets": text(json.dumps(self._first()))} for item in items[at : at + _MOST]]
            done = transact_each(self._items.database, [self._making(item) for item in with_secrets])
            if all(one is True for one in done):
                self._items.know({int(item["StudentID"]["N"]): item for item in with_secrets})

    def _making(self, item: Item) -> dict[str, Any]:
        change = {
            "TableName": self._items.table,
            "Key": {"StudentID": item["StudentID"]},
            "UpdateExpression": "SET Secrets = :first",
            "ConditionExpression": "attribute_not_exists(Secrets)",
            "ExpressionAttributeValues": {":first": item["Secrets"]},
        }
        return {"Update": change}

    def rotate(self, student_id: int) -> SigningSecrets:
        """With a new current secret; those before go on signing for a day after they were replaced. Atomic; with an
        Idempotency-Key, done once: a repetition gets the secrets as they are."""
        if key := idempotency.current():
            key.outcome_is_reply = True
        return self._change(student_id, self._rotated, key)

    def _first(self) -> list[dict[str, Any]]:
        return [{"secret": self._make(), "until": None}]

    def _rotated(self, kept: list[dict[str, Any]]) -> list[dict[str, Any]]:
        now_s = self._clock()
        until = int(now_s + OVERLAP.total_seconds())
        older = [{**one, "until": until if one["until"] is None else one["until"]} for one in kept]
        return [*self._first(), *(one for one in older if one["until"] > now_s)][:MOST_SECRETS]

    def _change(
        self,
        student_id: int,
        change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]],
        key: KeyedRequest | None = None,
    ) -> SigningSecrets:
        for _ in range(_MOST_TRIES):
            before = self._items.now(student_id)
            after = change(_kept(before))
            if after == _kept(before) or self._replace(student_id, before, after, key):
                # A change that has happened before is not done again, and was read before.
                return self.of(student_id) if key and key.is_replayed else _signing(after, self._clock())
        raise Unavailable("The secret is being changed by many at once; ask again in a moment")

    def _replace(self, student_id: int, before: Item, after: list[dict[str, Any]], key: KeyedRequest | None) -> bool:
        """Store them if nobody was faster, and with a key once: then it `is_replayed`."""
        values = {":after": text(json.dumps(after))}
        condition = "attribute_not_exists(Secrets)"
        if "Secrets" in before:
            condition, values[":before"] = "Secrets = :before", before["Secrets"]
        update = {
            "TableName": self._items.table,
            "Key": {"StudentID": number(student_id)},
            "UpdateExpression": "SET Secrets = :after",
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }
        if not self._keys.write_once(key, {"Update": update}):
            return False
        faults.point("secret.stored")
        self._items.forget(student_id)
        return True


def _kept(item: Item) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = json.loads(item["Secrets"]["S"]) if "Secrets" in item else []
    return kept


def _signing(stored: list[dict[str, Any]], now_s: float) -> SigningSecrets:
    current, *older = stored
    valid = [one for one in older if one["until"] > now_s]
    until = max((one["until"] for one in valid), default=None)
    return SigningSecrets(
        current["secret"],
        tuple(one["secret"] for one in valid),
        None if until is None else datetime.fromtimestamp(until, UTC),
    )
