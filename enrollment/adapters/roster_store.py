"""Rosters in DynamoDB: load what some commands need, save it in one transaction. All reads are strongly consistent."""

import heapq
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from enrollment.adapters import items, open_offers
from enrollment.adapters.claim_store import ClaimStore
from enrollment.adapters.history_store import HistoryStore
from enrollment.adapters.id_allocator import IdAllocator
from enrollment.adapters.known_heads import KnownHeads
from enrollment.adapters.outbox import Outbox
from enrollment.adapters.subscriptions import Subscriptions
from enrollment.adapters.tables import BY_STANDING, BY_STUDENT, BY_WAITING_STUDENT, Tables
from enrollment.domain.class_section import ClassSection
from enrollment.domain.errors import ClassUnknown, VersionConflict
from enrollment.domain.events import Event
from enrollment.domain.record import Record, State
from enrollment.domain.roster import Roster
from kit.errors import Unavailable
from kit.stores import dynamo_errors
from kit.stores.dynamo import Item, batch_get, number, reserve_ids, text, transacted, translated

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

PAGE = 1_000  # records read at a time; what fits into a megabyte anyway
MOST_CLASSES = 50  # of a student, read at a time: a record and a class for each, and BatchGetItem takes 100 keys

# Reasons of a cancelled transaction after which the class is loaded and decided again. Throttling is among them: by the
# time it is over, somebody else may have been faster.
_DECIDE_AGAIN = {"ConditionalCheckFailed"} | dynamo_errors.CONFLICTS | dynamo_errors.THROTTLES


