"""`Prefer: wait=25`, as RFC 7240 §2 says it may be written."""

import pytest

from enrollment.api.preferences import wait_s


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        ([], 0),
        (["wait=25"], 25),
        (["Wait = 25"], 25),
        (['wait="25"'], 25),
        (["respond-async, wait=10"], 10),
        (["respond-async", "wait=10"], 10),
        (["wait=10; ended=no, handling=lenient"], 10),
        (["wait=1, wait=2"], 1),
        (['foo="a, wait=9", wait=3'], 3),
        (["wait"], 0),
        (["wait="], 0),
        (["wait=-1"], 0),
        (["wait=1.5"], 0),
        (["wait=1e3"], 0),
        (["wait=²"], 0),
        (["wait=99999999999999999999"], 0),
        (["await=25"], 0),
        (['wait="25'], 0),
        ([",,;=,"], 0),
    ],
)
def test_the_first_wait_in_whole_seconds_counts(lines: list[str], seconds: int) -> None:
    assert wait_s(lines) == seconds


def test_a_long_header_is_read_in_no_time() -> None:
    assert wait_s(['"' * 16_000]) == 0
    assert wait_s(['a="' + "\\" * 16_000]) == 0
    assert wait_s(["x," * 8_000 + "wait=5"]) == 5
