"""What still works, or stands still, when nobody asks for anything."""

import pytest
from verify import columns
from verify.check_idle import Usage, check

BEFORE = {"enrollment.1": Usage("S", 10.0), "relay.1": Usage("S", 5.0)}


def test_processes_that_wait_are_clean() -> None:
    assert check(BEFORE, {"enrollment.1": Usage("S", 10.2), "relay.1": Usage("R", 5.1)}, 3.0) == []


@pytest.mark.parametrize(("after", "why"), [(Usage("R", 12.9), "97%"), (Usage("T", 10.0), "stopped")])
def test_a_thread_that_never_ends_and_a_process_that_stands_still_are_found(after: Usage, why: str) -> None:
    [found] = check(BEFORE, {"enrollment.1": after}, 3.0)
    assert found.column == columns.BUSY
    assert why in found.text


def test_a_process_that_was_started_meanwhile_tells_nothing() -> None:
    assert check({}, {"enrollment.1": Usage("R", 50.0)}, 3.0) == []
