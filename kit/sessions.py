"""Sessions that are over, as each process knows them about a second later, so that their tokens end before they expire.

A session's name is `<owner>.<generation>.<what is its own>`; the gateway takes it from the token's claim `sid` (OpenID
Connect Front-Channel Logout 1.0 §3). What ended is written as one text: the name of a session, or
`<owner>.<generation>` when all of an owner did that began in an earlier generation.

Nothing is asked for a request: a thread reads what was added to a log. While it cannot, what is known stays known, and
tokens of sessions that end meanwhile are good until they expire: a store that is away shuts nobody out.
"""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from threading import Event, Thread
from typing import Protocol

from kit.concurrency import threads
from kit.errors import AppError, Unauthorized

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
LONGEST_TOKEN_S = 3600  # no access token of a session is good for longer, so what ended earlier may be forgotten
KEPT_S = LONGEST_TOKEN_S + 60
# What is written now may have to wait for other transactions, and comes then before what was seen already.
OVERLAP_S = 10.0


class SessionOver(Unauthorized):
    """Expired, logged out, ended by a new password, or by a refresh token that was used twice: which is not said."""

    def __init__(self) -> None:
        super().__init__("The session is over; log in again")


class EndedLog(Protocol):
    def now_s(self) -> float:
        """By the clock that entries are dated with."""

    def since(self, at_s: float) -> Sequence[str]:
        """What ended since; the same again does no harm. Raises Unavailable."""


class EndedSessions:
    """`is_over` is for one event loop; what is read is read by a thread. Bounded by what ends in two hours."""

    def __init__(
        self, ended: EndedLog, every_s: float = LOOK_EVERY_S, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._log = ended
        self._every_s = every_s
        self._monotonic = monotonic
        self._from_s: float | None = None
        # The newer and the older half, of which the older is forgotten as a whole. An owner's value is the generation.
        self._newer: dict[str, int] = {}
        self._older: dict[str, int] = {}
        self._parted_at_s = monotonic()
        self._closing = Event()
        self._thread: Thread | None = None
        self._is_failing = False

    @property
    def is_empty(self) -> bool:
        return not (self._newer or self._older)

    def is_over(self, name: str) -> bool:
        """Of what is no session's name nothing is known."""
        newer, older = self._newer, self._older
        if name in newer or name in older:
            return True
        owner, _, rest = name.partition(".")
        began_before = max(newer.get(owner, 0), older.get(owner, 0))
        return began_before > 0 and _generation(rest) < began_before

    def start(self) -> None:
        self._thread = threads.keep_running("ended-sessions", self._follow)

    def close(self) -> None:
        self._closing.set()
        if self._thread:
            self._thread.join(1.0)

    def look(self) -> None:
        """Learn what ended since the last look. Raises Unavailable."""
        now_s = self._log.now_s()
        found = self._log.since(now_s - KEPT_S if self._from_s is None else self._from_s)
        self._part()
        self._learn(found)
        self._from_s = now_s - OVERLAP_S

    def _learn(self, ended: Iterable[str]) -> None:
        for each in ended:
            owner, _, rest = each.partition(".")
            if "." in rest:
                self._newer[each] = 0
            elif rest.isdecimal():
                self._newer[owner] = max(self._newer.get(owner, 0), int(rest))

    def _part(self) -> None:
        if self._monotonic() - self._parted_at_s > KEPT_S:
            self._older, self._newer = self._newer, {}
            self._parted_at_s = self._monotonic()

    def _follow(self) -> None:
        while not self._closing.is_set():
            try:
                self.look()
            except AppError as error:
                if not self._is_failing:
                    log.info("tokens of sessions that end now are good until they expire: %s", error)
                self._is_failing = True
            except Exception:
                if not self._closing.is_set():  # else its client was closed before us
                    raise
            else:
                self._is_failing = False
            self._closing.wait(self._every_s)


def _generation(rest: str) -> float:
    """That of a session's name without its owner; above all others for what is no such name."""
    try:
        return int(rest.partition(".")[0])
    except ValueError:
        return float("inf")
