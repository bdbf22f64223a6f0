"""The events that tell the consumers of seats: `enrollment.promoted`, `enrollment.offered`, `enrollment.offer_ended`.

etc/schemas has one JSON Schema for each. An event's id is a UUID made when the change is decided; it stays the same
however often it is sent.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from enrollment.domain.history import Head, What
from enrollment.domain.moments import in_words
from enrollment.domain.record import Record
from kit.moments import rfc3339

PROMOTED = "enrollment.promoted"
OFFERED = "enrollment.offered"
OFFER_ENDED = "enrollment.offer_ended"
_LONGEST_NAME = 200


@dataclass(frozen=True)
class Subscription:
    """Where a student wants to be told about one class, and how; the proxy URL percent-encoded once, as it is stored.

    `language` and `webhook_format` go into the event as they are: the consumers know what they mean.
    """

    email: str | None
    proxy: str | None
    language: str | None = None
    webhook_format: str | None = None

    @property
    def wishes(self) -> dict[str, str]:
        chosen = {"language": self.language, "webhook_format": self.webhook_format}
        return {name: value for name, value in chosen.items() if value}


@dataclass(frozen=True)
class Event:
    event_id: str
    occurred_at: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    type: str = PROMOTED


@dataclass(frozen=True)
class About:
    """The common part of the events of one commit: when (RFC 3339 in UTC), the class, and the entry of its history that
    holds the change: whoever keeps the event can hold the registrar to it."""

    occurred_at: str
    class_id: int
    history: Head
    course_code: str = ""
    class_name: str = ""


def event_of(
    what: What, about: About, record: Record, target: Subscription, link: str | None, headers: Mapping[str, str]
) -> Event:
    """The event that tells a student what happened: got a seat, is offered one, or the offer is at an end.

    `link` leads to a page that answers an offer without a login. `headers` say which request the change comes of.
    """
    kind, message, more = _told(what, about.class_id, record, link)
    event: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "type": kind,
        "occurred_at": about.occurred_at,
        "student_id": record.student_id,
        "class_id": about.class_id,
        "message": message,
        "email": target.email,
        "proxy_url": target.proxy,
        "history_number": about.history.number,
        "history_hash": about.history.hash,
        "course_code": shown(about.course_code),
        "class_name": shown(about.class_name),
        **target.wishes,
        **more,
    }
    return Event(event["id"], about.occurred_at, json.dumps(event).encode(), headers, kind)


def _told(what: What, class_id: int, record: Record, link: str | None) -> tuple[str, str, dict[str, Any]]:
    """Type, sentence and further members."""
    student = f"Student with id: {record.student_id}"
    match what:
        case What.OFFERED:
            sentence = f"{student} is offered a seat in Class {class_id} until {in_words(record.offered_until_s)}"
            return OFFERED, sentence, {"offered_until": rfc3339(record.offered_until_s), "link": link}
        case What.DECLINED:
            sentence = f"{student} has declined the seat in Class {class_id}"
            return OFFER_ENDED, sentence, {"reason": str(what)}
        case What.EXPIRED:
            sentence = f"{student} has not answered the offer of a seat in Class {class_id} in time"
            return OFFER_ENDED, sentence, {"reason": str(what)}
    return PROMOTED, f"{student} has been enrolled in Class {class_id}", {}


def shown(name: str) -> str:
    """As the schemas allow it, whatever a class was once called."""
    return "".join(letter if letter.isprintable() else " " for letter in name)[:_LONGEST_NAME]
