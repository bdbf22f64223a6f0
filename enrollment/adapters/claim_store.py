"""Students' claims to seats of a course (domain.course_rule), items of the table `keys`: `seat:<course>:<student>` with
Classes (NS) and Version (N). All reads are strongly consistent.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from enrollment.adapters.items import ENROLLED
from enrollment.adapters.tables import Tables
from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.course_rule import Claim, Claims
from enrollment.domain.record import Record, State
from kit.concurrency.backoff import pauses
from kit.stores import dynamo_errors
from kit.stores.dynamo import Item, batch_get, number, text, transacted
from kit.stores.dynamo_calls import pause

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

MOST_KEYS = 100  # what BatchGetItem takes
Seat = tuple[int, int]  # class and student


class ClaimStore:
    def __init__(self, client: "DynamoDBClient", tables: Tables) -> None:
        self._client = client
        self._tables = tables

    def claims_to(self, section: ClassSection, records: Mapping[int, Record | None]) -> Claims:
        """Of these students, whose records in this section are these; none where the course's rule does not ask.

        A claim to another section is believed only if the student has the seat. Raises Unavailable.
        """
        if not section.rule.applies or not records:
            return {}
        keys = {f"seat:{section.course}:{student_id}": student_id for student_id in records}
        found = {keys[item["Key"]["S"]]: item for item in self._get(self._tables.keys, [_key(key) for key in keys])}
        claimed = [
            (int(class_id), student_id)
            for student_id, item in found.items()
            for class_id in item["Classes"]["NS"]
            if int(class_id) != section.class_id
        ]
        seats = self.seats_among(claimed)
        seats |= {(section.class_id, i) for i, record in records.items() if record and record.state is State.ENROLLED}
        return {
            (section.course, student_id): Claim(
                {class_id for class_id, who in seats if who == student_id},
                int(found[student_id]["Version"]["N"]) if student_id in found else 0,
            )
            for student_id in records
        }

    def seats_among(self, seats: Collection[Seat]) -> set[Seat]:
        """Those of these that are had at this moment, in classes that are not being removed. Raises Unavailable."""
        keys = [{"ClassID": number(class_id), "StudentID": number(student_id)} for class_id, student_id in seats]
        records = self._get(self._tables.enrollments, keys)
        had = {
            (int(item["ClassID"]["N"]), int(item["StudentID"]["N"]))
            for item in records
            if item["Standing"]["S"].startswith(ENROLLED)
        }
        there = {int(item["ClassID"]["N"]) for item in self._classes(class_id for class_id, _ in had)}
        return {seat for seat in had if seat[0] in there}

    def writes_of(self, claims: Claims) -> list[dict[str, Any]]:
        """Of a transaction that gives these seats; they fail if a claim is not as it was read."""
        return [self._write_of(course, student_id, claim) for (course, student_id), claim in claims.items()]

    def _write_of(self, course: str, student_id: int, claim: Claim) -> dict[str, Any]:
        put: dict[str, Any] = {
            "TableName": self._tables.keys,
            "Item": {
                **_key(f"seat:{course}:{student_id}"),
                "Classes": {"NS": [str(class_id) for class_id in sorted(claim.held)]},
                "Version": number(claim.version + 1),
            },
        }
        if claim.version:
            put["ConditionExpression"] = "Version = :read"
            put["ExpressionAttributeValues"] = {":read": number(claim.version)}
        else:
            put["ConditionExpression"] = "attribute_not_exists(#key)"
            put["ExpressionAttributeNames"] = {"#key": "Key"}
        return {"Put": put}

    def claim(self, course: str, class_id: int, student_ids: Iterable[int]) -> None:
        """Of these (at most 100) students, who have had their seats since before the rule. Repeating it is safe, and so
        is a seat that is had no more: a claim says where one may be. Raises Unavailable.
        """
        writes = [
            {
                "Update": {
                    "TableName": self._tables.keys,
                    "Key": _key(f"seat:{course}:{student_id}"),
                    "UpdateExpression": "ADD Classes :class, Version :one",
                    "ExpressionAttributeValues": {":class": {"NS": [str(class_id)]}, ":one": number(1)},
                }
            }
            for student_id in student_ids
        ]
        waits = pauses(first_s=0.02, longest_s=0.5)
        while not transacted(self._client, writes, unless=dynamo_errors.CONFLICTS | dynamo_errors.THROTTLES):
            pause(next(waits))

    def _classes(self, class_ids: Iterable[int]) -> list[Item]:
        keys = [{"ClassID": number(class_id)} for class_id in sorted(set(class_ids))]
        there = self._get(self._tables.classes, keys)
        return [item for item in there if item["Catalog"]["S"] != ClassStatus.REMOVING]

    def _get(self, table: str, keys: list[Item]) -> list[Item]:
        found: list[Item] = []
        for start in range(0, len(keys), MOST_KEYS):
            found += batch_get(self._client, {table: keys[start : start + MOST_KEYS]})[table]
        return found


def _key(key: str) -> Item:
    return {"Key": text(key)}
