"""RFC 9110 §13 for the position in line."""

import pytest

from enrollment.domain.conditional import Validators
from kit.entity_tags import matches

# Sun, 06 Nov 1994 08:49:37 GMT
NOW = 784111777
SAME_SECOND = Validators(student_id=4, version=5, stamp_s=NOW, now_s=NOW)
DATES = ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]


@pytest.mark.parametrize("date", DATES)
def test_every_form_of_http_date_is_understood(date: str) -> None:
    assert SAME_SECOND.not_modified([], [date])


@pytest.mark.parametrize(
    "date", ["", "yesterday", "784111777", "Sun, 06 Nov 1994 08:49:37 +0100", "Sun, 36 Nov 1994 08:49:37 GMT"]
)
def test_what_is_no_http_date_is_ignored(date: str) -> None:
    assert not SAME_SECOND.not_modified([], [date])


def test_dates_are_compared_as_dates_and_not_as_text() -> None:
    later = Validators(student_id=4, version=5, stamp_s=NOW, now_s=NOW + 10_000_000)
    assert later.not_modified([], ["Fri, 02 Dec 1994 00:00:00 GMT"])  # "Fri…" < "Sun…" as text
    assert not later.not_modified([], ["Wed, 02 Nov 1994 00:00:00 GMT"])  # "Wed…" > "Sun…" as text


def test_a_second_change_within_a_second_does_not_look_like_the_first() -> None:
    changed_twice = Validators(student_id=4, version=6, stamp_s=NOW + 1, now_s=NOW)
    assert changed_twice.headers(NOW)["Last-Modified"] == DATES[0]
    assert not changed_twice.not_modified([], [DATES[0]])
    a_second_later = Validators(student_id=4, version=6, stamp_s=NOW + 1, now_s=NOW + 1)
    assert a_second_later.not_modified([], [a_second_later.headers(NOW + 1)["Last-Modified"]])


def test_nothing_is_said_to_have_changed_after_the_reply_was_sent() -> None:
    clock_of_the_store_is_ahead = Validators(student_id=4, version=5, stamp_s=NOW + 2, now_s=NOW + 2)
    assert clock_of_the_store_is_ahead.headers(sent_s=NOW)["Last-Modified"] == DATES[0]


def test_the_last_change_is_older_than_the_reply() -> None:
    assert Validators(4, 5, stamp_s=NOW, now_s=NOW + 9).headers(sent_s=NOW + 9)["Last-Modified"] == DATES[0]
    assert Validators(4, 5, stamp_s=NOW + 1, now_s=NOW).headers(sent_s=NOW + 9)["Last-Modified"] == DATES[0]


def test_a_date_from_the_future_was_never_sent_by_us_and_is_ignored() -> None:
    assert not SAME_SECOND.not_modified([], ["Sun, 06 Nov 1994 08:49:38 GMT"])


def test_a_repeated_date_is_ignored() -> None:
    assert not SAME_SECOND.not_modified([], [DATES[0], DATES[0]])


@pytest.mark.parametrize(
    ("tags", "current"),
    [
        (['"5-4"'], True),
        (['W/"5-4"'], True),
        (['"4-4", "5-4"'], True),
        (['"4-4"', '"5-4"'], True),
        (["*"], True),
        (['"4-4"'], False),
        (["5-4"], False),
        ([""], False),
    ],
)
def test_entity_tags(tags: list[str], current: bool) -> None:
    assert SAME_SECOND.not_modified(tags, []) is current


def test_a_weak_tag_of_ours_matches_likewise() -> None:
    assert matches('W/"5"', ['"5"'])
    assert matches('W/"5"', ['W/"4", W/"5"'])
    assert not matches('W/"5"', ['W/"4"'])


def test_replies_are_the_students_own_and_are_asked_for_anew() -> None:
    assert SAME_SECOND.headers(NOW) == {
        "ETag": '"5-4"',
        "Last-Modified": DATES[0],
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization",
    }


def test_if_none_match_decides_alone() -> None:
    assert not SAME_SECOND.not_modified(['"4-4"'], [DATES[0]])
    assert SAME_SECOND.not_modified(['"5-4"'], ["Sat, 05 Nov 1994 08:49:37 GMT"])


def test_one_students_tag_is_not_anothers() -> None:
    """At a gateway both ask for one URL, and their positions differ."""
    other = Validators(student_id=5, version=5, stamp_s=NOW, now_s=NOW)
    assert not other.not_modified([SAME_SECOND.etag], [])
    assert other.headers(NOW)["Vary"] == "Authorization"
