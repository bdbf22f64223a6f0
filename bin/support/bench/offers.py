"""Offers that end: how late, of many that end together, beside a hundred thousand that are open."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from bench.context import Context, Result
from bench.fixtures import Fixture
from bench.processes import start_service
from bench.samples import Figure, percentile
from enrollment.domain.class_section import Promotion
from enrollment.domain.record import Record, State

OF_A_CLASS = 200  # open offers
ENDING, ENDING_OF_A_CLASS = 1_000, 5
MOST_MS = 2_000.0
WINDOW_S = 24 * 3600
_LOADED_WITHIN_S = 30  # those that end, and a worker started
_QUIET_S = 1.0
_LOOK_EVERY_S = 0.05
_GIVE_UP_S = 60.0
_AT_ONCE = 4  # lines that are shown


def offers(context: Context) -> Iterator[Result]:
    fixture = context.fixture("offers")
    count = context.effort.enrollments
    ending = min(ENDING, count // 4)
    _load_open(context, fixture, count - ending)
    until_s = int(time.time()) + _LOADED_WITHIN_S
    _load_ending(fixture, ending, until_s)
    # Its first pass finds every line as Redis shows it: what is measured are its threads that end offers.
    worker = start_service("reconciler", {**fixture.environment, "RECONCILE_INTERVAL_S": "3600"})
    context.until_end(worker)
    context.say(f"{ending:,} of {count:,} offers end together in {until_s - time.time():.1f} s")
    time.sleep(max(0.0, until_s - time.time() - _QUIET_S))
    cpu_s = worker.cpu_s()
    late_ms = [1000 * (moment - until_s) for moment in _ends(fixture, ending, until_s)]
    context.say(f"the last of them ended {max(late_ms):,.0f} ms late")
    yield Figure(
        "offers",
        f"how late {ending:,} offers end that end together in {ending // ENDING_OF_A_CLASS} classes, of {count:,} open",
        unit="ms",
        ours={
            "p50_ms": percentile(late_ms, 50),
            "p99_ms": percentile(late_ms, 99),
            "worst_ms": max(late_ms),
            "cpu_us_per_request": round(1e6 * (worker.cpu_s() - cpu_s) / len(late_ms)),
            "count": len(late_ms),
        },
        goal=f"≤ {MOST_MS:,.0f} ms",
        reached=max(late_ms) <= MOST_MS,
    )


def _load_open(context: Context, fixture: Fixture, count: int) -> None:
    """Offers that are open for a day."""
    class_ids = _add_classes(fixture, -(-count // OF_A_CLASS), OF_A_CLASS, OF_A_CLASS)
    until_s = int(time.time()) + WINDOW_S
    records = (offer for class_id in class_ids for offer in _offers(class_id, OF_A_CLASS, until_s))
    fixture.load_records(records, len(class_ids) * OF_A_CLASS, context.say)
    _show(fixture, class_ids)


def _load_ending(fixture: Fixture, count: int, until_s: int) -> None:
    """As many wait behind them for the same seats; all are subscribed, and Redis shows them."""
    most = ENDING_OF_A_CLASS
    class_ids = _add_classes(fixture, count // most, most, 2 * most)
    fixture.load_records((offer for class_id in class_ids for offer in _offers(class_id, most, until_s)), count)
    fixture.load_records((one for class_id in class_ids for one in _behind(class_id, most)), count)
    for class_id in class_ids:
        fixture.subscribe(class_id, [(student, "bench@example.com", None) for student in range(1, 2 * most + 1)])
    _show(fixture, class_ids)


def _show(fixture: Fixture, class_ids: Sequence[int]) -> None:
    """In Redis, as of any class in use."""
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        list(threads.map(fixture.deps.rebuilder.rebuild, class_ids))


def _add_classes(fixture: Fixture, count: int, open_offers: int, waiting: int) -> Sequence[int]:
    return fixture.add_classes(
        count,
        waiting=waiting,
        capacity=open_offers,
        open_offers=open_offers,
        promotion=Promotion.OFFER,
        offer_window_s=WINDOW_S,
    )


def _offers(class_id: int, count: int, until_s: int) -> Iterator[tuple[int, Record]]:
    for number in range(1, count + 1):
        yield class_id, Record(number, State.WAITLISTED, number, sequence_number=number, offered_until_s=until_s)


def _behind(class_id: int, count: int) -> Iterator[tuple[int, Record]]:
    for number in range(count + 1, 2 * count + 1):
        yield class_id, Record(number, State.WAITLISTED, number, sequence_number=number)


def _ends(fixture: Fixture, count: int, until_s: int) -> Iterator[float]:
    """When each was seen to be no offer any more. They are counted where the database has them: to read their ids would
    take the processor from those who end them. Raises RuntimeError if one ends too early or never."""
    while count:
        left = fixture.count_offers(until_s)
        moment = time.time()
        if left < count and moment < until_s:
            raise RuntimeError(f"{count - left} offers ended before their time")
        if moment > until_s + _GIVE_UP_S:
            raise RuntimeError(f"{left} offers did not end")
        yield from [moment] * (count - left)
        count = left
        time.sleep(_LOOK_EVERY_S)
