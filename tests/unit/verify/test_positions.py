"""A 304 to a request that began when a newer state was known is stale, and no other."""

import pytest
from verify import columns
from verify.history import Answer, Said

from tests.unit.verify.histories import FULL_CLASS, columns_of, drop, enroll, leave, look, not_modified, position


@pytest.mark.parametrize(
    "between",
    [
        look(7, (1, 2), (3, 4), line_version=101),
        position(7, 4, version=101),
        leave(7, 4),
        enroll(7, 9, Said.JOINED),
        drop(7, 1, promoted=True),
    ],
    ids=str,
)
def test_a_304_after_a_change_is_stale(between: Answer) -> None:
    stale = not_modified(8, 3, version=100, obtained_s=6)
    assert columns_of(*FULL_CLASS, position(5.8, 3, version=100), between, stale)[columns.STALE] == 1


@pytest.mark.parametrize(
    "nothing",
    [
        look(7, (1, 2), (3, 4)),
        position(7, 4, version=100),
        leave(7, 4, Said.NO_REPLY),
        enroll(7, 9, Said.FULL),
        drop(7.95, 1, promoted=True),
    ],
    ids=str,
)
def test_a_304_without_a_change_that_was_known_is_not(nothing: Answer) -> None:
    fresh = not_modified(8, 3, version=100, obtained_s=6)
    assert columns.STALE not in columns_of(*FULL_CLASS, position(5.8, 3, version=100), nothing, fresh)


def test_a_change_that_began_before_the_validator_was_received_may_be_in_it() -> None:
    fresh = not_modified(8, 3, version=100, obtained_s=6)
    assert columns.STALE not in columns_of(*FULL_CLASS, leave(5.95, 4), fresh)


def test_a_304_to_a_request_without_a_validator_is_stale() -> None:
    assert columns_of(*FULL_CLASS, position(8, 3, Said.NOT_MODIFIED)) == {columns.STALE: 1}


def test_a_304_with_another_tag_than_was_sent_is_stale() -> None:
    made = not_modified(8, 3, version=100, obtained_s=6)
    other = position(8, 3, Said.NOT_MODIFIED, validator=made.validator, version=99)
    assert columns_of(*FULL_CLASS, other) == {columns.STALE: 1}
