"""What may never be seen in the stores, not for a moment."""

import pytest
from verify import columns
from verify.history import Said, Snapshot

from tests.unit.verify.histories import columns_of, enroll, look


@pytest.mark.parametrize(
    ("seen", "column"),
    [
        (look(1, (1, 2, 3)), columns.OVER_CAPACITY),
        (look(1, (1, 2), (3, 4, 5, 6)), columns.OVER_CAPACITY),
        (look(1, (1,), current_enrollment=2), columns.WRONG_COUNTS),
        (look(1, (1, 2), (3,), current_waitlist=0), columns.WRONG_COUNTS),
        (look(1, (1, 2), ((101, 3), (102, 3))), columns.BOTH),
        (look(1, (1, 2), (2,)), columns.BOTH),
        (look(1, (1, 2), contradictory=(2,)), columns.BOTH),
        (look(1, (1,), (3,)), columns.FREE_SEAT),
        (look(1, (1, 2), ((101, 3), (101, 4))), columns.OVERTAKEN),
    ],
)
def test_it_is_found_in_a_look_at_the_stores(seen: Snapshot, column: str) -> None:
    assert columns_of(seen)[column] >= 1


def test_a_count_above_the_capacity_is_over_capacity_even_if_the_records_are_right() -> None:
    assert columns_of(look(1, (1, 2), current_enrollment=3))[columns.OVER_CAPACITY] == 1


def test_a_reply_that_tells_of_more_seats_than_there_are_is_found() -> None:
    found = columns_of(look(1), enroll(2, 1, Said.SEATED_NEW, seats_taken=3))
    assert found == {columns.OVER_CAPACITY: 1}


@pytest.mark.parametrize("seen", [look(1), look(1, (1,)), look(1, (1, 2), (3, 4, 5))])
def test_a_sound_class_is_clean(seen: Snapshot) -> None:
    assert columns_of(seen).keys() <= {columns.CONTRADICTION}  # nobody asked for these seats
