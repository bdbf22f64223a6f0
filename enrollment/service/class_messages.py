"""Writing to who is in a class: the mails go out through the outbox, as notices of seats do."""

import uuid
from collections.abc import Iterator

from enrollment.domain.class_message import MOST_RECIPIENTS, ClassMessage, NobodyToWriteTo, TooManyRecipients
from enrollment.domain.class_section import ClassSection
from enrollment.domain.events import Event
from enrollment.domain.moments import now_as_text
from enrollment.domain.record import State
from enrollment.service.outbox_publisher import OutboxPublisher
from enrollment.service.ports import MessageOutbox
from enrollment.service.roster_pages import MOST, RosterPages, Row
from kit import faults, idempotency
from kit.errors import Unavailable
from kit.observability import correlation


class ClassMessages:
    def __init__(self, rosters: RosterPages, outbox: MessageOutbox, publisher: OutboxPublisher) -> None:
        self._rosters = rosters
        self._outbox = outbox
        self._publisher = publisher

    def send(
        self, instructor_id: int, class_id: int, state: State, title: str, text: str, *, sender: str, reply_to: str
    ) -> int:
        """Write to everybody in this state; to how many. When it returns, none of the mails can be lost.

        With an Idempotency-Key, sending it again writes the same events: what a crash has left out is written, and
        nobody gets two. Raises NotYourClass, ClassUnknown, NobodyToWriteTo, TooManyRecipients, Unavailable.
        """
        request = idempotency.current()
        message = ClassMessage(request.name if request else str(uuid.uuid4()), title, text, sender, reply_to)
        section, rows = self._recipients(instructor_id, class_id, state)
        now, headers = now_as_text(), correlation.propagation_headers()
        events = [
            message.to(row.record.student_id, row.person.email, section, now, headers) for row in rows if row.person
        ]
        if not events:
            raise NobodyToWriteTo(class_id)
        for batch in _batches(events):
            self._outbox.add(batch)
            faults.point("message.batch")
        self._publisher.publish(events)
        return len(events)

    def _recipients(self, instructor_id: int, class_id: int, state: State) -> tuple[ClassSection, list[Row]]:
        rows: list[Row] = []
        after: str | None = "0.0"
        while after is not None:
            page = self._rosters.of_taught(instructor_id, class_id, state, MOST, after)
            if not page.names_known:
                raise Unavailable("The users service, which has the addresses, does not answer; ask again")
            rows += page.rows
            if len(rows) > MOST_RECIPIENTS:
                raise TooManyRecipients(class_id)
            after = page.next_after
        return page.section, rows


def _batches(events: list[Event], size: int = 25) -> Iterator[list[Event]]:
    return (events[start : start + size] for start in range(0, len(events), size))
