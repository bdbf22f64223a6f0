"""The interface of a channel's sender, and one attempt."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from notification.domain.attempt import Attempt
from notification.domain.event import Event
from notification.domain.outcome import PermanentFailure, TemporaryFailure


class Destination(NamedTuple):
    """The part that can make a delivery slow: a host, and its operator with others beside it."""

    host: str
    domain: str


class Sender(Protocol):
    """All methods are thread-safe."""

    @property
    def channel(self) -> str: ...

    def wants(self, event: Event) -> bool: ...

    def destination(self, event: Event) -> Destination: ...

    def target(self, event: Event) -> str:
        """Where it goes, as it is shown to the student: shortened, nothing to send there with."""
        ...

    def endpoint(self, event: Event) -> str | None:
        """The endpoint that is paused, for this student, when nothing arrives there for days. None: never."""
        ...

    def send(self, event: Event) -> int | None:
        """The status the receiver took it with. Raises TemporaryFailure or PermanentFailure."""
        ...


class DigestSender(Sender, Protocol):
    """A sender that can tell a student of several events at once."""

    def send_digest(self, events: Sequence[Event]) -> int | None: ...


@dataclass(frozen=True)
class AttemptResult:
    attempt: Attempt
    failure: TemporaryFailure | PermanentFailure | None


def attempt(send: Callable[[], int | None]) -> AttemptResult:
    """Send, and say how that went. `send`: see Sender."""
    at, begun_s = datetime.now(UTC), time.monotonic()
    failure: TemporaryFailure | PermanentFailure | None = None
    try:
        status = send()
    except (TemporaryFailure, PermanentFailure) as fact:
        failure, status = fact, fact.status
    return AttemptResult(Attempt(at, round((time.monotonic() - begun_s) * 1000), status), failure)
