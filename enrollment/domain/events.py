"""The event `enrollment.promoted`, which tells the consumers of one promotion (etc/schemas/enrollment.promoted.json).

Its id is a UUID made when the promotion is decided; it stays the same however often it is sent.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from enrollment.domain.history import Head

PROMOTED = "enrollment.promoted"


@dataclass(frozen=True)
class Subscription:
    """Where a student wants to be told about one class; the proxy URL percent-encoded once, as it is stored."""

    email: str | None
    proxy: str | None


@dataclass(frozen=True)
class Event:
    event_id: str
    occurred_at: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    type: str = PROMOTED


def promoted(
    *,
    event_id: str,
    occurred_at: str,
    student_id: int,
    class_id: int,
    target: Subscription,
    history: Head,
    headers: Mapping[str, str] | None = None,
) -> Event:
    """The event of one promotion. `occurred_at` is RFC 3339 in UTC; `headers` say which request it comes of.

    `history` is the entry of the class's history that holds the promotion: whoever keeps the event can hold the
    registrar to it.
    """
    event: dict[str, Any] = {
        "id": event_id,
        "type": PROMOTED,
        "occurred_at": occurred_at,
        "student_id": student_id,
        "class_id": class_id,
        "message": f"Student with id: {student_id} has been enrolled in Class {class_id}",
        "email": target.email,
        "proxy_url": target.proxy,
        "history_number": history.number,
        "history_hash": history.hash,
    }
    return Event(event_id, occurred_at, json.dumps(event).encode(), headers or {})
