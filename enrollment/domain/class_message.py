"""A message from who teaches a class to who is in it: an event for each who gets it, `class.message`.

An event's id is made of the message's and the student's, so that whoever writes the same message twice, after a crash
in the middle say, writes the same events, of which consumers send each once.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from enrollment.domain.class_section import ClassSection
from enrollment.domain.events import Event, shown
from kit.errors import Conflict, NotFound

TYPE = "class.message"
MOST_RECIPIENTS = 1000
_OURS = uuid.UUID("2f6d3c58-93a5-5b0e-8d9c-5c1f6a7be0d4")  # the namespace of these ids (RFC 9562 §5.5)


class TooManyRecipients(Conflict):
    def __init__(self, class_id: int) -> None:
        super().__init__(f"More than {MOST_RECIPIENTS} are listed in class {class_id}; write to them by other means")


class NobodyToWriteTo(NotFound):
    def __init__(self, class_id: int) -> None:
        super().__init__(f"Nobody in this list of class {class_id} has an address")


@dataclass(frozen=True)
class ClassMessage:
    """`id` names it, however often it is written. `sender` and `reply_to` are the instructor's name and address."""

    id: str
    title: str
    text: str
    sender: str
    reply_to: str

    def to(self, student_id: int, email: str, about: ClassSection, now: str, headers: Mapping[str, str]) -> Event:
        body = {
            "id": str(uuid.uuid5(_OURS, f"{self.id} {student_id}")),
            "type": TYPE,
            "occurred_at": now,
            "student_id": student_id,
            "class_id": about.class_id,
            "message": f"Message of {self.sender}: {self.title}",
            "email": email,
            "proxy_url": None,
            "course_code": shown(about.course_code),
            "class_name": shown(about.class_name),
            "title": self.title,
            "text": self.text,
            "sender": self.sender,
            "reply_to": self.reply_to,
        }
        return Event(str(body["id"]), now, json.dumps(body).encode(), headers, TYPE)
