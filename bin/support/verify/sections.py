"""Students of a course of which only one section may be held, beside the usual load: they try for seats in all of them.

They enroll wherever they can, also in several sections at the same time, swap between them, drop, leave, and pause. The
sections are theirs alone. check_sections looks at where they sit.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import httpx

from enrollment.bootstrap import Dependencies
from verify.api import Api
from verify.background import Background
from verify.history import History, Snapshot
from verify.observer import look

SECTIONS, SEATS, PLACES, STUDENTS = 3, 2, 8, 10
THREADS = 3
_PAUSE_S, _LOOK_EVERY_S = (0.03, 0.2), 0.3
_SENSIBLE = {httpx.codes.OK, httpx.codes.NOT_FOUND, httpx.codes.CONFLICT, httpx.codes.SERVICE_UNAVAILABLE}
_REFUSED = "of this course only one section may be held"
_WISHES: Mapping[tuple[str, str], int] = {
    ("POST", "/student/enroll/{one}"): 40,
    ("DELETE", "/student/remove/{one}"): 22,
    ("POST", "/student/swap/{one}/{other}"): 20,
    ("DELETE", "/student/waitlist/drop/{one}"): 6,
    ("PUT", "/student/waitlist/{one}/pause"): 4,
    ("DELETE", "/student/waitlist/{one}/pause"): 8,
}


class Sections(Background):
    """One of `apis` for each thread. Any thread asks for any student, so two sections are asked for at one moment."""

    def __init__(
        self,
        apis: Sequence[Api],
        deps: Dependencies,
        history: History,
        class_ids: Sequence[int],
        students: Sequence[int],
        seed: int,
        clock: Callable[[], float],
    ) -> None:
        runs = [partial(self._ask, api, random.Random(seed + number)) for number, api in enumerate(apis)]  # noqa: S311
        super().__init__(*runs, self._look)
        self._apis, self._deps, self._history, self._clock = apis, deps, history, clock
        self._class_ids = class_ids
        self._members = dict.fromkeys(class_ids, students[:STUDENTS])

    def close(self) -> None:
        for api in self._apis:
            api.close()

    def look(self) -> tuple[Snapshot, ...]:
        """All sections at one moment, noted; empty when the database does not answer."""
        found = look(self._deps, self._members, self._clock)
        if found:
            self._history.course_looks.append(found)
            self._history.sections["passed over in a look"] += sum(len(section.skipped) for section in found)
        return found

    def _ask(self, api: Api, dice: random.Random) -> None:
        while not self._stop.wait(dice.uniform(*_PAUSE_S)):
            student = dice.choice(self._members[self._class_ids[0]])
            one, other = dice.sample(self._class_ids, 2)
            method, path = dice.choices(list(_WISHES), list(_WISHES.values()))[0]
            path = path.format(one=one, other=other)
            reply, _ = api.request(student, method, path)
            if reply is None:
                continue
            if reply.status_code not in _SENSIBLE:
                self._history.strange.append(f"{student}: {method} {path}: {reply.status_code} {reply.text[:200]}")
            self._history.sections["refused for another seat"] += _REFUSED in reply.text
            if "/swap/" in path and reply.status_code == httpx.codes.OK:
                self._history.sections["swapped" if reply.json()["swapped"] else "waiting to swap"] += 1

    def _look(self) -> None:
        while not self._stop.wait(_LOOK_EVERY_S):
            self.look()
