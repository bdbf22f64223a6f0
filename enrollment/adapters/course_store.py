"""Courses in DynamoDB, items of the table `keys`: `course:<code>` with Sections (NS, the ids of its classes), and
OneSection (S) and RuleNumber (N), its rule (domain.course_rule).

A new class joins its course in the transaction that adds it, if the course's rule is the one the class has; so who
changes the rule finds every class there is. The courses whose rule is being changed are in the item `courses:changing`.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from enrollment.adapters.tables import Tables
from enrollment.domain.class_section import ClassSection
from enrollment.domain.course_rule import NO_RULE, CourseRule, OneSection
from kit.stores import dynamo_errors
from kit.stores.dynamo import Item, batch_get, number, text, transacted, translated

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

CHANGING = "courses:changing"
_AGAIN = {"ConditionalCheckFailed"} | dynamo_errors.CONFLICTS | dynamo_errors.THROTTLES


class CourseStore:
    def __init__(self, client: "DynamoDBClient", tables: Tables) -> None:
        self._client = client
        self._table = tables.keys

    def rules(self, courses: Collection[str]) -> dict[str, CourseRule]:
        """Those of these (at most 100) courses. Raises Unavailable."""
        keys = [_key(course) for course in sorted(set(courses))]
        found = {item["Key"]["S"]: item for item in batch_get(self._client, {self._table: keys})[self._table]}
        return {course: _rule(found.get(f"course:{course}", {})) for course in courses}

    def course(self, course: str) -> tuple[CourseRule, list[int]]:
        """Its rule and the ids of its classes, at one moment. Raises Unavailable."""
        with translated():
            item = self._client.get_item(TableName=self._table, Key=_key(course), ConsistentRead=True).get("Item", {})
        return _rule(item), sorted(map(int, item.get("Sections", {"NS": []})["NS"]))

    def change(self, course: str, before: CourseRule, one_section: OneSection) -> bool:
        """Whether the rule is this now; False if it was not as `before`. It is to be carried out (`changing`)."""
        values = {":rule": text(one_section), ":next": number(before.number + 1)}
        changed = self._update(_key(course), "SET OneSection = :rule, RuleNumber = :next", _as_read(before, values))
        return self._transact([changed, self._listing("ADD", course)])

    def settle(self, course: str, rule: CourseRule) -> bool:
        """The rule is carried out; False if it is another one by now."""
        check = self._update(_key(course), "", _as_read(rule))["Update"]
        del check["UpdateExpression"]
        return self._transact([{"ConditionCheck": check}, self._listing("DELETE", course)])

    def changing(self) -> list[str]:
        """The courses whose rule is to be carried out. Raises Unavailable."""
        with translated():
            key = {"Key": text(CHANGING)}
            item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item", {})
        return sorted(item.get("Courses", {"SS": []})["SS"])

    def joining_writes(self, sections: Sequence[ClassSection]) -> list[dict[str, Any]]:
        """Of a transaction that adds these classes: one for each course. They fail if its rule is not the classes'."""
        in_order = sorted(sections, key=lambda section: section.course)
        return [
            self._joining(course, list(of_course)) for course, of_course in groupby(in_order, lambda each: each.course)
        ]

    def _joining(self, course: str, sections: list[ClassSection]) -> dict[str, Any]:
        as_read = _as_read(sections[0].rule, {":classes": _ids(sections)})
        return self._update(_key(course), "ADD Sections :classes", as_read)

    def adopt(self, sections: Iterable[ClassSection]) -> None:
        """Make sure that these classes, which are there, are among those of their courses. Raises Unavailable."""
        in_order = sorted(sections, key=lambda section: section.course)
        for course, of_course in groupby(in_order, lambda each: each.course):
            self._write(course, "ADD Sections :classes", list(of_course))

    def leave(self, section: ClassSection) -> None:
        """The class is going away. Idempotent. Raises Unavailable."""
        self._write(section.course, "DELETE Sections :classes", [section])

    def _write(self, course: str, expression: str, sections: list[ClassSection]) -> None:
        with translated():
            self._client.update_item(
                TableName=self._table,
                Key=_key(course),
                UpdateExpression=expression,
                ExpressionAttributeValues={":classes": _ids(sections)},
            )

    def _listing(self, how: str, course: str) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self._table,
                "Key": {"Key": text(CHANGING)},
                "UpdateExpression": f"{how} Courses :course",
                "ExpressionAttributeValues": {":course": {"SS": [course]}},
            }
        }

    def _update(self, key: Item, expression: str, condition: dict[str, Any]) -> dict[str, Any]:
        return {"Update": {"TableName": self._table, "Key": key, "UpdateExpression": expression, **condition}}

    def _transact(self, writes: list[dict[str, Any]]) -> bool:
        return transacted(self._client, writes, unless=_AGAIN)


def _key(course: str) -> Item:
    return {"Key": text(f"course:{course}")}


def _ids(sections: Iterable[ClassSection]) -> dict[str, list[str]]:
    return {"NS": [str(section.class_id) for section in sections]}


def _rule(item: Item) -> CourseRule:
    if "RuleNumber" not in item:
        return NO_RULE
    return CourseRule(OneSection(item["OneSection"]["S"]), int(item["RuleNumber"]["N"]))


def _as_read(rule: CourseRule, values: dict[str, Any] | None = None) -> dict[str, Any]:
    """The condition, with its values and these; DynamoDB takes no empty ones."""
    values = dict(values or {})
    condition = "attribute_not_exists(RuleNumber)"
    if rule.number:
        condition = "RuleNumber = :number"
        values[":number"] = number(rule.number)
    return {"ConditionExpression": condition} | ({"ExpressionAttributeValues": values} if values else {})
