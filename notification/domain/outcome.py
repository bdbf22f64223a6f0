"""How a message can end, and how an attempt to send can fail. Every message ends in exactly one outcome.

`attempt` says more of the attempt an outcome came of, where there was one. `status` is what the receiver answered.
"""

from dataclasses import dataclass, field

from notification.domain.attempt import Attempt


@dataclass(frozen=True)
class Ack:
    """Acknowledge: it was delivered, now or (`duplicate`) by an earlier copy."""

    duplicate: bool = False
    attempt: Attempt | None = field(default=None, compare=False)


@dataclass(frozen=True)
class RetryLater:
    """Send it again after a delay; counts as an attempt. `at_least_s` is what the receiver asked for (Retry-After)."""

    reason: str
    at_least_s: float = 0
    attempt: Attempt | None = field(default=None, compare=False)


@dataclass(frozen=True)
class DeadLetter:
    """Set it aside for the operator, with the reason. `attempted`: it was tried before it came to this."""

    reason: str
    attempted: bool = True
    attempt: Attempt | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Requeue:
    """Nothing was tried: let it come round again after the shortest delay, without counting an attempt."""

    reason: str


@dataclass(frozen=True)
class LeaveUnacked:
    """Do nothing: the process is ending or the message's connection is gone, so the broker will deliver it again."""


Outcome = Ack | RetryLater | DeadLetter | Requeue | LeaveUnacked


class TemporaryFailure(Exception):
    """Trying again later can help."""

    def __init__(self, reason: str, retry_after_s: float = 0, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_s = retry_after_s
        self.status = status


class PermanentFailure(Exception):
    """Trying again cannot help."""

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
