"""The enrollment service's DynamoDB tables (each name has the setting TABLE_PREFIX before it).

`classes`      ClassID (N)                  a class section; `Catalog` is its status;
                                            HistoryNumber (N), HistoryHash (S): its latest entry in `history`;
                                            WaitingSwaps, Paused, OpenOffers (N): how many of those who wait have a
                                            SwapFrom, pause, are offered a seat; Promotion (S), OfferWindow (N,
                                            seconds); OneSection (S), RuleNumber (N): the course's rule; Skipped (N):
                                            how many of the paused are so by it: each from WaitingSwaps on only
                                            where it is not 0, "automatic" or no rule; LineClock (N, Unix
                                            seconds): see waitlist_cache.py
               index `by-catalog`           Catalog (S), ClassID: keys only, so a changing seat count never writes it
`enrollments`  ClassID (N), StudentID (N)   EnrollmentID (N), EnrollmentState (S), Standing (S); while waiting
                                            LinePlace, WaitingSince (Unix seconds), WaitingStudent, SwapFrom (N), the
                                            class whose seat is given up for one here, and SkippedFor
                                            (N), for whose seat the rule passes over; CameAt (N), the
                                            entry of `history` by which the student came
               local index `by-standing`    ClassID, Standing: "E#<enrollment id>", "W#<sequence number>" or
                                            "D#<enrollment id>", zero-padded; P# instead of W# in a pause, O# with an
                                            offer. One range is the seated, one the line
                                            in its order; read consistently
               index `by-offer`             OfferShard (N), OfferedUntil (N, Unix seconds): keys only, of those who
                                            are offered a seat
               index `by-waiting-student`   WaitingStudent (N), ClassID: keys only, of those who wait
               index `by-student`           StudentID, ClassID: keys only, so a changing state never writes it
`keys`         Key (S)                      "next:ClassID", "next:EnrollmentID": Value (N), the last number given out;
                                            "section:<course code>:<section>": ClassID (N), so a section is unique;
                                            "course:<course code>", "courses:changing": see course_store.py;
                                            "seat:<course code>:<student id>": see claim_store.py;
                                            "history:<class id>": Number (N), Hash (S), the end of the history of a
                                            class that was removed; InstructorID (N), who taught it;
                                            "outbox:leases": which relay has which shard of `outbox` (shard_leases.py)
`history`      ClassID (N), Number (N)      Entry (S): the JSON of domain.history; one for each commit of a class,
                                            kept for ever
`outbox`       Shard (N), Written (S)        events of committed promotions that the broker has not confirmed yet
`idempotency-keys`                           see kit.stores.idempotency_keys
"""

from dataclasses import dataclass
from typing import Any

from etc.contracts import subscriptions
from kit.stores import idempotency_keys

OUTBOX_SHARDS = 32  # spreads the writes of one moment over several partitions, and the work over several relays
BY_CATALOG = "by-catalog"
BY_STANDING = "by-standing"
BY_WAITING_STUDENT = "by-waiting-student"
BY_STUDENT = "by-student"
BY_OFFER = "by-offer"


@dataclass(frozen=True)
class Tables:
    prefix: str = ""

    @property
    def classes(self) -> str:
        return f"{self.prefix}classes"

    @property
    def enrollments(self) -> str:
        return f"{self.prefix}enrollments"

    @property
    def keys(self) -> str:
        return f"{self.prefix}keys"

    @property
    def history(self) -> str:
        return f"{self.prefix}history"

    @property
    def outbox(self) -> str:
        return f"{self.prefix}outbox"

    @property
    def subscriptions(self) -> str:
        """The notification service's, which this one reads."""
        return subscriptions.table(self.prefix)

    @property
    def definitions(self) -> list[dict[str, Any]]:
        """The definitions for kit.stores.dynamo_tables.ensure_table, one for each table."""
        return [
            {
                "TableName": self.classes,
                **_schema(("ClassID", "N"), also=(("Catalog", "S"),)),
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": BY_CATALOG,
                        "KeySchema": _keys(("Catalog", "S"), ("ClassID", "N")),
                        "Projection": {"ProjectionType": "KEYS_ONLY"},
                    }
                ],
            },
            {
                "TableName": self.enrollments,
                **_schema(("ClassID", "N"), ("StudentID", "N"), also=_INDEXED),
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": BY_OFFER,
                        "KeySchema": _keys(("OfferShard", "N"), ("OfferedUntil", "N")),
                        "Projection": {"ProjectionType": "KEYS_ONLY"},
                    },
                    {
                        "IndexName": BY_WAITING_STUDENT,
                        "KeySchema": _keys(("WaitingStudent", "N"), ("ClassID", "N")),
                        "Projection": {"ProjectionType": "KEYS_ONLY"},
                    },
                    {
                        "IndexName": BY_STUDENT,
                        "KeySchema": _keys(("StudentID", "N"), ("ClassID", "N")),
                        "Projection": {"ProjectionType": "KEYS_ONLY"},
                    },
                ],
                "LocalSecondaryIndexes": [
                    {
                        "IndexName": BY_STANDING,
                        "KeySchema": _keys(("ClassID", "N"), ("Standing", "S")),
                        "Projection": {"ProjectionType": "ALL"},
                    }
                ],
            },
            {"TableName": self.keys, **_schema(("Key", "S"))},
            {"TableName": self.history, **_schema(("ClassID", "N"), ("Number", "N"))},
            {"TableName": self.outbox, **_schema(("Shard", "N"), ("Written", "S"))},
            subscriptions.definition(self.prefix),
            idempotency_keys.definition(self.prefix),
        ]


Attribute = tuple[str, str]
_INDEXED = (("Standing", "S"), ("WaitingStudent", "N"), ("OfferShard", "N"), ("OfferedUntil", "N"))


def _keys(*attributes: Attribute) -> list[dict[str, str]]:
    kinds = ("HASH", "RANGE")
    return [{"AttributeName": name, "KeyType": kind} for (name, _), kind in zip(attributes, kinds, strict=False)]


def _schema(*keys: Attribute, also: tuple[Attribute, ...] = ()) -> dict[str, Any]:
    return {
        "KeySchema": _keys(*keys),
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in (*keys, *also)],
    }
