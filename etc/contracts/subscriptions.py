"""DynamoDB's table `subscriptions` (the setting TABLE_PREFIX before it): notification writes it, enrollment reads it.

    StudentID (N), ClassID (N)    Email (S), Proxy (S, percent-encoded once): one of them, or both;
                                  Language (S) of mails and WebhookFormat (S) if chosen
    0, 0                          no subscription: its attribute Moved (S) says that everything version 1.1 kept in
                                  Redis is in here. Until then `subscription:<student-id>` in Redis counts, too

The process that starts first makes it.
"""

from dataclasses import dataclass
from typing import Any

Item = dict[str, Any]  # in the wire's form: {"ClassID": {"N": "2"}, …}

PROGRESS: Item = {"StudentID": {"N": "0"}, "ClassID": {"N": "0"}}
MOVED = "Moved"
_NAMES = ("Email", "Proxy", "Language", "WebhookFormat")


@dataclass(frozen=True)
class SubscriptionItem:
    """Where to tell one student about one class. `proxy` is percent-encoded once; what is None was not asked for."""

    student_id: int
    class_id: int
    email: str | None
    proxy: str | None
    language: str | None = None
    webhook_format: str | None = None

    def to_item(self) -> Item:
        values = (self.email, self.proxy, self.language, self.webhook_format)
        given = {name: {"S": value} for name, value in zip(_NAMES, values, strict=True) if value is not None}
        return {**key(self.student_id, self.class_id), **given}

    @classmethod
    def of(cls, item: Item) -> "SubscriptionItem":
        values = (item[name]["S"] if name in item else None for name in _NAMES)
        return cls(int(item["StudentID"]["N"]), int(item["ClassID"]["N"]), *values)


def key(student_id: int, class_id: int) -> Item:
    return {"StudentID": {"N": str(student_id)}, "ClassID": {"N": str(class_id)}}


def table(prefix: str) -> str:
    return f"{prefix}subscriptions"


def definition(prefix: str) -> dict[str, Any]:
    """What create_table takes."""
    return {
        "TableName": table(prefix),
        "KeySchema": [
            {"AttributeName": "StudentID", "KeyType": "HASH"},
            {"AttributeName": "ClassID", "KeyType": "RANGE"},
        ],
        "AttributeDefinitions": [
            {"AttributeName": "StudentID", "AttributeType": "N"},
            {"AttributeName": "ClassID", "AttributeType": "N"},
        ],
    }
