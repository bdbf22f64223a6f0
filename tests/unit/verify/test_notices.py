"""Every promotion has one notice on every channel; what was delivered twice is explained by a crash or it is not."""

import pytest
from verify import columns
from verify.history import Listing, Said
from verify.verdict import judge

from tests.unit.verify.histories import CLASS, arrived, columns_of, drop, enroll, history, killed

BOTH = {9: {"email", "webhook"}}
PROMOTED = (enroll(1, 9, Said.JOINED), drop(5, 9))  # who could drop had been promoted


def test_a_promotion_told_on_each_channel_is_clean() -> None:
    told = (arrived(3, 9, channel="email"), arrived(3, 9, channel="webhook"))
    assert columns_of(*PROMOTED, *told, subscribed=BOTH) == {}


def test_a_promotion_that_nobody_told_of_is_missing_on_each_channel() -> None:
    assert columns_of(*PROMOTED, subscribed=BOTH) == {columns.MISSING: 2}


def test_a_notice_that_came_on_one_channel_is_missing_on_the_other() -> None:
    assert columns_of(*PROMOTED, arrived(3, 9, channel="email"), subscribed=BOTH) == {columns.MISSING: 1}


def test_two_promotions_need_two_events() -> None:
    twice = (*PROMOTED, enroll(6, 9, Said.JOINED), drop(7, 9))
    assert columns_of(*twice, arrived(3, 9, "e1"), subscribed={9: {"webhook"}}) == {columns.MISSING: 1}
    assert columns_of(*twice, arrived(3, 9, "e1"), arrived(6, 9, "e2"), subscribed={9: {"webhook"}}) == {}


def test_who_is_not_subscribed_misses_nothing_and_must_be_told_nothing() -> None:
    assert columns_of(*PROMOTED) == {}
    assert columns_of(*PROMOTED, arrived(3, 9)) == {columns.UNASKED: 1}
    assert columns_of(*PROMOTED, arrived(3, 9), arrived(3, 9, channel="email"), subscribed={9: {"email"}}) == {
        columns.UNASKED: 1
    }


def test_a_notice_of_a_promotion_that_never_was_is_found() -> None:
    assert columns_of(enroll(1, 9, Said.JOINED), arrived(2, 9), subscribed={9: {"webhook"}}) == {columns.UNASKED: 1}
    found = columns_of(*PROMOTED, arrived(3, 9, "e1"), arrived(3, 9, "e2"), subscribed={9: {"webhook"}})
    assert found == {columns.UNASKED: 1}, "one promotion has one event id"


def test_where_a_promotion_is_in_doubt_the_notice_may_come_or_not() -> None:
    doubt = (enroll(1, 9, Said.NO_REPLY), enroll(5, 9, Said.IS_SEATED))
    assert columns_of(*doubt, subscribed={9: {"webhook"}}) == {}
    assert columns_of(*doubt, arrived(3, 9), subscribed={9: {"webhook"}}) == {}


@pytest.mark.parametrize(
    ("channel", "process", "at", "explained"),
    [
        ("webhook", "webhook_consumer", 3.2, True),
        ("email", "email_consumer", 3.2, True),
        ("email", "aiosmtpd", 3.2, True),
        ("webhook", "email_consumer", 3.2, False),
        ("webhook", "aiosmtpd", 3.2, False),
        ("email", "redis", 3.2, False),
        ("email", "rabbitmq", 3.2, False),
        ("webhook", "outbox_relay", 3.2, False),
        ("webhook", "webhook_consumer", 1.0, False),
        ("webhook", "webhook_consumer", 30.0, False),
    ],
)
def test_only_the_death_of_its_sender_explains_a_second_delivery(
    channel: str, process: str, at: float, explained: bool
) -> None:
    twice = (arrived(3, 9, channel=channel), arrived(9, 9, channel=channel))
    verdict = judge(history(*PROMOTED, *twice, killed(at, process), subscribed={9: {channel}}))
    assert verdict.columns[columns.DUPLICATE] == (0 if explained else 1)
    assert verdict.explained == (1 if explained else 0)


def test_of_three_deliveries_one_crash_explains_one() -> None:
    deliveries = [arrived(at, 9) for at in (3, 4, 20)]
    verdict = judge(history(*PROMOTED, *deliveries, killed(3.5, "webhook_consumer"), subscribed={9: {"webhook"}}))
    assert (verdict.columns[columns.DUPLICATE], verdict.explained) == (1, 1)


def test_a_subscription_that_is_not_listed_is_lost() -> None:
    made = history(subscribed={9: {"email"}})
    made.listings = [Listing(9, frozenset({CLASS, 8}), 1.0), Listing(9, frozenset({8}), 2.0)]
    assert judge(made).columns[columns.UNSUBSCRIBED] == 1


def test_notices_nobody_waited_for_are_not_called_missing() -> None:
    assert judge(history(*PROMOTED, subscribed=BOTH), missing_is_final=False).columns[columns.MISSING] == 0
