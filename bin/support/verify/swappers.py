"""Students who swap seats in two classes, beside the usual load. A swap is both or nothing: each sits in exactly one.

All seats of both are taken by them, and they do nothing but swap, leave the line of the other class again, and pause in
it. So at every moment, and after any fault, each sits in one of the two classes and never in both. One transaction over
both looks it up.
"""

import random
from collections.abc import Callable

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from enrollment.adapters import items
from enrollment.bootstrap import Dependencies
from enrollment.domain.record import State
from kit.errors import Unavailable
from kit.stores.dynamo import number
from verify import columns
from verify.api import Api
from verify.background import Background
from verify.history import History, Violation

SEATS = 4  # of each class
_PAUSE_S, _LOOK_EVERY_S = (0.05, 0.3), 0.3
_SENSIBLE = {httpx.codes.OK, httpx.codes.NOT_FOUND, httpx.codes.CONFLICT, httpx.codes.SERVICE_UNAVAILABLE}


class Swappers(Background):
    """`pair`: the two classes. The students are the first 2 x SEATS. Seat them first."""

    def __init__(
        self, api: Api, deps: Dependencies, history: History, pair: tuple[int, int], students: list[int], seed: int
    ) -> None:
        super().__init__(self._swap, self._look)
        self._api, self._deps, self._history, self._pair = api, deps, history, pair
        self._students = students[: 2 * SEATS]
        self._dice = random.Random(seed)  # noqa: S311 - guards no secret
        self._sat: dict[int, list[int]] = {}
        self.found: list[Violation] = []

    def seat(self, ask: Callable[[int, str, str], object]) -> None:
        """`ask` insists on a 200."""
        for place, student in enumerate(self._students):
            ask(student, "POST", f"/student/enroll/{self._pair[place % 2]}")

    def close(self) -> None:
        self._api.close()

    def _swap(self) -> None:
        while not self._stop.wait(self._dice.uniform(*_PAUSE_S)):
            student = self._dice.choice(self._students)
            one, other = self._dice.sample(self._pair, 2)
            method, path = self._dice.choices(
                (
                    ("POST", f"/student/swap/{one}/{other}"),
                    ("DELETE", f"/student/waitlist/drop/{other}"),
                    ("PUT", f"/student/waitlist/{other}/pause"),
                    ("DELETE", f"/student/waitlist/{other}/pause"),
                ),
                (80, 8, 4, 8),
            )[0]
            reply, _ = self._api.request(student, method, path)
            if reply is not None and reply.status_code not in _SENSIBLE:
                self._history.strange.append(f"{student}: {method} {path}: {reply.status_code} {reply.text[:200]}")

    def _look(self) -> None:
        while not self._stop.wait(_LOOK_EVERY_S):
            self.look()

    def look(self) -> None:
        tables = self._deps.tables
        gets = [
            {
                "Get": {
                    "TableName": tables.enrollments,
                    "Key": {"ClassID": number(class_id), "StudentID": number(student)},
                }
            }
            for student in self._students
            for class_id in self._pair
        ]
        try:
            reply = self._deps.database.transact_get_items(TransactItems=gets)  # type: ignore[arg-type]
        except (Unavailable, BotoCoreError, ClientError):
            return
        self._history.swap_looks += 1
        found = [each["Item"] for each in reply["Responses"] if each.get("Item")]
        records = [(int(item["ClassID"]["N"]), items.record_from_item(item)) for item in found]
        for student in self._students:
            sits = [i for i, record in records if record.student_id == student and record.state is State.ENROLLED]
            if len(sits) != 1:
                self.found.append(Violation(columns.SWAP, f"student {student} sits in {sits} of classes {self._pair}"))
            self._history.swaps += self._sat.get(student, sits) != sits
            self._sat[student] = sits
