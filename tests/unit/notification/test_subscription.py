import pytest

from notification.domain.subscription import NoChannel, NotSubscribed, Subscription, Subscriptions

SEED = (
    '{"2": {"email": "abhinav@example.com", "proxy": "https%3A%2F%2Fsmee.io%2FiYNweRTyM49bnItt"}, '
    '"8": {"email": "abhinav@example.com", "proxy": "https%3A%2F%2Fsmee.io%2FiYNweRTyM49bnItt"}}'
)
BOTH = Subscription("abhinav@example.com", "https%3A%2F%2Fsmee.io%2FiYNweRTyM49bnItt")


def test_the_value_is_the_seeds_whatever_the_order_of_subscribing() -> None:
    assert Subscriptions({8: BOTH, 2: BOTH}).to_json() == SEED


def test_a_value_read_is_the_value_written() -> None:
    assert Subscriptions.from_json(SEED).to_json() == SEED


def test_classes_ascend_by_number_not_by_letter() -> None:
    subscriptions = Subscriptions({10: BOTH, 9: BOTH, 100: BOTH})
    assert subscriptions.class_ids == [9, 10, 100]
    assert list(Subscriptions.from_json(subscriptions.to_json()).by_class) == [9, 10, 100]


def test_a_channel_that_was_not_asked_for_is_null() -> None:
    assert Subscriptions({2: Subscription("a@example.com", None)}).to_json() == (
        '{"2": {"email": "a@example.com", "proxy": null}}'
    )


def test_without_a_channel_there_is_no_subscription() -> None:
    with pytest.raises(NoChannel):
        Subscription(None, None)


def test_no_subscriptions_are_no_value() -> None:
    assert Subscriptions.from_json(None).class_ids == []
    assert Subscriptions({}).to_json() is None


def test_refusals_say_what_is_missing() -> None:
    assert NoChannel().detail == (
        "Give an email, a proxyURL, or both: without either there is nowhere to send a notice"
    )
    assert NotSubscribed(4, 2).detail == ("Student 4 is not subscribed to ClassID 2; list the subscriptions first")
