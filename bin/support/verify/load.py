"""The load: threads that enroll, drop, leave and refresh positions. Each student belongs to one thread.

So what a student was told last is known, and no two of his requests meet. After a reply that was lost he rests until
what he asked for can no longer happen unseen; the others of his thread go on.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Event

import httpx

from verify.accounts import Accounts
from verify.api import Api
from verify.background import Background
from verify.history import Answer, Asked, History, Membership, Said, Validator
from verify.operations import OPERATIONS, Student
from verify.participants import Participants
from verify.system import System

THREADS = 6
_PAUSE_S = (0.01, 0.05)
_BESIDE = 0.12  # of what a student does is one of OPERATIONS

_NOW = {
    Said.SEATED_NEW: Membership.SEATED,
    Said.SEATED_AGAIN: Membership.SEATED,
    Said.IS_SEATED: Membership.SEATED,
    Said.JOINED: Membership.WAITING,
    Said.IS_WAITING: Membership.WAITING,
    Said.POSITION: Membership.WAITING,
    Said.NOT_MODIFIED: Membership.WAITING,
    Said.NOT_IN_LINE: Membership.SEATED,
    Said.FULL: Membership.DROPPED,
    Said.CLOSED: Membership.DROPPED,
    Said.DROPPED: Membership.DROPPED,
    Said.LEFT: Membership.DROPPED,
    Said.IS_DROPPED: Membership.DROPPED,
    Said.IS_STRANGER: Membership.STRANGER,
}
# What a student mostly asks, by what he was told last; some of it makes no sense, and must be refused.
_OUT = {Asked.ENROLL: 84, Asked.DROP: 5, Asked.LEAVE: 5, Asked.POSITION: 6}
Wishes = Mapping[Membership, Mapping[Asked, int]]
_WISHES: Wishes = {
    Membership.STRANGER: _OUT,
    Membership.DROPPED: _OUT,
    Membership.WAITING: {
        Asked.POSITION: 78,
        Asked.LEAVE: 6,
        Asked.ENROLL: 10,
        Asked.DROP: 4,
        Asked.INSTRUCTOR_DROP: 2,
    },
    Membership.SEATED: {
        Asked.DROP: 52,
        Asked.INSTRUCTOR_DROP: 24,
        Asked.ENROLL: 10,
        Asked.LEAVE: 6,
        Asked.POSITION: 8,
    },
}


class Load(Background):
    def __init__(
        self,
        system: System,
        history: History,
        participants: Participants,
        accounts: Accounts,
        seed: int,
        clock: Callable[[], float],
    ) -> None:
        clients = [
            Client(
                Api(system, history, clock, accounts),
                history,
                _share(participants, share),
                participants.quiet,
                _dice(seed, share),
                clock,
            )
            for share in range(THREADS)
        ]
        super().__init__(*(partial(self._run, client) for client in clients))

    def _run(self, client: "Client") -> None:
        client.run(self._stop)


def _dice(seed: int, share: int) -> random.Random:
    return random.Random(seed * THREADS + share)  # noqa: S311 - guards no secret


def _share(participants: Participants, share: int) -> list[tuple[int, int]]:
    return [pair for pair in participants.pairs if participants.students.index(pair[0]) % THREADS == share]


class Client:
    """One thread's work. `wishes`: what a student asks, by what he was told last; `beside`: how much of it is else."""

    def __init__(
        self,
        api: Api,
        history: History,
        pairs: Sequence[tuple[int, int]],
        quiet: int,
        dice: random.Random,
        clock: Callable[[], float],
        wishes: Wishes = _WISHES,
        beside: float = _BESIDE,
    ) -> None:
        self._wishes, self._beside = wishes, beside
        self._pairs = pairs
        self._students = {pair[0]: Student(pair[0], api, history, clock, quiet) for pair in pairs}
        self._dice = dice
        self._clock = clock
        self._api = api
        self._told: dict[tuple[int, int], Membership] = dict.fromkeys(pairs, Membership.STRANGER)
        self._rests_until_s: dict[tuple[int, int], float] = dict.fromkeys(pairs, 0.0)
        self._had: dict[tuple[int, int], list[tuple[Validator, httpx.Headers]]] = {pair: [] for pair in pairs}

    def run(self, stop: Event) -> None:
        try:
            while not stop.wait(self._dice.uniform(*_PAUSE_S)):
                pair = self._dice.choice(self._pairs)
                if self._dice.random() < self._beside:
                    operation = self._dice.choices(list(OPERATIONS), list(OPERATIONS.values()))[0]
                    operation(self._students[pair[0]])
                elif self._clock() >= self._rests_until_s[pair]:
                    self._ask(pair)
        finally:
            self._api.close()

    def _ask(self, pair: tuple[int, int]) -> None:
        wishes = self._wishes[self._told[pair]]
        asked = self._dice.choices(list(wishes), list(wishes.values()))[0]
        if asked is Asked.POSITION:
            self._ask_position(pair)
            return
        answer, _ = self._api.ask(asked, *pair)
        self._note(pair, answer)

    def _ask_position(self, pair: tuple[int, int]) -> None:
        validator, headers = self._condition(pair)
        answer, reply = self._api.ask(Asked.POSITION, *pair, validator, headers)
        self._note(pair, answer)
        if reply is not None and answer.said is Said.POSITION and answer.version is not None:
            had = self._had[pair]
            had.append((Validator(answer.version, answer.ended_s, ""), reply.headers))
            del had[:-4]

    def _condition(self, pair: tuple[int, int]) -> tuple[Validator | None, dict[str, str]]:
        """Mostly what was got last, sometimes something older; by its tag, its date, or both."""
        had = self._had[pair]
        if not had or self._dice.random() < 0.1:
            return None, {}
        validator, headers = had[-1] if self._dice.random() < 0.8 else self._dice.choice(had)
        names = self._dice.choice((["ETag"], ["ETag"], ["Last-Modified"], ["Last-Modified"], ["ETag", "Last-Modified"]))
        sent = {{"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}[name]: headers[name] for name in names}
        return Validator(validator.version, validator.obtained_s, " and ".join(sent)), sent

    def _note(self, pair: tuple[int, int], answer: Answer) -> None:
        if answer.said in _NOW:
            self._told[pair] = _NOW[answer.said]
        elif answer.changes:
            self._rests_until_s[pair] = answer.settled_s
