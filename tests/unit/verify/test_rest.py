"""At rest DynamoDB, Redis and the API tell the same of a class."""

from dataclasses import replace
from typing import Any

import pytest
from verify import columns
from verify.check_rest import Telling, check

from tests.unit.verify.histories import CLASS, look

SEEN = look(1, (1, 2), (3, 4), dropped=frozenset({5}))
SAME = Telling(CLASS, 2, 2, [1, 2], [5], [3, 4], [3, 4], {1: None, 3: (1, 2), 4: (2, 2), 5: None})


def test_the_same_told_everywhere_is_clean() -> None:
    assert check(SEEN, SAME) == []


@pytest.mark.parametrize(
    ("told", "column"),
    [
        ({"current_enrollment": 1}, columns.CONTRADICTION),
        ({"current_waitlist": 3}, columns.CONTRADICTION),
        ({"enrolled": [1]}, columns.CONTRADICTION),
        ({"dropped": []}, columns.CONTRADICTION),
        ({"waitlist": [4, 3]}, columns.CONTRADICTION),
        ({"line_in_redis": [3]}, columns.CONTRADICTION),
        ({"line_in_redis": [3, 4, 1]}, columns.BOTH),
        ({"waitlist": [3, 4, 4]}, columns.BOTH),
        ({"positions": {3: (2, 2)}}, columns.CONTRADICTION),
        ({"positions": {3: None}}, columns.CONTRADICTION),
        ({"positions": {1: (1, 2)}}, columns.CONTRADICTION),
    ],
)
def test_a_difference_is_found(told: dict[str, Any], column: str) -> None:
    assert column in {violation.column for violation in check(SEEN, replace(SAME, **told))}
