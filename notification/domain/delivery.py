"""The sending of one notice over one channel: its attempts, and the result of the last.

A delivery's id is `<event id>-<channel>`; where it went, its channel's sender says. What is shown of it never holds a
whole callback URL or address.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from urllib.parse import unquote, urlsplit

from etc.contracts.channel import Channel
from kit.errors import Conflict, NotFound
from notification.domain import callback_url
from notification.domain.attempt import Attempt
from notification.domain.event import Event

Result = Literal["delivered", "retrying", "failed"]

ID_PATTERN = rf"^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}-({'|'.join(Channel)})$"
LONGEST_ERROR = 300
_HINT = 4  # characters of a path that are shown: enough to tell two apart, too few to post there


class NoSuchDelivery(NotFound):
    def __init__(self, id_: str) -> None:
        super().__init__(f"Nothing with the id {id_} was sent to this student in 30 days; list the deliveries first")


class EndpointIsPaused(Conflict):
    def __init__(self, class_id: int) -> None:
        super().__init__(
            f"Webhooks to this URL are paused; resume them first: POST /student/subscribe/{class_id}/resume"
        )


@dataclass(frozen=True)
class LoggedAttempt:
    """`next_at`: when it is tried again, if it is. `redelivery`: the student or the operator asked for it."""

    attempt: Attempt
    result: Result
    error: str | None = None
    next_at: datetime | None = None
    redelivery: bool = False

    @property
    def was_sent(self) -> bool:
        """Whether the receiver was tried: else its failure says nothing about the receiver."""
        return self.attempt.duration_ms is not None and not (self.error or "").startswith("not sent")


class NewAttempt(NamedTuple):
    """One to be logged. `endpoint`: the one that is paused when nothing arrives there for days, if there is such."""

    event: Event
    attempt: LoggedAttempt
    endpoint: str | None = None


@dataclass(frozen=True)
class Delivery:
    """`attempts` are in the order of their time; there is one at least."""

    event: Event
    channel: str
    attempts: tuple[LoggedAttempt, ...]

    @property
    def id(self) -> str:
        return delivery_id(self.event, self.channel)

    @property
    def last(self) -> LoggedAttempt:
        return self.attempts[-1]

    @property
    def last_delivered_at(self) -> datetime | None:
        return next((one.attempt.at for one in reversed(self.attempts) if one.result == "delivered"), None)


def delivery_id(event: Event, channel: str) -> str:
    return f"{event.id}-{channel}"


def masked_url(stored: str) -> str:
    """Scheme, host, and the first characters of the path: the rest is often as good as a password."""
    try:
        plain = callback_url.parse(unquote(stored)).plain
    except callback_url.NotACallbackUrl:
        return "not a URL"
    parts = urlsplit(plain)
    beyond = len(parts.path) > 1 + _HINT or bool(parts.query or parts.fragment)
    return f"{parts.scheme}://{parts.netloc}{parts.path[: 1 + _HINT]}{'…' if beyond else ''}"


def masked_address(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"


def shown_error(reason: str, event: Event) -> str:
    """Why an attempt failed; mail servers like to repeat the address."""
    if event.email:
        reason = reason.replace(event.email, masked_address(event.email))
    return reason[:LONGEST_ERROR]
