"""Subscriptions of one student, as the Redis value `subscription:<student-id>` holds them.

    {"2": {"email": "abhinav@example.com", "proxy": "https%3A%2F%2Fsmee.io%2Fabc"}, "8": {…}}

Classes ascend by number; a channel that was not asked for is null, so both keys are always there. A student without
subscriptions has no key. The founding document fixes this shape.
"""

import json
from dataclasses import dataclass

from kit.errors import Malformed, NotFound


class NoChannel(Malformed):
    def __init__(self) -> None:
        super().__init__("Give an email, a proxyURL, or both: without either there is nowhere to send a notice")


class NotSubscribed(NotFound):
    def __init__(self, student_id: int, class_id: int) -> None:
        super().__init__(f"Student {student_id} is not subscribed to ClassID {class_id}; list the subscriptions first")


@dataclass(frozen=True)
class Subscription:
    """Where to tell a student that a seat came free. `proxy` is percent-encoded once.

    `language` is that of mails, `webhook_format` what webhooks hold; None is as the founding document has it.
    Redis shows neither.
    """

    email: str | None
    proxy: str | None
    language: str | None = None
    webhook_format: str | None = None

    def __post_init__(self) -> None:
        if self.email is None and self.proxy is None:
            raise NoChannel


@dataclass(frozen=True)
class Subscriptions:
    """All subscriptions of one student, by class id."""

    by_class: dict[int, Subscription]

    @classmethod
    def from_json(cls, text: str | None) -> "Subscriptions":
        """The subscriptions in a Redis value; None (no key) has none."""
        stored = json.loads(text) if text else {}
        return cls({int(key): Subscription(one.get("email"), one.get("proxy")) for key, one in stored.items()})

    def to_json(self) -> str | None:
        """The Redis value, or None when the key is to go."""
        if not self.by_class:
            return None
        ordered = sorted(self.by_class.items())
        return json.dumps({str(key): {"email": one.email, "proxy": one.proxy} for key, one in ordered})

    @property
    def class_ids(self) -> list[int]:
        return sorted(self.by_class)

    @property
    def any_address(self) -> str | None:
        """Where the student can be written to about something that concerns no class, if there is such an address."""
        return next((one.email for one in self.by_class.values() if one.email), None)
