"""The registrar beside the load: classes grow and shrink, close and open again."""

import random
from collections.abc import Callable

import httpx

from verify import participants
from verify.accounts import REGISTRAR, Accounts
from verify.api import Api, late_s
from verify.background import Background
from verify.history import Change, History
from verify.system import System

_PAUSE_S = (0.3, 2.0)
_CLOSED_S = 0.3
_MORE_SEATS = 3
_SAID: dict[int, str] = {httpx.codes.OK: "done", httpx.codes.ACCEPTED: "done", httpx.codes.CONFLICT: "refused"}
_EXPECTED = {*_SAID, httpx.codes.SERVICE_UNAVAILABLE}


class RegistrarChanges(Background):
    def __init__(
        self, system: System, history: History, accounts: Accounts, seed: int, clock: Callable[[], float]
    ) -> None:
        super().__init__(self._run)
        self._history = history
        self._clock = clock
        self._dice = random.Random(seed)  # noqa: S311 - guards no secret
        self._api = Api(system, history, clock, accounts)

    def close(self) -> None:
        self._api.close()

    def _run(self) -> None:
        while not self._stop.wait(self._dice.uniform(*_PAUSE_S)):
            class_id = self._dice.choice(self._history.class_ids)
            if self._dice.random() < 0.7:
                self._resize(class_id)
            else:
                self._close_for_a_moment(class_id)

    def _resize(self, class_id: int) -> None:
        """Up to some seats more than at first; a class never has fewer seats than are taken (409)."""
        seats, places = participants.SIZES[self._history.class_ids.index(class_id)]
        seats += self._dice.randint(0, _MORE_SEATS)
        # Before it is asked for: a reply that names that many seats may be read before this one.
        self._history.largest[class_id] = max(seats, self._history.largest.get(class_id, 0))
        self._put(class_id, "resize", f"/registrar/capacity/{class_id}/{seats}/{places}", seats, places)

    def _close_for_a_moment(self, class_id: int) -> None:
        self._put(class_id, "close", f"/registrar/state/{class_id}/inactive")
        self._stop.wait(_CLOSED_S)
        while not self._put(class_id, "open", f"/registrar/state/{class_id}/active") and not self._stop.wait(0.5):
            pass

    def _put(self, class_id: int, what: str, path: str, seats: int = 0, places: int = 0) -> bool:
        """Whether it was answered; what makes no sense is written down."""
        began_s = self._clock()
        reply, timed_out = self._api.request(REGISTRAR, "PUT", path)
        said, ended_s = _SAID.get(reply.status_code if reply is not None else 503, ""), self._clock()
        if said == "refused" and what != "resize":
            self._history.strange.append(f"PUT {path}: 409")
        settled_s = ended_s if said else ended_s + late_s(timed_out)
        self._history.changes.append(Change(class_id, what, said, began_s, settled_s, seats, places))
        if reply is not None and reply.status_code not in _EXPECTED:
            self._history.strange.append(f"PUT {path}: {reply.status_code} {reply.text[:200]}")
        return bool(said)
