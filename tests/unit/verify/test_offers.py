"""Offers: what may never be seen in the stores, and who may not be passed over."""

from typing import Any

import pytest
from verify import check_offers, columns
from verify.history import Fault, History, Snapshot

from tests.unit.verify.histories import killed, look

PAUSING = frozenset({9})


def columns_of(*looks: Snapshot, faults: tuple[Fault, ...] = ()) -> list[str]:
    history = History(offer_looks=list(looks), faults=list(faults))
    return [violation.column for violation in check_offers.check(history, PAUSING)]


def seen(at: float, seated: tuple[int, ...], line: tuple[int, ...], *offered: int, **more: Any) -> Snapshot:
    """Of two seats; offers end at 60 s."""
    facts: dict[str, Any] = {"offered": dict.fromkeys(offered, 60.0), "open_offers": len(offered), "places": 9}
    return look(at, seated, line, **(facts | more))


def test_an_offer_that_is_made_and_accepted_in_turn_is_sound() -> None:
    looks = (seen(1, (1, 2), (3, 4)), seen(2, (1,), (3, 4), 3), seen(3, (1, 3), (4,)))
    assert columns_of(*looks) == []


@pytest.mark.parametrize(
    ("look", "column"),
    [
        (seen(1, (1, 2), (3,), 3), columns.OVER_CAPACITY),
        (seen(1, (1,), (3,), 3, open_offers=2), columns.OVER_CAPACITY),
        (seen(1, (1,), (3,), 3, open_offers=0), columns.WRONG_COUNTS),
        (seen(1, (), (3, 4), 3), columns.FREE_SEAT),
    ],
)
def test_it_is_found_in_one_look(look: Snapshot, column: str) -> None:
    assert column in columns_of(look)


def test_a_seat_beside_those_who_pause_is_no_free_seat() -> None:
    assert columns_of(seen(1, (1,), (3, 9), 3), seen(2, (1,), (9,), paused=frozenset({9}))) == []


@pytest.mark.parametrize("after", [seen(2, (1,), (3, 4), 4), seen(2, (1, 4), (3,)), seen(2, (1, 7), (3, 4))], ids=str)
def test_who_gets_a_seat_or_an_offer_before_somebody_earlier_in_line_is_found(after: Snapshot) -> None:
    assert columns.OVERTAKEN in columns_of(seen(1, (1, 2), (3, 4)), after)


def test_who_pauses_may_be_passed_over() -> None:
    before, after = seen(1, (1, 2), ((5, 9), (6, 4))), seen(2, (1, 4), ((5, 9),))  # type: ignore[arg-type]
    assert columns_of(before, after) == []


def test_an_offer_ends_in_time_unless_what_ends_it_was_away() -> None:
    late = seen(60 + check_offers.LATE_S + 1, (1,), (3,), 3)
    assert columns_of(late) == [columns.OFFER]
    assert columns_of(seen(61, (1,), (3,), 3)) == []
    assert columns_of(late, faults=(killed(61, "reconciler"),)) == []
    assert columns_of(late, faults=(killed(61, "webhook_consumer"),)) == [columns.OFFER]
