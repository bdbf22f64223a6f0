"""A notice that only tests whether notices arrive: sent like one, and saying that it is none."""

import uuid
from datetime import UTC, datetime

from notification.domain.event import EnrollmentPromoted
from notification.domain.subscription import Subscription


class ExampleEvent(EnrollmentPromoted):
    """Never published: it goes to the senders, which take it for a promotion."""

    @property
    def subject(self) -> str:
        return f"Test notice for Class {self.class_id}"


def example_event(student_id: int, class_id: int, subscription: Subscription) -> ExampleEvent:
    """A new one, to the channels of the subscription."""
    return ExampleEvent(
        id=str(uuid.uuid4()),
        type="enrollment.promoted",
        occurred_at=datetime.now(UTC).isoformat(),
        student_id=student_id,
        class_id=class_id,
        message=f"This is a test: notices for student with id: {student_id} about Class {class_id} arrive here",
        email=subscription.email,
        proxy_url=subscription.proxy,
        language=subscription.language,
        webhook_format=subscription.webhook_format,
    )
