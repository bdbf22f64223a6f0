"""Asks enrollment at its own port, and Redis, for everything they tell of a class, see check_rest."""

from typing import Any

import httpx

from enrollment.bootstrap import Dependencies
from kit.errors import Unavailable
from verify.api import Direct
from verify.check_rest import Telling
from verify.participants import Participants

WHO = "verify/verify@example.com"


class NoAnswer(Exception):
    """Something did not answer, or not with what could be read."""


class Probe:
    def __init__(self, api: Direct, deps: Dependencies, participants: Participants) -> None:
        self._deps = deps
        self._participants = participants
        self._api = api

    def tell(self, class_id: int) -> Telling:
        """Raises NoAnswer."""
        facts = self._get(f"/class/{class_id}") or {}
        lists = {
            path: self._get(f"/{path}/{facts.get('InstructorID', 0)}/{class_id}/{WHO}") or {}
            for path in ("enrolled", "dropped", "instructorwaitlist")
        }
        try:
            line = self._deps.waitlists.show(class_id)
        except Unavailable as error:
            raise NoAnswer(str(error)) from error
        return Telling(
            class_id,
            facts.get("CurrentEnrollment", -1),
            facts.get("CurrentWaitlist", -1),
            [row["StudentID"] for row in lists["enrolled"].get("Enrolled Students", ())],
            [row["StudentID"] for row in lists["dropped"].get("Dropped Students", ())],
            [row["student_id"] for row in lists["instructorwaitlist"].get("Waitlist", ())],
            line,
            {student: self._position(student, class_id) for student in self._participants.members[class_id]},
        )

    def close(self) -> None:
        self._api.close()

    def _position(self, student: int, class_id: int) -> tuple[int, int] | None:
        told = self._get(f"/waitlist/{student}/{class_id}/{WHO}")
        return None if told is None else (told["position"], told["length"])

    def _get(self, path: str) -> Any:
        """The body of a 200, None for a 404."""
        reply = self._api.get(path)
        if reply is not None and reply.status_code in (httpx.codes.OK, httpx.codes.NOT_FOUND):
            return reply.json() if reply.status_code == httpx.codes.OK else None
        raise NoAnswer(f"GET {path}: {'no reply' if reply is None else reply.status_code}")
