"""Before and after: accounts, classes and subscriptions made through the gateway, and taken away again."""

import time
from collections.abc import Callable
from typing import Any

import httpx

from verify import participants
from verify.accounts import INSTRUCTOR, REGISTRAR, Accounts
from verify.api import Api
from verify.history import History
from verify.participants import Participants
from verify.system import System, Unfit

_TIMEOUT_S = 20.0
_CLEARING_TIMEOUT_S = 60.0


class Registrar:
    """Its requests are not part of what is measured: they are counted in a History of their own."""

    def __init__(self, system: System, history: History, clock: Callable[[], float], accounts: Accounts) -> None:
        self._history = history
        self._accounts = accounts
        self._api = Api(system, History(), clock, accounts)
        self._quiet = 0
        self.others: list[int] = []

    def prepare(self, webhook_url: str, hostile_url: Callable[[int], str] | None = None) -> Participants:
        """`hostile_url` by numbers: where others' webhooks go. Raises Unfit if the system does not let us."""
        name = participants.new_name()
        students = self._accounts.prepare(participants.STUDENTS)
        for number, (seats, places) in enumerate(participants.SIZES, start=1):
            self._history.class_ids.append(self._add(name, number, seats, places))
        self._quiet = self._add(name, len(participants.SIZES) + 1, 1, 1)
        who = participants.enroll_all(name, self._history, students, self._quiet)
        for (student, class_id), channels in self._history.subscriptions.items():
            wishes = {"email": who.address(student), "proxyURL": webhook_url}
            body = {
                key: wishes[key]
                for key, channel in (("email", "email"), ("proxyURL", "webhook"))
                if channel in channels
            }
            if hostile_url and "webhook" not in channels:
                body["proxyURL"] = hostile_url(student)
            self._retry_until_ok(student, "POST", f"/student/subscribe/{class_id}", body)
        return who

    @property
    def class_ids(self) -> list[int]:
        """All that were made."""
        return [*self._history.class_ids, *self.others, *([self._quiet] if self._quiet else [])]

    def add_one(self, seats: int, places: int) -> int:
        """A class of its own, with this size; taken away with the others."""
        class_id = self._add(participants.new_name(), 1, seats, places)
        self.others.append(class_id)
        return class_id

    def add_course(self, sections: int, seats: int, places: int) -> list[int]:
        """The sections of a course of its own, each of this size, of which only one may be held."""
        name = participants.new_name()
        class_ids = [self._add(name, number, seats, places) for number in range(1, sections + 1)]
        self.others += class_ids
        rule = {"promotion": "automatic", "one_section": True}
        self._retry_until_ok(REGISTRAR, "PUT", f"/registrar/policy/{class_ids[0]}", rule)
        return class_ids

    def require(self, who: int | str, method: str, path: str, json: Any = None) -> object:
        """The body of a 200. Raises Unfit."""
        return self._retry_until_ok(who, method, path, json)

    def _add(self, name: str, number: int, seats: int, places: int) -> int:
        teacher = self._accounts.of(INSTRUCTOR).user_id
        what = f"{number}/VERIFY {name}/A class of bin verify/Verification/{teacher}/{seats}/active/{places}"
        details = self._retry_until_ok(REGISTRAR, "POST", f"/registrar/add/{what}")["class_details"]
        return int(details["ClassID"])

    def clear_away(self) -> list[str]:
        """Everything that `prepare` made; returns a sentence for each thing that could not be taken away."""
        left = []
        give_up_at = time.monotonic() + _CLEARING_TIMEOUT_S
        things: list[tuple[str, int | str, str]] = [
            (f"class {class_id}", REGISTRAR, f"/registrar/remove/{class_id}") for class_id in self.class_ids
        ]
        pairs = [*self._history.subscriptions, *((student, self._quiet) for student in self._accounts.students)]
        things += [
            (f"the subscription of {student} to {class_id}", student, f"/student/subscribe/remove/{class_id}")
            for student, class_id in pairs
        ]
        for what, who, path in things:
            try:
                self._retry_until_ok(who, "DELETE", path, give_up_at=give_up_at, gone_is_fine=True)
            except Unfit as reason:
                left.append(f"{what} is still there: {reason}")
        self._api.close()
        return left

    def _retry_until_ok(
        self,
        who: int | str,
        method: str,
        path: str,
        json: Any = None,
        *,
        give_up_at: float | None = None,
        gone_is_fine: bool = False,
    ) -> Any:
        """The body of a 200; whoever does not answer, or answers 503, is asked again for a while."""
        give_up_at = give_up_at or time.monotonic() + _TIMEOUT_S
        while True:
            reply, _ = self._api.request(who, method, path, json=json)
            if reply is not None and reply.status_code in (httpx.codes.OK, httpx.codes.ACCEPTED):
                return reply.json()
            if gone_is_fine and reply is not None and reply.status_code == httpx.codes.NOT_FOUND:
                return None
            lasting = reply is not None and reply.status_code != httpx.codes.SERVICE_UNAVAILABLE
            if lasting or time.monotonic() > give_up_at:
                said = "no reply" if reply is None else f"{reply.status_code} {reply.text[:200]}"
                raise Unfit(f"{method} {path}: {said}")
            time.sleep(0.5)
