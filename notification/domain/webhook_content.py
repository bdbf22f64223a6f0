"""The body of a webhook; Standard Webhooks' headers say everything else."""

from notification.domain.event import EnrollmentOffered, Event

EVENT = "event"


def webhook_content(event: Event) -> dict[str, object]:
    """`{"message": "<the sentence>"}`, or what happened for programs, if the student chose so with the subscription."""
    if event.webhook_format != EVENT:
        return {"message": event.message}
    content: dict[str, object] = {
        "type": event.type,
        "class_id": event.class_id,
        "student_id": event.student_id,
        "occurred_at": event.occurred_at,
    }
    if event.history:
        content |= {"history_number": event.history.number, "history_hash": event.history.hash}
    return content | ({"offered_until": event.offered_until} if isinstance(event, EnrollmentOffered) else {})
