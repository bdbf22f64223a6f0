"""Classes in DynamoDB as a catalog: list them, add some, take one away when nobody is left in it.

A section is unique by an item of the table `keys` that is written with the class: `section:<course code>:<number>`, the
code normalized (enrollment.domain.sections). Version 1.1 wrote the code as it was given; `adopt_sections` adds the
normalized keys of its classes, once, and leaves the others, which the class's removal takes away. It also makes the
classes of earlier versions known to their courses (adapters.course_store).
"""

import logging
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from enrollment import metrics
from enrollment.adapters import items
from enrollment.adapters.course_store import CourseStore
from enrollment.adapters.roster_store import RosterStore
from enrollment.adapters.tables import BY_CATALOG, Tables
from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.errors import SectionTaken, VersionConflict
from enrollment.domain.sections import normalized_code
from kit.concurrency.backoff import pauses
from kit.errors import Unavailable
from kit.stores.dynamo import Item, number, reserve_ids, text, translated

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

log = logging.getLogger(__name__)

PAGE = 100  # the most BatchGetItem takes
_WRITES = 3  # its section, itself, the first entry of its history; and its course, which some may share
MOST_ADDED = 100 // (_WRITES + 1)  # a transaction takes 100 writes
RETRY_DEADLINE_S = 2.0
_MOST_TRIES = 8  # of a batch that is left unprocessed in part
ADOPTED = "courses:adopted"  # the key of the item that says that adopt_sections has been through

# Reasons of a cancelled transaction that pass (API reference, TransactWriteItems).
_PASSING = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}


Entry = Mapping[str, Any]  # see domain.history


def _section_key(course_code: str, section_number: int) -> dict[str, Any]:
    return {"Key": text(f"section:{normalized_code(course_code)}:{section_number}")}


def _section_key_of_1_1(section: ClassSection) -> dict[str, Any]:
    return {"Key": text(f"section:{section.course_code}:{section.section_number}")}


