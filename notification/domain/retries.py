"""When a failed message is tried again. Delays are fixed and each has its own queue (contracts.topology), so no jitter:
a moment's random shift would need a queue of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True)
class RetrySchedule:
    """Growing delays. `delays_ms[0]` follows the first failed attempt; after the last there is no further attempt."""

    delays_ms: Sequence[int]

    def delay_ms(self, failed_attempts: int, at_least_s: float = 0) -> int | None:
        """The delay after this many failed attempts (1 or more), or None when it was the last.

        A receiver's wish for more is honoured by a later delay, as far as there is one that long.
        """
        left = self.delays_ms[failed_attempts - 1 :]
        if not left:
            return None
        return next((delay for delay in left if delay >= at_least_s * 1000), left[-1])

    @property
    def shortest_ms(self) -> int:
        return min(self.delays_ms)


def retry_after_s(header: str | None, now: datetime) -> float:
    """Seconds a Retry-After header asks for, as a number or an HTTP-date (RFC 9110 §10.2.3); 0 if it says neither."""
    if header is None:
        return 0
    if header.strip().isascii() and header.strip().isdigit():
        return float(header.strip()[:9])
    try:
        until = parsedate_to_datetime(header)
        return max(0.0, ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds())
    except (ValueError, OverflowError):  # a year of ten digits, or one that only its time zone makes the last of all
        return 0
