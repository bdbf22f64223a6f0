"""What a student reads of a delivery, word for word."""

from datetime import UTC, datetime, timedelta

from notification.api.delivery_schemas import DeliveryReply
from notification.domain.attempt import Attempt
from notification.domain.delivery import Delivery, LoggedAttempt
from tests.unit.notification.test_mail import EVENT

NOW = datetime(2026, 2, 3, 4, 5, 6, 789000, tzinfo=UTC)


def test_a_delivery_says_where_how_and_when_without_the_whole_url() -> None:
    event = EVENT
    tried = LoggedAttempt(Attempt(NOW, 41, 503), "retrying", "the receiver answered 503", NOW + timedelta(seconds=5))
    assert DeliveryReply.of(Delivery(event, "webhook", (tried,)), "https://smee.io/iYNw…").model_dump(mode="json") == {
        "id": f"{event.id}-webhook",
        "class_id": event.class_id,
        "type": "enrollment.promoted",
        "message": event.message,
        "channel": "webhook",
        "target": "https://smee.io/iYNw…",
        "outcome": "retrying",
        "next_attempt_at": "2026-02-03T04:05:11.789Z",
        "attempts": [
            {
                "at": "2026-02-03T04:05:06.789Z",
                "status": 503,
                "duration_ms": 41,
                "error": "the receiver answered 503",
                "outcome": "retrying",
                "redelivery": False,
            }
        ],
    }


def test_what_was_delivered_has_no_next_attempt() -> None:
    sent = Delivery(EVENT, "email", (LoggedAttempt(Attempt(NOW, 3, 250), "delivered"),))
    reply = DeliveryReply.of(sent, "a…@example.com")
    assert (reply.channel, reply.outcome, reply.next_attempt_at) == ("email", "delivered", None)
