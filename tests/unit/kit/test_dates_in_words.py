"""Moments as people write them."""

from datetime import UTC, datetime

import pytest

from kit.dates_in_words import in_words


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_all_days_and_months_have_names(language: str) -> None:
    days = {in_words(datetime(2026, 1, day, tzinfo=UTC), language).split(",")[0] for day in range(1, 8)}
    months = {in_words(datetime(2026, month, 1, tzinfo=UTC), language) for month in range(1, 13)}
    assert len(days) == 7
    assert len(months) == 12


def test_a_language_that_is_not_known_is_english() -> None:
    assert in_words(datetime(2026, 11, 22, 17, 30, tzinfo=UTC), "fr") == "Sunday, 22 November 2026, 17:30 UTC"
