"""Offers that run out end class by class, and no class keeps the others waiting."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Event

from enrollment.domain.errors import ClassUnknown
from enrollment.workers.offer_expirer import AT_ONCE, LONGEST_S, READ_AHEAD_S, OfferExpirer
from kit.concurrency import deadline
from kit.errors import Unavailable

BUSY, GONE, BROKEN = 1, 2, 3


@dataclass
class Classes:
    """Offers that have run out, and what ends them: class BUSY is so until `quiet` is set."""

    offers: set[tuple[int, int]]
    quiet: Event = field(default_factory=Event)
    asked: list[int] = field(default_factory=list)
    time_s: list[float] = field(default_factory=list)
    until_s: dict[tuple[int, int], int] = field(default_factory=dict)
    read: list[tuple[int, int]] = field(default_factory=list)
    moment_s: float = 1000.0

    @property
    def now_s(self) -> Callable[[], float]:
        return lambda: self.moment_s

    def offers_ending(self, by_s: int) -> Iterator[tuple[int, int, int]]:
        offers = ((*offer, self.until_s.get(offer, 0)) for offer in sorted(self.offers))
        return (offer for offer in offers if offer[2] <= by_s)

    def read_ahead(self, class_id: int, most: int) -> None:
        self.read.append((class_id, most))

    def expire_offers(self, class_id: int, student_ids: Sequence[int]) -> None:
        self.asked.append(class_id)
        self.time_s.append(deadline.remaining())
        if class_id == BUSY and not self.quiet.wait(deadline.remaining(10)):
            raise Unavailable("busy")
        if class_id == GONE:
            raise ClassUnknown(class_id)
        if class_id == BROKEN:
            raise RuntimeError
        self.offers -= {(class_id, student_id) for student_id in student_ids}


def expirer(classes: Classes) -> OfferExpirer:
    return OfferExpirer(classes, classes)


def test_offers_of_all_classes_end_and_a_class_that_cannot_be_changed_holds_up_none() -> None:
    classes = Classes({(class_id, 4) for class_id in (GONE, BROKEN, *range(10, 40))})
    assert expirer(classes).run_once(longest_s=5) == 32
    assert classes.offers == {(GONE, 4), (BROKEN, 4)}


def test_a_busy_class_keeps_nobody_waiting_and_is_asked_once_at_a_time() -> None:
    classes = Classes({(class_id, 4) for class_id in (BUSY, *range(10, 10 + 2 * AT_ONCE))})
    expiring = expirer(classes)
    began = time.monotonic()
    expiring.run_once(longest_s=0.05)
    while len(classes.offers) > 1:
        assert time.monotonic() < began + 5
        time.sleep(0.001)
    expiring.run_once(longest_s=0.01)
    assert (classes.offers, classes.asked.count(BUSY)) == ({(BUSY, 4)}, 1)
    classes.quiet.set()
    expiring.run_once(longest_s=5)
    assert classes.offers == set()
    assert max(classes.time_s) <= LONGEST_S, "each class has a time of its own"


def test_lines_are_read_ahead_once_and_no_offer_ends_before_its_time() -> None:
    soon = {(10, 4): 1003, (10, 5): 1003, (11, 4): 1002, (12, 4): 1002 + READ_AHEAD_S}
    classes = Classes(set(soon), until_s=soon)
    expiring = expirer(classes)
    assert [expiring.run_once(longest_s=0.01) for _ in range(2)] == [0, 0]
    assert classes.read == [(11, 1), (10, 2)], "the next to end first"
    assert classes.offers == set(soon)
    classes.moment_s = 1002.0
    assert expiring.run_once(longest_s=5) == 1
    assert classes.offers == soon.keys() - {(11, 4)}
    assert classes.read == [(11, 1), (10, 2), (12, 1)]
