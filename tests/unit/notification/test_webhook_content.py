"""What the body of a webhook holds."""

from notification.domain.event import EnrollmentOffered
from notification.domain.webhook_content import webhook_content
from tests.unit.notification.test_mail import EVENT

TYPED = {"type": "enrollment.promoted", "class_id": 2, "student_id": 4, "occurred_at": "2026-11-22T11:59:59Z"}


def test_by_default_it_is_the_sentence_and_nothing_else() -> None:
    for chosen in (None, "message", "another"):
        event = EVENT.model_copy(update={"webhook_format": chosen})
        assert webhook_content(event) == {"message": "Student with id: 4 has been enrolled in Class 2"}


def test_programs_get_the_entry_of_the_history_if_the_event_has_one() -> None:
    entry = {"history_number": 7, "history_hash": "f" * 64}
    event = EVENT.model_copy(update={"webhook_format": "event", **entry})
    assert webhook_content(event) == TYPED | entry


def test_programs_get_what_happened_if_that_was_chosen() -> None:
    assert webhook_content(EVENT.model_copy(update={"webhook_format": "event"})) == TYPED


def test_of_an_offer_they_also_get_how_long_it_is_good() -> None:
    more = {"type": "enrollment.offered", "history_number": 7, "history_hash": "0" * 64, "link": None}
    until = {"offered_until": "2026-11-22T17:30:00Z"}
    offer = EnrollmentOffered(**{**EVENT.model_dump(), **more, **until, "webhook_format": "event"})

    more.pop("link")
    assert webhook_content(offer) == TYPED | more | until
