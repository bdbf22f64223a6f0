"""Thousands of classes beside those of the campaign, and who asks for the list of them and for the services' health.

They are loaded in bulk and stay: the next campaign finds them there. Replies must come in time, as all others.
"""

import random
import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from enrollment.adapters.class_store import MOST_ADDED
from enrollment.domain.class_section import ClassStatus
from enrollment.service.catalog import Catalog, NewClass
from kit.concurrency.backoff import pauses
from kit.errors import Unavailable
from verify.accounts import REGISTRAR
from verify.api import Api, Direct
from verify.background import Background
from verify.history import History
from verify.system import Unfit

_THREADS, _LOADED_WITHIN_S = 4, 240.0  # on two cores that others use, too
_PAUSE_S = (0.2, 1.0)
_OF_A_PAGE = 100


def load(catalog: Catalog, count: int, teacher: int) -> None:
    """Those of them that are not there yet. Raises Unfit."""
    give_up_at = time.monotonic() + _LOADED_WITHIN_S
    numbers = range(1, count + 1)
    parts = [numbers[at : at + MOST_ADDED] for at in range(0, count, MOST_ADDED)]

    def add(part: range) -> None:
        wanted = [
            NewClass(f"VERIFY {1 + n // 100}", n, "One of many", "Verification", teacher, 9, 9, ClassStatus.ACTIVE)
            for n in part
        ]
        for pause_s in pauses(first_s=0.1, longest_s=2):
            try:
                catalog.add_all(wanted)
            except Unavailable:
                if time.monotonic() > give_up_at:
                    raise Unfit(f"{count} classes could not be loaded: DynamoDB does not answer") from None
                time.sleep(pause_s)
            else:
                return

    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(add, parts))


class ManyClasses(Background):
    def __init__(self, api: Api, direct: Direct, history: History, student: int, count: int, seed: int) -> None:
        super().__init__(self._list, self._look_at_health)
        self._api, self._direct, self._history, self._student, self._count = api, direct, history, student, count
        self._dice = random.Random(seed)  # noqa: S311 - guards no secret

    def close(self) -> None:
        self._api.close()
        self._direct.close()

    def _list(self) -> None:
        """The whole list, by its tag; and pages of it, of a student and of the registrar."""
        tag: dict[str, str] = {}
        while not self._stop.wait(self._dice.uniform(*_PAUSE_S)):
            reply, _ = self._api.request(self._student, "GET", "/student/list", tag)
            if reply is not None and reply.status_code == httpx.codes.OK:
                tag = {"If-None-Match": reply.headers["ETag"]}
                if (listed := len(reply.json()["Classes"])) < self._count:
                    self._history.strange.append(f"GET /student/list: {listed} of more than {self._count} classes")
            for who, path in ((self._student, "/student/list"), (REGISTRAR, "/registrar/classes")):
                self._api.request(who, "GET", f"{path}?limit={_OF_A_PAGE}")

    def _look_at_health(self) -> None:
        while not self._stop.wait(self._dice.uniform(*_PAUSE_S)):
            self._direct.get("/health/ready")
