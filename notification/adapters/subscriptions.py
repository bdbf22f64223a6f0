"""Subscriptions: an item for each student and class in DynamoDB's table `subscriptions`, see contracts.subscriptions.

Redis shows them, too (adapters.subscription_view), after every change.
"""

from typing import TYPE_CHECKING, Any

from etc.contracts.subscriptions import PROGRESS, SubscriptionItem, key
from kit import faults, idempotency
from kit.stores import dynamo
from kit.stores.dynamo import Item, number, text
from kit.stores.idempotency_keys import IdempotencyKeys
from notification.adapters.subscription_view import SubscriptionView
from notification.adapters.tables import Tables
from notification.domain.subscription import NotSubscribed, Subscription, Subscriptions

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class SubscriptionStore:
    """Thread-safe. All methods raise Unavailable when DynamoDB does not answer; without Redis only the view is old."""

    def __init__(
        self, database: "DynamoDBClient", tables: Tables, view: SubscriptionView, keys: IdempotencyKeys
    ) -> None:
        self._database = database
        self._keys = keys
        self._table = tables.subscriptions
        self._view = view

    def listed(self, student_id: int) -> Subscriptions:
        """All of a student's; a view that is missing or old is written again."""
        found = self.of(student_id)
        self._view.show(student_id, self.of, found)
        return found

    def of(self, student_id: int) -> Subscriptions:
        """All of a student's, strongly consistent."""
        query: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "StudentID = :student",
            "ExpressionAttributeValues": {":student": number(student_id)},
            "ConsistentRead": True,
        }
        items: list[Item] = []
        while True:
            with dynamo.translated():
                page = self._database.query(**query)
            items += page["Items"]
            if "LastEvaluatedKey" not in page:
                return Subscriptions(dict(map(_read, items)))
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def students(self) -> set[int]:
        """Everybody who is subscribed to anything: reads the whole table, for commands only."""
        found: set[int] = set()
        query: dict[str, Any] = {"TableName": self._table, "ProjectionExpression": "StudentID"}
        while True:
            with dynamo.translated():
                page = self._database.scan(**query)
            found |= {int(item["StudentID"]["N"]) for item in page["Items"]}
            if "LastEvaluatedKey" not in page:
                return found - {int(PROGRESS["StudentID"]["N"])}
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def get(self, student_id: int, class_id: int) -> Subscription | None:
        with dynamo.translated():
            reply = self._database.get_item(TableName=self._table, Key=key(student_id, class_id), ConsistentRead=True)
        return _read(reply["Item"])[1] if "Item" in reply else None

    def put(self, student_id: int, class_id: int, subscription: Subscription) -> None:
        """An earlier one to the same class is replaced. Atomic and idempotent; with an Idempotency-Key, done once."""
        put: Any = {"TableName": self._table, "Item": to_item(student_id, class_id, subscription)}
        if key := idempotency.current():
            self._keys.happens(key, {"Put": put})
        else:
            with dynamo.translated():
                self._database.put_item(**put)
        faults.point("subscription.stored")
        self._view.show(student_id, self.of)

    def remove(self, student_id: int, class_id: int) -> None:
        """Raises NotSubscribed. With an Idempotency-Key, done once."""
        where = {"TableName": self._table, "Key": key(student_id, class_id)}
        delete: Any = {**where, "ConditionExpression": "attribute_exists(StudentID)"}
        if not self._keys.write_once(idempotency.current(), {"Delete": delete}):
            self._view.show(student_id, self.of)  # whoever removed it may have died before the view knew
            raise NotSubscribed(student_id, class_id)
        faults.point("subscription.removed")
        self._view.show(student_id, self.of)

    def end_webhook(self, student_id: int, class_id: int, proxy: str) -> None:
        """No webhook to the class, if this is still the one; a subscription without any other channel goes."""
        held = self.get(student_id, class_id)
        if held is not None and held.proxy == proxy:
            self._end(student_id, class_id, ("Proxy", proxy), ("Email", held.email))

    def end_email(self, student_id: int, class_id: int, email: str) -> None:
        """No mail about the class, if this is still the address; a subscription without any other channel goes."""
        held = self.get(student_id, class_id)
        if held is not None and held.email == email:
            self._end(student_id, class_id, ("Email", email), ("Proxy", held.proxy))

    def _end(self, student_id: int, class_id: int, ended: tuple[str, str], kept: tuple[str, str | None]) -> None:
        """Remove the attribute of one channel if it still has this value, or the item if that is the only one."""
        name, value = ended
        other, other_value = kept
        where: Any = {"TableName": self._table, "Key": key(student_id, class_id)}
        values = {":value": text(value)}
        if other_value is None:
            condition = f"{name} = :value AND attribute_not_exists({other})"
            write = {"Delete": {**where, "ConditionExpression": condition, "ExpressionAttributeValues": values}}
        else:
            where |= {"UpdateExpression": f"REMOVE {name}", "ExpressionAttributeValues": values}
            write = {"Update": {**where, "ConditionExpression": f"{name} = :value AND attribute_exists({other})"}}
        if dynamo.write_once(self._database, write):  # or else the student changed it at this moment
            self._view.show(student_id, self.of)


def to_item(student_id: int, class_id: int, subscription: Subscription) -> Item:
    return SubscriptionItem(
        student_id,
        class_id,
        subscription.email,
        subscription.proxy,
        subscription.language,
        subscription.webhook_format,
    ).to_item()


def _read(item: Item) -> tuple[int, Subscription]:
    found = SubscriptionItem.of(item)
    return found.class_id, Subscription(found.email, found.proxy, found.language, found.webhook_format)
