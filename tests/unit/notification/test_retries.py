from datetime import UTC, datetime

import pytest

from notification.domain.retries import RetrySchedule, retry_after_s

SCHEDULE = RetrySchedule([5_000, 30_000, 300_000])
NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def test_delays_grow_with_the_failures_and_end() -> None:
    assert [SCHEDULE.delay_ms(failed) for failed in (1, 2, 3, 4, 99)] == [5_000, 30_000, 300_000, None, None]


@pytest.mark.parametrize(("wish_s", "delay_ms"), [(0, 5_000), (5, 5_000), (6, 30_000), (300, 300_000), (9999, 300_000)])
def test_a_receivers_wish_is_honoured_as_far_as_a_delay_is_that_long(wish_s: float, delay_ms: int) -> None:
    assert SCHEDULE.delay_ms(1, wish_s) == delay_ms


def test_without_a_wish_any_delay_will_do() -> None:
    assert RetrySchedule([1]).delay_ms(1) == 1
    assert RetrySchedule([1, 1_000]).delay_ms(1) == 1


def test_a_wish_never_shortens() -> None:
    assert SCHEDULE.delay_ms(2, 1) == 30_000


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0), ("120", 120), (" 7 ", 7), ("9" * 50, 999_999_999), ("-5", 0), ("soon", 0), ("", 0), ("1.5", 0),
        ("Sun, 22 Nov 2026 12:01:00 GMT", 60), ("Sun, 22 Nov 2026 11:00:00 GMT", 0), ("Sun, 99 Nov 2026", 0), ("٣", 0),
        ("Fri, 31 Dec 99999999999 23:59:59 GMT", 0), ("Mon, 01 Jan 0001 00:00:00 +1200", 0),
        ("Sun, 22 Nov 2026 99:01:00 GMT", 0), ("Sun, 22 Nov 2026 13:01:00 +0100", 60),
        ("Sun, 22 Nov 2026 12:01:00 -0000", 60),  # RFC 5322 §3.3: no time zone; taken for UTC
    ],
)  # fmt: skip
def test_retry_after_is_a_number_or_a_date_and_nonsense_is_ignored(header: str | None, seconds: float) -> None:
    assert retry_after_s(header, NOW) == seconds
