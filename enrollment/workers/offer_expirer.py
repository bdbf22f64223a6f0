"""Ends offers that were not answered in time: threads of the reconciler's process.

The time at which an offer runs out is stored with it, in an index in order of that time. So no timer is lost when a
process dies, and looking costs the same however many offers are open. Several may look at the same time. Some classes
are seen to beside each other, each for a short while at most: one that is very busy keeps no other waiting. Who is next
in line is read a little ahead, since many offers may end at one moment; what is decided then is held to the class as it
is by then.
"""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from math import inf
from operator import itemgetter
from typing import Protocol

from enrollment.domain.errors import ClassUnknown
from kit.concurrency import deadline
from kit.concurrency.shutdown import Shutdown
from kit.errors import AppError, Unavailable

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
AT_ONCE = 8  # classes
LONGEST_S = 1.0  # for one of them; what is left then is found at the next look
READ_AHEAD_S = 4  # before the end


class RunOut(Protocol):
    @property
    def now_s(self) -> Callable[[], float]: ...
    def offers_ending(self, by_s: int) -> Iterator[tuple[int, int, int]]: ...
    def read_ahead(self, class_id: int, most: int) -> None: ...


class Expiring(Protocol):
    def expire_offers(self, class_id: int, student_ids: Sequence[int]) -> None: ...


class OfferExpirer:
    def __init__(self, rosters: RunOut, enrollments: Expiring) -> None:
        self._rosters = rosters
        self._enrollments = enrollments
        # bounded: by the classes with offers that have run out, each of which is submitted once.
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="expire-offers")
        self._under_way: dict[int, Future[None]] = {}
        self._read_ahead: set[tuple[int, int]] = set()  # classes, and the ends of offers there
        self._next_s = inf

    def run(self, shutdown: Shutdown) -> None:
        """Until shutdown is requested."""
        while not shutdown.requested:
            try:
                self.run_once()
            except Unavailable as error:
                log.info("offers end when DynamoDB is back: %s", error)
            shutdown.pause(min(LOOK_EVERY_S, max(0.0, self._next_s - self._rosters.now_s())))
        self._pool.shutdown(wait=False, cancel_futures=True)

    def run_once(self, longest_s: float = LOOK_EVERY_S) -> int:
        """End the offers that have run out by now; returns how many it found, at the latest after so many seconds: what
        is under way then goes on. Raises Unavailable."""
        self._under_way = {class_id: future for class_id, future in self._under_way.items() if not future.done()}
        now_s = int(self._rosters.now_s())
        by_class, later = defaultdict[int, list[int]](list), Counter[tuple[int, int]]()
        for class_id, student_id, until_s in self._rosters.offers_ending(now_s + READ_AHEAD_S):
            if until_s <= now_s:
                by_class[class_id].append(student_id)
            else:
                later[class_id, until_s] += 1
        for class_id, student_ids in by_class.items():
            if class_id not in self._under_way:
                self._under_way[class_id] = self._pool.submit(self._end, class_id, student_ids)
        self._next_s = min((until_s for _, until_s in later), default=inf)
        self._prepare(later)
        wait(self._under_way.values(), min(longest_s, max(0.0, self._next_s - self._rosters.now_s())))
        return sum(map(len, by_class.values()))

    def _prepare(self, later: Mapping[tuple[int, int], int]) -> None:
        """Read ahead, the next to end first, as far as there is time before it does."""
        self._read_ahead &= later.keys()
        for one in sorted(later.keys() - self._read_ahead, key=itemgetter(1)):
            if self._rosters.now_s() >= self._next_s:
                return
            self._rosters.read_ahead(one[0], later[one])
            self._read_ahead.add(one)

    def _end(self, class_id: int, student_ids: Sequence[int]) -> None:
        try:
            with deadline.until(time.monotonic() + LONGEST_S):
                self._enrollments.expire_offers(class_id, student_ids)
        except ClassUnknown:
            pass  # being removed: its offers end with it
        except AppError as error:
            log.warning("offers of class %d end later: %s", class_id, error)
        except Exception:  # of one class: the others are seen to all the same
            log.exception("offers of class %d end later", class_id)
