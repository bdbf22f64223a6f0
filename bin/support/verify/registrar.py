"""Before and after: classes made and subscriptions made through the API, and taken away again."""

import random
import time
from collections.abc import Callable
from typing import Any

import httpx

from verify import participants
from verify.api import INSTRUCTOR, Api
from verify.history import History
from verify.participants import Participants
from verify.system import System, Unfit

_PATIENCE_S = 20.0
_CLEARING_PATIENCE_S = 60.0


class Registrar:
    """Its requests are not part of what is measured: they are counted in a History of their own."""

    def __init__(self, system: System, history: History, clock: Callable[[], float]) -> None:
        self._history = history
        self._api = Api(system, History(), clock, random.Random(0))  # noqa: S311 - guards no secret

    def prepare(self, webhook_url: str) -> Participants:
        """Raises Unfit if the system does not let us."""
        name = participants.new_name()
        for number, (seats, places) in enumerate(participants.SIZES, start=1):
            path = (
                f"/add/{number}/VERIFY {name}/A class of bin verify/Verification/{INSTRUCTOR}/{seats}/active/{places}"
            )
            details = self._retry_until_ok("enrollment", "POST", path)["class_details"]
            self._history.class_ids.append(int(details["ClassID"]))
        who = participants.enroll_all(name, self._history)
        for (student, class_id), channels in self._history.subscriptions.items():
            wishes = {"email": who.address(student), "proxyURL": webhook_url}
            body = {
                key: wishes[key]
                for key, channel in (("email", "email"), ("proxyURL", "webhook"))
                if channel in channels
            }
            self._retry_until_ok("notification", "POST", f"/subscribe/{student}/{class_id}", body)
        return who

    def clear_away(self) -> list[str]:
        """Everything that `prepare` made; returns a sentence for each thing that could not be taken away."""
        left = []
        give_up_at = time.monotonic() + _CLEARING_PATIENCE_S
        things = [
            (f"class {class_id}", "enrollment", f"/remove/{class_id}") for class_id in self._history.class_ids
        ] + [
            (f"the subscription of {student} to {class_id}", "notification", f"/subscribe/remove/{student}/{class_id}")
            for student, class_id in self._history.subscriptions
        ]
        for what, service, path in things:
            try:
                self._retry_until_ok(service, "DELETE", path, give_up_at=give_up_at, gone_is_fine=True)
            except Unfit as reason:
                left.append(f"{what} is still there: {reason}")
        self._api.close()
        return left

    def _retry_until_ok(
        self,
        service: str,
        method: str,
        path: str,
        json: Any = None,
        *,
        give_up_at: float | None = None,
        gone_is_fine: bool = False,
    ) -> Any:
        """The body of a 200; whoever does not answer, or answers 503, is asked again for a while."""
        give_up_at = give_up_at or time.monotonic() + _PATIENCE_S
        while True:
            reply, _ = self._api.request(service, method, path, json=json)
            if reply is not None and reply.status_code == httpx.codes.OK:
                return reply.json()
            if gone_is_fine and reply is not None and reply.status_code == httpx.codes.NOT_FOUND:
                return None
            lasting = reply is not None and reply.status_code != httpx.codes.SERVICE_UNAVAILABLE
            if lasting or time.monotonic() > give_up_at:
                said = "no reply" if reply is None else f"{reply.status_code} {reply.text[:200]}"
                raise Unfit(f"{method} {path}: {said}")
            time.sleep(0.5)
