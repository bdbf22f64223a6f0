"""Lines that change now and then and are looked at all the time, beside the usual load, whose lines always move.

There the next change makes good what a reader was told too late, mostly before anybody has asked. Here one student of
each line leaves it and joins it again, and the others behave like a page that is open.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from verify.api import Api
from verify.background import Background
from verify.history import Asked, History, Membership, Said
from verify.load import Client, Wishes
from verify.observer import Observer
from verify.registrar import Registrar

SEATS, PLACES = 1, 3
_MOVERS, _READERS = 2, 4
_OUT: Wishes = {who: {Asked.ENROLL: 1} for who in (Membership.STRANGER, Membership.DROPPED, Membership.SEATED)}
_MOVES: Wishes = {**_OUT, Membership.WAITING: {Asked.LEAVE: 1}}
_READS: Wishes = {**_OUT, Membership.WAITING: {Asked.POSITION: 1}}


class StillLines(Background):
    def __init__(
        self,
        count: int,
        registrar: Registrar,
        api: Callable[[], Api],
        observer: Callable[[Mapping[int, Sequence[int]]], Observer],
        history: History,
        clock: Callable[[], float],
        students: Sequence[int],
        seed: int,
    ) -> None:
        """The classes are made, and their seats taken for good. `observer`: of the students of each class."""
        class_ids = [registrar.add_one(SEATS, PLACES) for _ in range(count)]
        # Not all the same: nobody may ask more than 50 times a second.
        members = {class_id: _four(students, number) for number, class_id in enumerate(class_ids)}
        _seat(api(), [(of_class[0], class_id) for class_id, of_class in members.items()])
        moving = [(of_class[1], class_id) for class_id, of_class in members.items()]
        reading = [(student, class_id) for class_id, of_class in members.items() for student in of_class[2:]]
        shares = [(pairs, _MOVES) for pairs in _shared(moving, _MOVERS)]
        shares += [(pairs, _READS) for pairs in _shared(reading, _READERS)]
        runs: list[Callable[[], None]] = []
        for number, (pairs, wishes) in enumerate(shares):
            dice = random.Random(1000 * seed + number)  # noqa: S311 - guards no secret
            client = Client(api(), history, pairs, 0, dice, clock, wishes, beside=0.0)
            runs.append(partial(self._run, client))
        super().__init__(*runs)
        self._observer = observer(members)

    def start(self) -> None:
        super().start()
        self._observer.start()

    def close(self) -> None:
        self._observer.stop()
        self.failures += self._observer.failures

    def _run(self, client: Client) -> None:
        client.run(self._stop)


def _four(students: Sequence[int], number: int) -> Sequence[int]:
    """Who sits, who moves, and two who read."""
    first = (SEATS + PLACES) * number
    return [students[(first + place) % len(students)] for place in range(SEATS + PLACES)]


def _seat(api: Api, pairs: Sequence[tuple[int, int]]) -> None:
    """Before anything is broken."""
    for pair in pairs:
        while api.ask(Asked.ENROLL, *pair)[0].said not in (Said.SEATED_NEW, Said.IS_SEATED):
            time.sleep(0.1)
    api.close()


def _shared(pairs: Sequence[tuple[int, int]], among: int) -> list[Sequence[tuple[int, int]]]:
    return [pairs[number::among] for number in range(among)]