class ClassStore:
    def __init__(self, client: "DynamoDBClient", tables: Tables, rosters: RosterStore) -> None:
        self._client = client
        self._tables = tables
        self._rosters = rosters
        self.courses = CourseStore(client, tables)
        self._adopting = Lock()
        self._adopted = False

    def pages(self, status: ClassStatus) -> Iterator[list[ClassSection]]:
        """All classes of this status by id, up to 100 at a time. The index may lag, a section never does."""
        request = self._catalog_request(status, limit=PAGE)
        while True:
            with translated():
                page = self._client.query(**request)
            sections = self._rosters.sections_of([int(item["ClassID"]["N"]) for item in page["Items"]])
            yield [section for section in sections if section.status is status]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def read(self, status: ClassStatus) -> Iterator[list[ClassSection]]:
        """As `pages`, at half the cost: what is read may be a moment old. Counted in `class_list_read_units`."""
        request = self._catalog_request(status, limit=10 * PAGE)
        while True:
            with translated():
                page = self._client.query(**request, ReturnConsumedCapacity="TOTAL")
            metrics.LIST_READ_UNITS.inc(page["ConsumedCapacity"]["CapacityUnits"])
            keys = [{"ClassID": item["ClassID"]} for item in page["Items"]]
            for start in range(0, len(keys), PAGE):
                found = self._read(keys[start : start + PAGE])
                yield [section for section in found if section.status is status]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _read(self, keys: list[Item]) -> list[ClassSection]:
        found: list[Item] = []
        left: Any = {self._tables.classes: {"Keys": keys}}
        for pause_s in islice(pauses(first_s=0.05, longest_s=2), _MOST_TRIES):
            with translated():
                reply = self._client.batch_get_item(RequestItems=left, ReturnConsumedCapacity="TOTAL")
            metrics.LIST_READ_UNITS.inc(sum(each["CapacityUnits"] for each in reply["ConsumedCapacity"]))
            found += reply["Responses"].get(self._tables.classes, [])
            left = reply.get("UnprocessedKeys")
            if not left:
                return [items.class_from_item(item) for item in found]
            time.sleep(pause_s)
        raise Unavailable("The database is busy; ask again in a moment")

    def as_they_are(self, class_ids: list[int]) -> list[ClassSection]:
        """Those of these (at most 100) classes that exist, as they are at this moment."""
        return self._rosters.sections_of(class_ids)

    def _catalog_request(self, status: ClassStatus, limit: int) -> dict[str, Any]:
        return {
            "TableName": self._tables.classes,
            "IndexName": BY_CATALOG,
            "KeyConditionExpression": "#catalog = :status",
            "ExpressionAttributeNames": {"#catalog": "Catalog"},
            "ExpressionAttributeValues": {":status": text(status)},
            "Limit": limit,
        }

    def next_ids(self, count: int) -> range:
        """Consecutive class ids that nobody else gets."""
        first = reserve_ids(self._client, self._tables.keys, "ClassID", count)
        return range(first, first + count)

    def add(self, section: ClassSection, entry: Entry, also: Sequence[dict[str, Any]] = ()) -> None:
        """Save a new class with the first entry of its history, and `also` other writes.

        Raises SectionTaken if the course has this section already, VersionConflict if its rule is not the class's, and
        Unavailable.
        """
        if not self.add_all([(section, entry)], also):
            raise SectionTaken(section.section_number, section.course_code)

    def add_all(
        self, new: Sequence[tuple[ClassSection, Entry]], also: Sequence[dict[str, Any]] = ()
    ) -> list[ClassSection]:
        """Add up to MOST_ADDED classes, all at one moment, without those whose section is there already; returns those
        added.

        Raises VersionConflict if the rule of one's course is not the class's, and Unavailable; then none was added, or,
        after Unavailable, all of them were.
        """
        self.adopt_sections()
        give_up_at = time.monotonic() + RETRY_DEADLINE_S
        left = list(new)
        for pause_s in pauses(first_s=0.01, longest_s=0.3):
            reasons = self._try_to_add(left, also) if left else []
            if not reasons:
                return [section for section, _ in left]
            of_courses = reasons[_WRITES * len(left) :]
            of_sections, of_classes, _ = (reasons[n : _WRITES * len(left) : _WRITES] for n in range(_WRITES))
            there = [reason == "ConditionalCheckFailed" for reason in of_sections]
            in_use = [reason == "ConditionalCheckFailed" for reason in of_classes]
            if any(used and not taken for used, taken in zip(in_use, there, strict=True)):
                raise Unavailable("The class id is in use; ask again for another")
            left = [one for one, taken in zip(left, there, strict=True) if not taken]
            if any(there):
                continue
            if "ConditionalCheckFailed" in of_courses:
                raise VersionConflict
            if time.monotonic() + pause_s > give_up_at:
                raise Unavailable("The database is busy; ask again in a moment")
            time.sleep(pause_s)
        raise AssertionError("pauses never end")

    def _try_to_add(self, new: Sequence[tuple[ClassSection, Entry]], also: Sequence[dict[str, Any]]) -> list[str]:
        """The reason for each write of `new` and of their courses why none of them was done; empty when all were."""
        writes: list[dict[str, Any]] = []
        for section, entry in new:
            writes += [{"Put": self._section_put(section)}, {"Put": self._put(section)}]
            writes.append(self._rosters.history.write_of(entry))
        writes += self.courses.joining_writes([section for section, _ in new])
        return self._reasons_against([*writes, *also])[: len(writes)]

    def _reasons_against(self, writes: list[dict[str, Any]]) -> list[str]:
        with translated():
            try:
                self._client.transact_write_items(TransactItems=writes)  # type: ignore[arg-type]
            except ClientError as error:
                reasons = [str(reason.get("Code")) for reason in error.response.get("CancellationReasons", [])]
                if not set(reasons) & (_PASSING | {"ConditionalCheckFailed"}):
                    raise
                return reasons
        return []

    def _put(self, section: ClassSection) -> dict[str, Any]:
        return {
            "TableName": self._tables.classes,
            "Item": items.class_to_item(section),
            "ConditionExpression": "attribute_not_exists(ClassID)",
        }

    def _section_put(self, section: ClassSection) -> dict[str, Any]:
        key = _section_key(section.course_code, section.section_number)
        return {
            "TableName": self._tables.keys,
            "Item": {**key, "ClassID": number(section.class_id)},
            "ConditionExpression": "attribute_not_exists(#key)",
            "ExpressionAttributeNames": {"#key": "Key"},
        }

    def taken(self, sections: Collection[tuple[str, int]]) -> set[tuple[str, int]]:
        """Those of these (at most 100: course code, number) sections that are there at this moment."""
        return set(self.ids_of(sections))

    def ids_of(self, sections: Collection[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """The class ids of those that are there."""
        self.adopt_sections()
        keys = {_section_key(*section)["Key"]["S"]: section for section in sections}
        found = self._rosters.batch_get({self._tables.keys: [{"Key": text(key)} for key in keys]})[self._tables.keys]
        return {keys[item["Key"]["S"]]: int(item["ClassID"]["N"]) for item in found}

    def delete(self, section: ClassSection, entry: Entry) -> None:
        """Free the section, and take away a class in removal that nobody is left in. Its history stays and ends with
        `entry`. Repeating it changes nothing.

        Raises ClassUnknown when it is gone, and Unavailable, also while somebody is left. Not one transaction: what a
        crash leaves is a class in removal without its section, and this is done again. Of two classes of 1.1 that are
        one section now, one holds the key.
        """
        for key in (_section_key(section.course_code, section.section_number), _section_key_of_1_1(section)):
            self._delete(
                TableName=self._tables.keys,
                Key=key,
                ConditionExpression="ClassID = :class",
                ExpressionAttributeValues={":class": number(section.class_id)},
            )
        self.courses.leave(section)
        gone = {
            "TableName": self._tables.classes,
            "Key": {"ClassID": number(section.class_id)},
            "ConditionExpression": "#catalog = :removing AND CurrentEnrollment = :none AND CurrentWaitlist = :none",
            "ExpressionAttributeNames": {"#catalog": "Catalog"},
            "ExpressionAttributeValues": {":removing": text(ClassStatus.REMOVING), ":none": number(0)},
        }
        history = self._rosters.history
        writes = [{"Delete": gone}, history.write_of(entry), history.end_write_of(entry, section.instructor_id)]
        if reasons := self._reasons_against(writes):
            if set(reasons) & _PASSING:
                raise Unavailable("The database is busy; ask again in a moment")
            self._rosters.require_section(section.class_id)  # ClassUnknown: another process was faster
            raise Unavailable(f"Class {section.class_id} is still being emptied")

    def _delete(self, **request: Any) -> bool:
        """Whether the item is gone; False when the condition is not met."""
        with translated():
            try:
                self._client.delete_item(**request)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise
                return False
        return True

    def adopt_sections(self) -> None:
        """Make sure that each class of an earlier version holds its section under the normalized code, and is known to
        its course. Done once; idempotent."""
        if self._adopted:
            return
        if not self._adopting.acquire(timeout=RETRY_DEADLINE_S):
            raise Unavailable("Sections are being indexed; ask again later", retry_after_s=10)
        try:
            marker = {"Key": text(ADOPTED)}
            with translated():
                done = "Item" in self._client.get_item(TableName=self._tables.keys, Key=marker, ConsistentRead=True)
            if not done:
                self._adopt_all()
                with translated():
                    self._client.put_item(TableName=self._tables.keys, Item=marker)
            self._adopted = True
        finally:
            self._adopting.release()

    def _adopt_all(self) -> None:
        for status in ClassStatus:
            for page in self.pages(status):
                self.courses.adopt(page)
                for section in page:
                    self._adopt(section)

    def _adopt(self, section: ClassSection) -> None:
        with translated():
            try:
                self._client.put_item(**self._section_put(section))
            except ClientError as error:
                if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise
