"""Moments as replies and stored items write them: RFC 3339, in UTC, with a Z."""

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=4096)  # positions in line repeat them all the time
def rfc3339(unix_s: int) -> str:
    """To the second: 2026-11-22T17:00:01Z."""
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rfc3339_ms(moment: datetime) -> str:
    """To the millisecond: 2026-11-22T17:00:01.234Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
