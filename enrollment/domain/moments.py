"""Moments as replies and events write them (RFC 3339), and as people read them; all in UTC."""

from datetime import UTC, datetime

from kit.moments import rfc3339


def rfc3339_or_none(unix_s: int) -> str | None:
    """None of 0, which stands for no moment."""
    return rfc3339(unix_s) if unix_s else None


def in_words(unix_s: int) -> str:
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def now_as_text() -> str:
    """RFC 3339 with milliseconds, as histories and events have it."""
    return as_text(datetime.now(UTC).timestamp())


def as_text(unix_s: float) -> str:
    """As `now_as_text`, of any moment."""
    return datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="milliseconds")
