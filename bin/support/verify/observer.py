"""Looks at classes in DynamoDB, over and over: each look is one transaction, so it shows one moment."""

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
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
        tables = self._deps.tables
        key = {"ClassID": number(class_id)}
        gets: list[Any] = [{"Get": {"TableName": tables.classes, "Key": key}}]
        gets += [
            {"Get": {"TableName": tables.enrollments, "Key": {**key, "StudentID": number(student)}}}
            for student in self._members[class_id]
        ]
        began_s = self._clock()
        try:
            found = self._deps.database.transact_get_items(TransactItems=gets)["Responses"]
        except (Unavailable, BotoCoreError, ClientError):
            return False  # it is down, or (on AWS) a transaction is in the way; there will be another look
        self._into.append(_snapshot([reply.get("Item") for reply in found], began_s, self._clock()))
        return True

    def _run(self) -> None:
        for class_id in cycle(self._members):
            if self._stop.wait(_EVERY_S):
                return
            self.look(class_id)


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
    )
