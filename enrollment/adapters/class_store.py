"""Classes in DynamoDB as a catalog: list them, add one, take one away when nobody is left in it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from enrollment.adapters import items
from enrollment.adapters.roster_store import RosterStore, VersionConflict
from enrollment.adapters.tables import BY_CATALOG, Tables
from enrollment.domain.errors import SectionTaken
from enrollment.domain.roster import ClassSection, ClassStatus
from kit.stores.dynamo import number, take_numbers, text, translated

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

PAGE = 100  # the most BatchGetItem takes


def _section_key(course_code: str, section_number: int) -> dict[str, Any]:
    return {"Key": text(f"section:{course_code}:{section_number}")}


class ClassStore:
    def __init__(self, client: "DynamoDBClient", tables: Tables, rosters: RosterStore) -> None:
        self._client = client
        self._tables = tables
        self._rosters = rosters

    def pages(self, standing: ClassStatus) -> Iterator[list[ClassSection]]:
        """All classes of this standing by id, up to 100 at a time. The index may lag, the facts never do."""
        request: dict[str, Any] = {
            "TableName": self._tables.classes,
            "IndexName": BY_CATALOG,
            "KeyConditionExpression": "#catalog = :standing",
            "ExpressionAttributeNames": {"#catalog": "Catalog"},
            "ExpressionAttributeValues": {":standing": text(standing)},
            "Limit": PAGE,
        }
        while True:
            with translated():
                page = self._client.query(**request)
            facts = self._rosters.facts_of([int(item["ClassID"]["N"]) for item in page["Items"]])
            yield [found for found in facts if found.standing is standing]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def next_id(self) -> int:
        return take_numbers(self._client, self._tables.keys, "ClassID")

    def has_section(self, course_code: str, section_number: int) -> bool:
        """Whether the course has this section at this moment."""
        key = _section_key(course_code, section_number)
        with translated():
            return "Item" in self._client.get_item(TableName=self._tables.keys, Key=key, ConsistentRead=True)

    def add(self, facts: ClassSection) -> None:
        """Raises SectionTaken if the course has this section already."""
        key = _section_key(facts.course_code, facts.section_number)
        section = {
            "TableName": self._tables.keys,
            "Item": {**key, "ClassID": number(facts.class_id)},
            "ConditionExpression": "attribute_not_exists(#key)",
            "ExpressionAttributeNames": {"#key": "Key"},
        }
        put = {
            "TableName": self._tables.classes,
            "Item": items.class_to_item(facts),
            "ConditionExpression": "attribute_not_exists(ClassID)",
        }
        try:
            self._rosters.transact([{"Put": section}, {"Put": put}])
        except VersionConflict:
            raise SectionTaken(facts.section_number, facts.course_code) from None

    def delete(self, facts: ClassSection) -> None:
        """Take away a class in removal that nobody is left in, and free its section. Repeating it changes nothing."""
        gone = {
            "TableName": self._tables.classes,
            "Key": {"ClassID": number(facts.class_id)},
            "ConditionExpression": "#catalog = :removing AND CurrentEnrollment = :none AND CurrentWaitlist = :none",
            "ExpressionAttributeNames": {"#catalog": "Catalog"},
            "ExpressionAttributeValues": {":removing": text(ClassStatus.REMOVING), ":none": number(0)},
        }
        freed = {"TableName": self._tables.keys, "Key": _section_key(facts.course_code, facts.section_number)}
        try:
            self._rosters.transact([{"Delete": gone}, {"Delete": freed}])
        except VersionConflict:
            return  # another one removed it at the same time
