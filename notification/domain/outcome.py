"""How a message can end, and how an attempt to send can fail. Every message ends in exactly one outcome."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Done:
    """Acknowledge: it was sent, was sent before, or has nothing for this channel."""

    how: str


@dataclass(frozen=True)
class RetryLater:
    """Send it again after a delay; counts as an attempt. `at_least_s` is what the receiver asked for (Retry-After)."""

    reason: str
    at_least_s: float = 0


@dataclass(frozen=True)
class DeadLetter:
    """Set it aside for the operator, with the reason. `attempted`: it was tried before it came to this."""

    reason: str
    attempted: bool = True


@dataclass(frozen=True)
class PutBack:
    """Nothing was tried: let it come round again after the shortest delay, without counting an attempt."""

    reason: str


@dataclass(frozen=True)
class Leave:
    """Do nothing: the process is ending or the message's connection is gone, so the broker will deliver it again."""


Outcome = Done | RetryLater | DeadLetter | PutBack | Leave


class TemporaryFailure(Exception):
    """Trying again later can help."""

    def __init__(self, reason: str, retry_after_s: float = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_s = retry_after_s


class PermanentFailure(Exception):
    """Trying again can not help."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
