"""A class in which thousands wait, beside the usual load: who waits there asks for positions, leaves and joins again.

Straight at the services: thousands of accounts would be made for it. Its students have ids that no account has.
"""

import random
import statistics
import time
from collections.abc import Callable
from functools import partial

import httpx

from enrollment.service.enrollments import Enrollments
from kit.concurrency.backoff import pauses
from kit.errors import AppError, Unavailable
from verify.background import Background
from verify.history import History
from verify.system import System, Unfit

FIRST_STUDENT = 8_000_000_001
_READERS, _MOVERS = 2, 2
_FILLED_WITHIN_S = 120.0
_WHO = "verify/verify@example.com"
_PAUSE_S = (0.02, 0.1)
_TIMEOUT_S = 20.0


class LongLine(Background):
    """Fill it first."""

    def __init__(
        self, system: System, history: History, clock: Callable[[], float], class_id: int, length: int
    ) -> None:
        runs = [partial(self._run, number < _READERS, number) for number in range(_READERS + _MOVERS)]
        super().__init__(*runs)
        self._urls, self._headers = system.enrollment_urls, system.headers
        self._history, self._clock = history, clock
        self._class_id, self._length = class_id, length

    def fill(self, enrollments: Enrollments) -> None:
        """As from a file: by requests of their own it would take minutes. Raises Unfit."""
        students = range(FIRST_STUDENT, FIRST_STUDENT + self._length + 1)
        give_up_at = time.monotonic() + _FILLED_WITHIN_S
        for pause_s in pauses(first_s=0.1, longest_s=2):
            try:
                outcomes = enrollments.load(self._class_id, students, waits=True, though_closed=False)
            except Unavailable as error:
                if time.monotonic() > give_up_at:
                    raise Unfit(f"{self._length} students could not join the long line: {error}") from None
                time.sleep(pause_s)
            else:
                break
        if refused := [outcome for outcome in outcomes if isinstance(outcome, AppError)]:
            raise Unfit(f"{len(refused)} of {self._length} students could not join the long line: {refused[0]}")

    def _run(self, reads: bool, number: int) -> None:
        dice = random.Random(number)  # noqa: S311 - guards no secret
        with httpx.Client(timeout=_TIMEOUT_S, headers=self._headers, trust_env=False) as client:
            while not self._stop.wait(dice.uniform(*_PAUSE_S)):
                student = FIRST_STUDENT + dice.randrange(self._length)
                if reads:
                    self._ask(client, dice, "GET", "waitlist", student)
                else:
                    self._ask(client, dice, "DELETE", "waitlistdrop", student)
                    self._ask(client, dice, "POST", "enroll", student)

    def _ask(self, client: httpx.Client, dice: random.Random, method: str, path: str, student: int) -> None:
        began_s, text = self._clock(), f"{method} /{path} in the long line"
        reply: httpx.Response | None = None
        try:
            reply = client.request(method, f"{dice.choice(self._urls)}/{path}/{student}/{self._class_id}/{_WHO}")
        except httpx.TransportError as error:
            text = f"{text}: {type(error).__name__}"
        ended_s = self._clock()
        self._history.note_reply(("enrollment",), began_s, ended_s, text)
        if reply is None:
            return
        if reply.status_code >= 500 and reply.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            self._history.other_failures.append(f"{text}: {reply.status_code} {reply.text[:200]}")
        elif method == "GET" and reply.status_code == httpx.codes.OK:
            self._history.long_line_ms.append(1000 * (ended_s - began_s))
            place, length = reply.json()["position"], reply.json()["length"]
            if not 1 <= place <= length <= self._length + 1:
                self._history.strange.append(f"{text}: {place} of {length}")


def summary(times_ms: list[float]) -> str:
    """Of the positions asked for there."""
    if len(times_ms) < 2:
        return "none"
    cuts = statistics.quantiles(times_ms, n=100)
    return f"{len(times_ms)} positions in the long line: median {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms"
