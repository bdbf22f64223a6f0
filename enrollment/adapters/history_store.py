"""Histories in DynamoDB: the write of one entry for a transaction, and reading entries in order."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from enrollment.adapters.tables import Tables
from enrollment.domain.history import Head, canonical
from kit.stores.dynamo import Item, number, text, translated

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_END = "history:"  # and the class's id: a key of the table `keys`


class HistoryStore:
    def __init__(self, client: "DynamoDBClient", tables: Tables) -> None:
        self._client = client
        self._table = tables.history
        self._keys = tables.keys

    def write_of(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """The entry as one write of a transaction, which fails if there is one of this number."""
        return {
            "Put": {
                "TableName": self._table,
                "Item": {
                    "ClassID": number(entry["class_id"]),
                    "Number": number(entry["number"]),
                    "Entry": text(canonical(entry)),
                },
                "ConditionExpression": "attribute_not_exists(ClassID)",
            }
        }

    def end_write_of(self, entry: Mapping[str, Any], instructor_id: int) -> dict[str, Any]:
        """The write that keeps where the history of a class ends whose item goes away, and who taught it."""
        item = {
            "Key": text(f"{_END}{entry['class_id']}"),
            "Number": number(entry["number"]),
            "Hash": text(entry["hash"]),
            "InstructorID": number(instructor_id),
        }
        return {"Put": {"TableName": self._keys, "Item": item}}

    def end(self, class_id: int) -> Head | None:
        """Where the history of a class that was removed ends; None if none was. Raises Unavailable."""
        item = self._end(class_id)
        return Head(int(item["Number"]["N"]), item["Hash"]["S"]) if item else None

    def taught_by(self, class_id: int) -> int | None:
        """The instructor of a class that was removed; None if none was, or by an earlier version. Raises
        Unavailable.
        """
        item = self._end(class_id)
        return int(item["InstructorID"]["N"]) if "InstructorID" in item else None

    def _end(self, class_id: int) -> Item:
        """Empty if there is none."""
        with translated():
            reply = self._client.get_item(
                TableName=self._keys, Key={"Key": text(f"{_END}{class_id}")}, ConsistentRead=True
            )
        item: Item = reply.get("Item", {})
        return item

    def removed_classes(self) -> Iterator[int]:
        """Every class that was removed and has a history. Reads a whole table: for commands, not for requests."""
        request: dict[str, Any] = {
            "TableName": self._keys,
            "FilterExpression": "begins_with(#key, :end)",
            "ExpressionAttributeNames": {"#key": "Key"},
            "ExpressionAttributeValues": {":end": text(_END)},
        }
        while True:
            with translated():
                page = self._client.scan(**request)
            yield from (int(item["Key"]["S"].removeprefix(_END)) for item in page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def last_number(self, class_id: int) -> int:
        """Of the latest entry, 0 if there is none. Raises Unavailable."""
        with translated():
            page = self._client.query(
                TableName=self._table,
                KeyConditionExpression="ClassID = :class",
                ExpressionAttributeValues={":class": number(class_id)},
                ProjectionExpression="#number",
                ExpressionAttributeNames={"#number": "Number"},
                ConsistentRead=True,
                ScanIndexForward=False,
                Limit=1,
            )
        return int(page["Items"][0]["Number"]["N"]) if page["Items"] else 0

    def entries(self, class_id: int, first: int = 1) -> Iterator[dict[str, Any]]:
        """The entries of a class from this number on, in order; none if it has no history. Raises Unavailable."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "ClassID = :class AND #number >= :first",
            "ExpressionAttributeNames": {"#number": "Number"},
            "ExpressionAttributeValues": {":class": number(class_id), ":first": number(first)},
            "ConsistentRead": True,
        }
        while True:
            with translated():
                page = self._client.query(**request)
            for item in page["Items"]:
                yield json.loads(item["Entry"]["S"])
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
