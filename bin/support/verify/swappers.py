"""Students who swap seats in two classes, beside the usual load. A swap is both or nothing: each sits in exactly one.

All seats of both are taken by them, and they do nothing but swap, leave the line of the other class again, and pause in
it. So at every moment, and after any fault, each sits in one of the two classes and never in both. One transaction over
both looks it up.
"""

import random
from collections.abc import Callable
from threading import Event, Thread

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from enrollment.adapters import items
from enrollment.bootstrap import Dependencies
from enrollment.domain.record import State
from kit.errors import Unavailable
from kit.stores.dynamo import number
from verify import columns
from verify.api import Api
from verify.history import History, Violation

SEATS = 4  # of each class
_PAUSE_S, _LOOK_EVERY_S = (0.05, 0.3), 0.3
_SENSIBLE = {httpx.codes.OK, httpx.codes.NOT_FOUND, httpx.codes.CONFLICT, httpx.codes.SERVICE_UNAVAILABLE}


class Swappers:
    """`pair`: the two classes. The students are the first 2 x SEATS. Seat them, start it, stop it."""

    def __init__(
        self, api: Api, deps: Dependencies, history: History, pair: tuple[int, int], students: list[int], seed: int
    ) -> None:
        self._api, self._deps, self._history, self._pair = api, deps, history, pair
        self._students = students[: 2 * SEATS]
        self._dice = random.Random(seed)  # noqa: S311 - guards no secret
        self._stop = Event()
        self._threads = [Thread(target=run, daemon=True) for run in (self._swap, self._look)]
        self.found: list[Violation] = []

    def seat(self, ask: Callable[[int, str, str], object]) -> None:
        """`ask` insists on a 200."""
        for place, student in enumerate(self._students):
            ask(student, "POST", f"/student/enroll/{self._pair[place % 2]}")

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
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
            elif reply is not None and reply.status_code == httpx.codes.OK and "/swap/" in path:
                self._history.swaps += bool(reply.json().get("swapped"))

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
        records = [items.record_from_item(each["Item"]) for each in reply["Responses"] if each.get("Item")]
        for student in self._students:
            states = [record.state for record in records if record.student_id == student]
            if states.count(State.ENROLLED) != 1:
                text = f"student {student} sits in {states.count(State.ENROLLED)} of classes {self._pair}: {states}"
                self.found.append(Violation(columns.SWAP, text))