class RosterStore:
    """`now_s`: the time (Unix seconds) by which offers begin and end, the same for all processes."""

    def __init__(
        self,
        client: "DynamoDBClient",
        tables: Tables,
        outbox: Outbox,
        subscriptions: Subscriptions,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._tables = tables
        self._outbox = outbox
        self.now_s = now_s
        self.history = HistoryStore(client, tables)
        self.claims = ClaimStore(client, tables)
        self._heads = KnownHeads()
        self._subscriptions = subscriptions
        self.enrollment_ids = IdAllocator(lambda count: reserve_ids(client, tables.keys, "EnrollmentID", count))

    def require_section(self, class_id: int) -> ClassSection:
        """The section, also of one that is being removed. Raises ClassUnknown."""
        with translated():
            reply = self._client.get_item(
                TableName=self._tables.classes, Key={"ClassID": number(class_id)}, ConsistentRead=True
            )
        if "Item" not in reply:
            raise ClassUnknown(class_id)
        return items.class_from_item(reply["Item"])

    def record(self, class_id: int, student_id: int) -> Record | None:
        """The student's record in this class, also if the class was removed."""
        key = {"ClassID": number(class_id), "StudentID": number(student_id)}
        with translated():
            reply = self._client.get_item(TableName=self._tables.enrollments, Key=key, ConsistentRead=True)
        return items.record_from_item(reply["Item"]) if "Item" in reply else None

    def fence(self, class_id: int) -> ClassSection:
        """The section, at a new version: what was decided on an earlier one cannot be saved any more.

        Raises ClassUnknown, Unavailable.
        """
        with translated():
            try:
                reply = self._client.update_item(
                    TableName=self._tables.classes,
                    Key={"ClassID": number(class_id)},
                    UpdateExpression="SET Version = Version + :one",
                    ConditionExpression="attribute_exists(ClassID)",
                    ExpressionAttributeValues={":one": number(1)},
                    ReturnValues="ALL_NEW",
                )
            except ClientError as error:
                if dynamo_errors.code_of(error) == "ConditionalCheckFailedException":
                    raise ClassUnknown(class_id) from None
                raise
        return items.class_from_item(reply["Attributes"])

    def sections_of(self, class_ids: list[int]) -> list[ClassSection]:
        """Those of these (at most 100) classes that exist, by id."""
        keys = [{"ClassID": number(class_id)} for class_id in class_ids]
        found = self.batch_get({self._tables.classes: keys})[self._tables.classes]
        return sorted(map(items.class_from_item, found), key=lambda section: section.class_id)

    def load(
        self, class_id: int, student_ids: Iterable[int], moves: int, most_promoted: int, told: Sequence[int] = ()
    ) -> Roster:
        """The class, the records of these students, and of those who wait the first `moves`, and one for each free seat
        up to `most_promoted`. Of those who may well be promoted, or are `told`, the subscriptions are read, too.

        One round trip, a second one if somebody waits and may move and this process has not just moved the line, and a
        third one for the claims that the course's rule asks for. Raises ClassUnknown.
        """
        classes, enrollments = self._tables.classes, self._tables.enrollments
        wanted, likely = set(student_ids), list({*told, *self._heads.probable(class_id, moves)})
        class_key = {"ClassID": number(class_id)}
        record_keys = [{**class_key, "StudentID": number(student_id)} for student_id in wanted]
        also = self._subscriptions.keys(class_id, likely)
        first = 99 - len(likely)  # BatchGetItem takes 100 keys
        found = self.batch_get({classes: [class_key], enrollments: record_keys[:first], **also})
        for start in range(first, len(record_keys), 100):
            found[enrollments] += self.batch_get({enrollments: record_keys[start : start + 100]})[enrollments]
        if not found[classes]:
            raise ClassUnknown(class_id)
        section = items.class_from_item(found[classes][0])
        records: dict[int, Record | None] = dict.fromkeys(wanted)
        for record in map(items.record_from_item, found[enrollments]):
            records[record.student_id] = record
        moves += min(most_promoted, section.open_seats)
        roster = Roster(section, records, self._head(section, section.heads_for(moves)), now_s=int(self.now_s()))
        roster.claims = self.claims.claims_to(section, roster.records)
        roster.subscriptions = self._subscriptions.found(found, likely)
        return roster

    def _head(self, section: ClassSection, most: int) -> list[Record]:
        """At least `most` of those in turn, or all."""
        if not most or not section.in_turn:
            return []
        known = self._heads.get(section, most)
        return list(self.next_in_line(section.class_id, most + self._heads.ahead(section))) if known is None else known

    def save(
        self,
        changed: Sequence[tuple[Roster, Mapping[str, Any]]],
        events: list[Event],
        also: Sequence[dict[str, Any]] = (),
    ) -> None:
        """Each class, the entry of its history, every touched record, the claims to seats, the events and `also` other
        writes, all or nothing, if classes and claims are as they were loaded.

        Raises VersionConflict (nothing was written) or Unavailable (it may have been written).
        """
        writes = [write for roster, entry in changed for write in self._writes_of(roster, entry)]
        claims = {whose: claim for roster, _ in changed for whose, claim in roster.claimed.items()}
        writes += self.claims.writes_of(claims)
        self.transact([*writes, *(self._outbox.write_of(event) for event in events), *also])
        for roster, _ in changed:
            self._heads.saved(roster)

    def _writes_of(self, roster: Roster, entry: Mapping[str, Any]) -> list[dict[str, Any]]:
        class_id, loaded = roster.section.class_id, roster.section.version
        roster.section.version += 1
        writes: list[dict[str, Any]] = [
            {
                "Put": {
                    "TableName": self._tables.classes,
                    "Item": items.class_to_item(roster.section),
                    "ConditionExpression": "Version = :loaded",
                    "ExpressionAttributeValues": {":loaded": number(loaded)},
                }
            },
            self.history.write_of(entry),
        ]
        # Class and records were not read at one moment; the conditions make sure no record is older than the class.
        return writes + [
            self._write_of(class_id, record, roster.loaded_records.get(record.student_id))
            for record in roster.touched.values()
        ]

    def _write_of(self, class_id: int, record: Record, loaded: Record | None) -> dict[str, Any]:
        put: dict[str, Any] = {"TableName": self._tables.enrollments, "Item": items.record_to_item(class_id, record)}
        if loaded is None:
            put["ConditionExpression"] = "attribute_not_exists(ClassID)"
        else:
            put["ConditionExpression"] = "Standing = :loaded"
            put["ExpressionAttributeValues"] = {":loaded": text(items.standing(loaded))}
        return {"Put": put}

    def transact(self, writes: list[dict[str, Any]]) -> None:
        """All writes or none. Raises VersionConflict when a condition or another transaction stood in the way."""
        if not transacted(self._client, writes, unless=_DECIDE_AGAIN):
            raise VersionConflict

    def students(
        self, class_id: int, state: State, most: int | None = None, after: int = 0, *, all_in_turn: bool = False
    ) -> Iterator[Record]:
        """The students in this state: those who wait in line order, the others by enrollment id.

        `after`: begin behind this sequence number or enrollment id. `all_in_turn`: of those who wait, nobody pauses or
        is offered a seat, as the class said a moment ago; that saves two queries.
        """
        prefixes = (items.IN_TURN,) if all_in_turn and state is State.WAITLISTED else items.PREFIXES[state]
        ranges = [self._in_range(class_id, prefix, most, after) for prefix in prefixes]
        if len(ranges) == 1:
            return ranges[0]
        merged = heapq.merge(*ranges, key=lambda record: record.sequence_number)
        # A student who begins or ends a pause meanwhile may be met in both ranges, at the same place.
        once = (next(same) for _, same in groupby(merged, key=lambda record: record.sequence_number))
        return islice(once, most)

    def next_in_line(self, class_id: int, most: int) -> Iterator[Record]:
        """Those who are in turn for a seat, next first: neither in a pause nor with an offer."""
        return self._in_range(class_id, items.IN_TURN, most)

    def offers_ending(self, by_s: int) -> Iterator[tuple[int, int, int]]:
        """See adapters.open_offers."""
        return open_offers.ending(self._client, self._tables.enrollments, by_s)

    def read_ahead(self, class_id: int, most: int) -> None:
        """So many of those next in line, so that a change to come need not ask for them. Raises Unavailable."""
        for section in self.sections_of([class_id]):
            self._heads.read(section, list(self.next_in_line(class_id, most)) if section.in_turn else [])

    def _in_range(self, class_id: int, prefix: str, most: int | None, after: int = 0) -> Iterator[Record]:
        request: dict[str, Any] = {
            "TableName": self._tables.enrollments,
            "IndexName": BY_STANDING,
            "KeyConditionExpression": "ClassID = :class AND Standing BETWEEN :first AND :last",
            "ExpressionAttributeValues": {
                ":class": number(class_id),
                ":first": text(items.in_order(prefix, after + 1)),
                ":last": text(items.in_order(prefix, items.LAST)),
            },
            "ConsistentRead": True,
        }
        left = most if most is not None else sys.maxsize
        while left > 0:
            request["Limit"] = min(left, PAGE)
            with translated():
                page = self._client.query(**request)
            yield from map(items.record_from_item, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
            left -= len(page["Items"])

    def classes_waited_for(self, student_id: int) -> list[int]:
        """The classes the student waits for, as the index knows: it may lag, so look at each before acting on it."""
        request: dict[str, Any] = {
            "TableName": self._tables.enrollments,
            "IndexName": BY_WAITING_STUDENT,
            "KeyConditionExpression": "WaitingStudent = :student",
            "ExpressionAttributeValues": {":student": number(student_id)},
        }
        with translated():
            return [int(item["ClassID"]["N"]) for item in self._client.query(**request)["Items"]]

    def of_student(self, student_id: int, after: int = 0) -> Iterator[tuple[ClassSection, Record]]:
        """The student's record in each class behind `after` that exists, by id. The index may lag with new ones.

        Raises Unavailable, also while a table of an earlier version gets the index, which takes its time.
        """
        request: dict[str, Any] = {
            "TableName": self._tables.enrollments,
            "IndexName": BY_STUDENT,
            "KeyConditionExpression": "StudentID = :student AND ClassID > :after",
            "ExpressionAttributeValues": {":student": number(student_id), ":after": number(after)},
            "Limit": MOST_CLASSES,
        }
        while True:
            with translated():
                try:
                    page = self._client.query(**request)
                except ClientError as error:
                    if error.response["Error"]["Code"] == "ValidationException" and BY_STUDENT in str(error):
                        raise Unavailable("Enrollments are being indexed; ask again later", retry_after_s=30) from error
                    raise
            yield from self.in_classes(student_id, [int(item["ClassID"]["N"]) for item in page["Items"]])
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def in_classes(self, student_id: int, class_ids: Sequence[int]) -> Iterator[tuple[ClassSection, Record]]:
        """The student's record in each of these classes that exists, by class id. Raises Unavailable."""
        for start in range(0, len(class_ids), MOST_CLASSES):
            keys = [{"ClassID": number(class_id)} for class_id in class_ids[start : start + MOST_CLASSES]]
            record_keys = [{**key, "StudentID": number(student_id)} for key in keys]
            found = self.batch_get({self._tables.classes: keys, self._tables.enrollments: record_keys})
            classes = {item["ClassID"]["N"]: items.class_from_item(item) for item in found[self._tables.classes]}
            for item in sorted(found[self._tables.enrollments], key=lambda item: int(item["ClassID"]["N"])):
                if section := classes.get(item["ClassID"]["N"]):
                    yield section, items.record_from_item(item)

    def batch_get(self, keys: dict[str, list[Item]]) -> dict[str, list[Item]]:
        """The items of these (at most 100) keys that exist, by table."""
        return batch_get(self._client, keys)
