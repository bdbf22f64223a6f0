"""The notification service's DynamoDB tables (each name has the setting TABLE_PREFIX before it).

`subscriptions`      StudentID (N), ClassID (N)   see etc.contracts.subscriptions
`webhook-endpoints`  StudentID (N)                Secrets (S, JSON, see adapters.webhook_secrets);
                                                  Paused (string set of SHA-256 of callbacks, see adapters.endpoints)
`sent`               Key (S)                      what was sent or is being sent (adapters.dedup_store), and which
                                                  redeliveries are queued (adapters.redelivery); ExpiresAt (Unix s)
`idempotency-keys`                                see kit.stores.idempotency_keys
"""

from dataclasses import dataclass
from typing import Any

from etc.contracts import subscriptions
from kit.stores import idempotency_keys
from kit.stores.dynamo_tables import expires_by

EXPIRES_AT = "ExpiresAt"


@dataclass(frozen=True)
class Tables:
    prefix: str = ""

    @property
    def subscriptions(self) -> str:
        return subscriptions.table(self.prefix)

    @property
    def endpoints(self) -> str:
        return f"{self.prefix}webhook-endpoints"

    @property
    def sent(self) -> str:
        return f"{self.prefix}sent"

    @property
    def definitions(self) -> list[dict[str, Any]]:
        """The definitions for kit.stores.dynamo_tables.ensure_table, one for each table."""
        return [
            subscriptions.definition(self.prefix),
            _definition(self.endpoints, "StudentID", "N"),
            {**_definition(self.sent, "Key", "S"), **expires_by(EXPIRES_AT)},
            idempotency_keys.definition(self.prefix),
        ]


def _definition(name: str, key: str, kind: str) -> dict[str, Any]:
    return {
        "TableName": name,
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": kind}],
    }
