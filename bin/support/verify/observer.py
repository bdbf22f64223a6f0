"""Looks at classes in DynamoDB, over and over: each look is one transaction, so it shows one moment."""

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle, islice
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from enrollment.adapters import items
from enrollment.bootstrap import Dependencies
from enrollment.domain.record import State
from kit.errors import Unavailable
from kit.stores.dynamo import number
from verify.background import Background
from verify.history import Snapshot

_EVERY_S = 0.12


class Observer(Background):
    """`members`: the students of each class. Its snapshots go `into` a list."""

    def __init__(
        self,
        deps: Dependencies,
        into: list[Snapshot],
        members: Mapping[int, Sequence[int]],
        clock: Callable[[], float],
    ) -> None:
        super().__init__(self._run)
        self._deps = deps
        self._into = into
        self._members = members
        self._clock = clock

    def look(self, class_id: int) -> bool:
        """Adds a snapshot; False when the database does not answer."""
        found = look(self._deps, {class_id: self._members[class_id]}, self._clock)
        self._into += found
        return bool(found)

    def _run(self) -> None:
        for class_id in cycle(self._members):
            if self._stop.wait(_EVERY_S):
                return
            self.look(class_id)


def look(deps: Dependencies, members: Mapping[int, Sequence[int]], clock: Callable[[], float]) -> tuple[Snapshot, ...]:
    """Classes with these students, all at one moment, in one transaction (of at most 100 items); empty when the
    database does not answer."""
    tables = deps.tables
    gets: list[Any] = []
    for class_id, students in members.items():
        key = {"ClassID": number(class_id)}
        gets.append({"Get": {"TableName": tables.classes, "Key": key}})
        gets += [
            {"Get": {"TableName": tables.enrollments, "Key": {**key, "StudentID": number(student)}}}
            for student in students
        ]
    began_s = clock()
    try:
        replies = iter(deps.database.transact_get_items(TransactItems=gets)["Responses"])
    except (Unavailable, BotoCoreError, ClientError):
        return ()  # it is down, or (on AWS) a transaction is in the way; there will be another look
    found = [[reply.get("Item") for reply in islice(replies, 1 + len(some))] for some in members.values()]
    ended_s = clock()
    return tuple(_snapshot(items_of_class, began_s, ended_s) for items_of_class in found)


def _snapshot(found: list[Any], began_s: float, ended_s: float) -> Snapshot:
    section = items.class_from_item(found[0])
    held = [item for item in found[1:] if item]
    records = [items.record_from_item(item) for item in held]
    # The sort key of the index by which seats and line are listed says the same as the state, or somebody is in both.
    contradictory = [
        record.student_id
        for item, record in zip(held, records, strict=True)
        if item["Standing"]["S"] != items.standing(record)
    ]
    ended_wall_s = time.time()
    return Snapshot(
        class_id=section.class_id,
        began_s=began_s,
        ended_s=ended_s,
        capacity=section.max_capacity,
        places=section.waitlist_maximum,
        current_enrollment=section.current_enrollment,
        current_waitlist=section.current_waitlist,
        line_version=section.line_version,
        seated=frozenset(record.student_id for record in records if record.state is State.ENROLLED),
        line=tuple(sorted((r.sequence_number, r.student_id) for r in records if r.state is State.WAITLISTED)),
        dropped=frozenset(record.student_id for record in records if record.state is State.DROPPED),
        contradictory=tuple(contradictory),
        paused=frozenset(record.student_id for record in records if record.paused),
        offered={r.student_id: ended_s + r.offered_until_s - ended_wall_s for r in records if r.offered_until_s},
        open_offers=section.open_offers,
        skipped={record.student_id: record.skipped_for for record in records if record.skipped_for},
    )
