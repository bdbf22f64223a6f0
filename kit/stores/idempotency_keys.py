"""Keyed requests in DynamoDB (kit.web.idempotency): a table that the services which take keys share.

`idempotency-keys`   Key (S, caller and key)   Fingerprint (S); Outcome (S, JSON of the service's own), written with the
                                               change; Reply (S, JSON: status, body, code and, if there is one,
                                               Location); ExpiresAt (Unix seconds)
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from kit.idempotency import KeyedRequest, KeyReused, StoredReply
from kit.stores import dynamo_errors
from kit.stores.dynamo import Item, batch_get, number, text, translated, write_once
from kit.stores.dynamo_tables import expires_by

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

KEPT_S = 24 * 3600
EXPIRES_AT = "ExpiresAt"


def table(prefix: str) -> str:
    return f"{prefix}idempotency-keys"


def definition(prefix: str) -> dict[str, Any]:
    return {
        "TableName": table(prefix),
        "KeySchema": [{"AttributeName": "Key", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "Key", "AttributeType": "S"}],
        **expires_by(EXPIRES_AT),
    }


@dataclass(frozen=True)
class Kept:
    """The record of a request: the outcome of its change, the reply, or both."""

    fingerprint: str
    outcome: str | None
    reply: StoredReply | None

    def require_same(self, request: KeyedRequest) -> "Kept":
        """Raises KeyReused."""
        if self.fingerprint != request.fingerprint:
            raise KeyReused
        return self


class IdempotencyKeys:
    """Thread-safe. Raises Unavailable."""

    def __init__(self, client: "DynamoDBClient", prefix: str) -> None:
        self._client = client
        self._table = table(prefix)

    def kept(self, names: Sequence[str]) -> dict[str, Kept]:
        """The records of these requests (at most 100), by name. Strongly consistent."""
        found = batch_get(self._client, {self._table: [{"Key": text(name)} for name in dict.fromkeys(names)]})
        now = time.time()
        return {item["Key"]["S"]: _read(item) for item in found[self._table] if int(item[EXPIRES_AT]["N"]) > now}

    def reply(self, request: KeyedRequest) -> StoredReply | None:
        """The reply that is recorded, None if there is none yet. Raises KeyReused."""
        kept = self.kept([request.name]).get(request.name)
        return kept.require_same(request).reply if kept else None

    def write_of(
        self, request: KeyedRequest, outcome: str | None = None, reply: StoredReply | None = None
    ) -> dict[str, Any]:
        """The key as one write of the transaction with its change; fails if the key is there."""
        return {
            "Put": {
                "TableName": self._table,
                "Item": _item(request, outcome, reply),
                "ConditionExpression": "attribute_not_exists(#key) OR ExpiresAt <= :now",
                "ExpressionAttributeNames": {"#key": "Key"},
                "ExpressionAttributeValues": {":now": number(int(time.time()))},
            }
        }

    def happens(self, request: KeyedRequest, write: dict[str, Any]) -> bool:
        """Whether the write was done now, with the key; False if the request had happened before.

        Raises KeyReused, and ClientError when the write's own condition does not hold.
        """
        writes = [write, self.write_of(request, outcome="null")]
        try:
            with translated():
                self._client.transact_write_items(TransactItems=writes)  # type: ignore[arg-type]
        except ClientError as error:
            if dynamo_errors.reasons_of(error)[-1:] != ["ConditionalCheckFailed"]:
                raise
            self.kept([request.name])[request.name].require_same(request)
            request.is_replayed = True
            return False
        return True

    def write_once(self, request: KeyedRequest | None, write: dict[str, Any]) -> bool:
        """Whether the write's own condition held; with a request's key, which `happens` once. Raises KeyReused and
        Unavailable.
        """
        if request is None:
            return write_once(self._client, write)
        try:
            self.happens(request, write)
        except ClientError as error:
            if "ConditionalCheckFailed" not in dynamo_errors.reasons_of(error):
                raise
            return False
        return True

    def begin(self, request: KeyedRequest, outcome: str) -> str:
        """Kept before something is done that no transaction takes in: the first outcome that was said so for the key,
        be it this or another. Raises KeyReused.
        """
        if write_once(self._client, self.write_of(request, json.dumps(outcome))):
            return outcome
        first = self.kept([request.name])[request.name].require_same(request).outcome
        return outcome if first is None else str(json.loads(first))

    def record(self, request: KeyedRequest, reply: StoredReply) -> StoredReply:
        """The first reply recorded for the key, be it this or another. Raises KeyReused."""
        with translated():
            done = self._client.update_item(
                TableName=self._table,
                Key={"Key": text(request.name)},
                UpdateExpression="SET Reply = if_not_exists(Reply, :reply), "
                "Fingerprint = if_not_exists(Fingerprint, :fingerprint), ExpiresAt = if_not_exists(ExpiresAt, :expiry)",
                ExpressionAttributeValues={
                    ":reply": text(_packed(reply)),
                    ":fingerprint": text(request.fingerprint),
                    ":expiry": number(_expiry()),
                },
                ReturnValues="ALL_NEW",
            )
        if int(done["Attributes"][EXPIRES_AT]["N"]) <= time.time():  # DynamoDB deletes what has expired when it likes
            with translated():
                self._client.put_item(TableName=self._table, Item=_item(request, None, reply))
            return reply
        first = _read(done["Attributes"]).require_same(request).reply
        assert first is not None
        return first


def _expiry() -> int:
    return int(time.time()) + KEPT_S


def _item(request: KeyedRequest, outcome: str | None, reply: StoredReply | None) -> Item:
    item = {"Key": text(request.name), "Fingerprint": text(request.fingerprint), EXPIRES_AT: number(_expiry())}
    if outcome is not None:
        item["Outcome"] = text(outcome)
    if reply is not None:
        item["Reply"] = text(_packed(reply))
    return item


def _packed(reply: StoredReply) -> str:
    """Without a Location as earlier versions write and read it."""
    return json.dumps([reply.status, reply.body, reply.code, *([reply.location] if reply.location else [])])


def _read(item: Item) -> Kept:
    outcome, reply = item.get("Outcome"), item.get("Reply")
    return Kept(
        item["Fingerprint"]["S"],
        outcome["S"] if outcome else None,
        StoredReply(*json.loads(reply["S"])) if reply else None,
    )
