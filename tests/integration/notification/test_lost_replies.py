"""What was done is not refused, or done twice, because the reply to it was lost on its way from the database."""

from typing import cast

import pytest
import redis

from notification.domain.subscription import NotSubscribed, Subscription, Subscriptions
from notification.settings import CallbackSettings
from notification.stores import Stores, open_stores
from tests.support.lost_replies import LostReplies

BOTH = Subscription("abhinav@example.com", "https%3A%2F%2Fsmee.io%2Fx")


@pytest.fixture
def own_stores(stores: Stores, redis_url: str) -> Stores:
    """With a client of the database of their own; the tables are there."""
    return open_stores(CallbackSettings(environment="development", redis_url=redis_url))


@pytest.fixture
def replies(own_stores: Stores) -> LostReplies:
    return LostReplies(own_stores.database)


def test_a_subscription_that_was_just_ended_is_not_said_to_be_absent(
    own_stores: Stores, replies: LostReplies, student_id: int
) -> None:
    own_stores.subscriptions.put(student_id, 2, BOTH)
    replies.arm()
    own_stores.subscriptions.remove(student_id, 2)
    assert replies.lost == 1
    with pytest.raises(NotSubscribed):
        own_stores.subscriptions.remove(student_id, 2)


@pytest.mark.parametrize("channel", ["email", "webhook"])
def test_the_view_shows_that_a_channel_was_ended(
    own_stores: Stores, replies: LostReplies, store: redis.Redis, student_id: int, channel: str
) -> None:
    own_stores.subscriptions.put(student_id, 2, BOTH)
    replies.arm()
    if channel == "email":
        own_stores.subscriptions.end_email(student_id, 2, str(BOTH.email))
    else:
        own_stores.subscriptions.end_webhook(student_id, 2, str(BOTH.proxy))
    assert replies.lost == 1
    ended = Subscription(None, BOTH.proxy) if channel == "email" else Subscription(BOTH.email, None)
    shown = cast("str | None", store.get(f"subscription:{student_id}"))
    assert Subscriptions.from_json(shown).by_class == {2: ended}


def test_a_secret_is_rotated_once(own_stores: Stores, replies: LostReplies, student_id: int) -> None:
    first = own_stores.secrets.of(student_id).current
    replies.arm()
    rotated = own_stores.secrets.rotate(student_id)
    assert replies.lost == 1
    assert rotated.older == (first,)
